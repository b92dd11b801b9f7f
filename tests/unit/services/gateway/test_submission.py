"""The pending records of a request, and what becomes of them once each has its outcome."""

from __future__ import annotations

import asyncio
import gc

from libs.httpkit.errors import unavailable
from services.gateway.model import PendingRecord, Submission
from tests.support.gateway.drafts import make_pending


async def test_what_is_answered_is_freed_without_the_collector() -> None:
    """A bulk body's records are tens of megabytes, and the collector comes seldom."""
    gc.collect()
    gc.disable()
    try:
        group = [make_pending(), make_pending()]
        group[0].followers = (make_pending(),)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        Submission(group, 100, done, lambda _: None)
        for pending in group:
            pending.resolve(unavailable("the log is away", 1))
        assert done.done()
        del group, pending
        assert not any(isinstance(one, PendingRecord | Submission) for one in gc.get_objects())
    finally:
        gc.enable()
