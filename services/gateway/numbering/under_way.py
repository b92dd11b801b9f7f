"""Counts the groups that are under way, so that somebody can wait until none is."""

from __future__ import annotations

import asyncio


class UnderWay:
    """Counts the groups that have begun and not ended."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def begin(self) -> None:
        """Count one group more."""
        self._count += 1
        self._none.clear()

    def end(self) -> None:
        """Count one group less."""
        self._count -= 1
        if not self._count:
            self._none.set()

    async def none(self) -> None:
        """Return once none is under way."""
        await self._none.wait()
