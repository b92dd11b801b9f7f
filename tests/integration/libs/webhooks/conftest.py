"""The toy service's deliveries, and senders of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.schedule.due_loop import schedule_hints
from tests.support.notes import SERVICE, shop_url
from tests.support.webhooks import Post

__all__ = ["shop_url"]


@pytest.fixture
async def post(shop_url: str) -> AsyncIterator[Post]:
    """Deliveries and nobody who sends them yet."""
    role = projector_role(SERVICE)
    connecting = Database.connect(shop_url, role=role, application_name="test", search_path=[SERVICE])
    async with await connecting as db, AsyncExitStack() as stack:
        hints = schedule_hints(db, SERVICE)
        stack.push_async_callback(hints.stop)
        await hints.start()
        yield Post(db, hints, stack)
