"""An answer that anybody may ask for and that is costly to make: it is made once for all who ask meanwhile."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedAnswer(Generic[T]):
    """Makes an answer by `make`, one at a time; hands it out to all who wait for it, and for `kept_s` afterwards."""

    def __init__(self, make: Callable[[], Awaitable[T]], *, kept_s: float = 0.0) -> None:
        self._make = make
        self._kept_s = kept_s
        self._turn = asyncio.Lock()
        self._made: T | None = None
        self._made_at_s = -math.inf

    async def get(self) -> T:
        """Return the answer, made now when the last was made too long ago. Raises what `make` raises."""
        asked_s = time.monotonic()
        async with self._turn:
            if self._made is None or self._made_at_s < asked_s - self._kept_s:
                self._made = await self._make()
                self._made_at_s = time.monotonic()
            return self._made
