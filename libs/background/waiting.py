"""Waiting that something else may cut short."""

from __future__ import annotations

import asyncio


async def wait_unless(event: asyncio.Event, timeout_s: float) -> None:
    """Wait `timeout_s`, or until the event is set."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
