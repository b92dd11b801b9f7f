"""Tasks that belong to one piece of work, and ending tasks for good.

A driver that turns a cancellation into an error of its own loses it, and whoever retries after such errors goes on: so
one cancellation may not be enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_ASK_AGAIN_S = 0.5


async def end_task(task: asyncio.Task[Any]) -> None:
    """Return once the task has ended, cancelling it as often as that takes; what it raised is left in it."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_ASK_AGAIN_S)


async def ended(work: Awaitable[T]) -> asyncio.Future[T]:
    """Do the `work` and return its task, whose outcome can be looked at without catching; cancelled with the caller."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
    return task


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Open a group whose first failure cancels the rest, the block included, and is raised itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures
