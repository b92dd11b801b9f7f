"""Rounds of a job, which failures that pass by themselves end early and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from libs.background.backoff import Backoff
from libs.background.waiting import wait_unless
from libs.projections.failures import MAY_PASS, will_pass

_BACKOFF_LIMIT_S: Final = 3.0


async def in_rounds(work: Callable[[], Awaitable[None]], stopping: asyncio.Event, *, pause_s: float) -> None:
    """Do the work until `stopping`, with pauses of `pause_s`, longer ones where it failed; raise what will not pass."""
    backoff = Backoff(stopping, first_s=pause_s, limit_s=max(pause_s, _BACKOFF_LIMIT_S))
    while not stopping.is_set():
        try:
            await work()
        except MAY_PASS as error:
            if not will_pass(error):
                raise
            await backoff.pause()
        else:
            backoff.reset()
            await wait_unless(stopping, pause_s)
