"""What code prints, up to a bound at which its run is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.workflows.code.runner import MAX_LOG_CHARS


class TooMuchPrinted(Exception):
    """Code printed more than is kept."""


class Printed:
    """Takes the pieces that a worker sends, in a thread of the pool's."""

    def __init__(self) -> None:
        self._pieces: Final = list[str]()
        self._chars = 0
        self._loop: Final = asyncio.get_running_loop()
        self._limit: asyncio.Timeout | None = None

    def __call__(self, _stream: str, piece: str) -> None:
        """Keep a piece. Raises TooMuchPrinted, and has the run stopped, instead of keeping too much."""
        self._pieces.append(piece[: MAX_LOG_CHARS - self._chars])
        self._chars += len(piece)
        if self.is_too_much:
            self._loop.call_soon_threadsafe(self._stop)
            raise TooMuchPrinted

    @contextmanager
    def stopping(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Have `limit` expire at once when too much is printed."""
        self._limit = limit
        try:
            yield
        finally:
            self._limit = None

    @property
    def is_too_much(self) -> bool:
        """Whether more was printed than is kept."""
        return self._chars > MAX_LOG_CHARS

    @property
    def text(self) -> str:
        """What was printed, as much as is kept; without NUL, which no database takes."""
        return keepable("".join(self._pieces))

    def _stop(self) -> None:
        if self._limit is not None:
            self._limit.reschedule(self._loop.time())


def keepable(text: str) -> str:
    """Return a text of code's making as one that can be stored."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
