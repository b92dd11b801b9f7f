"""Waiting on an event loop. `waymark.client.blocking.waiting` has the same names for threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self

Sleep = Callable[[float], Awaitable[None]]
sleep: Sleep = asyncio.sleep


class Condition:
    """A `threading.Condition` for tasks. Entering it locks nothing: nothing else runs until the next await."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def notify_all(self) -> None:
        """Wake every task that waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, timeout_s: float | None) -> None:
        """Wait to be notified."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait until `predicate` holds; returns whether it does."""
        try:
            async with asyncio.timeout(timeout_s):
                while not predicate():
                    await self._changed.wait()
        except TimeoutError:
            return predicate()
        return True


class Background:
    """Work in a task of its own."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._task = asyncio.create_task(work(), name=name)

    async def end(self, timeout_s: float) -> None:
        """Wait for the work's end, and cancel it after `timeout_s`."""
        await asyncio.wait([self._task], timeout=timeout_s)
        self._task.cancel()
        await asyncio.wait([self._task])

    def end_at_exit(self, stop: Callable[[float], None], timeout_s: float) -> None:
        """Do nothing: when a process ends, its event loop has ended before, and its tasks with it."""
