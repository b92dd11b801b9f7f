"""Ending tasks that work on connections, where one cancellation may not be enough.

A driver that turns a cancellation into an error of its own loses it, and whoever retries after such errors goes on.
"""

from __future__ import annotations

import asyncio
from typing import Any

_ASK_AGAIN_S = 0.5


async def end_task(task: asyncio.Task[Any]) -> None:
    """Return once the task has ended, cancelling it as often as that takes; what it raised is left in it."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_ASK_AGAIN_S)
