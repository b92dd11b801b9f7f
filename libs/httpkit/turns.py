"""Bounds the number of requests that do seconds of work at a time; others are refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from libs.httpkit.errors import unavailable

_RETRY_AFTER_S: Final = 10


class Turns:
    """Lets `limit` pieces of work run at a time; `noun` names several of them in the refusal."""

    def __init__(self, limit: int, noun: str) -> None:
        self._limit = limit
        self._noun = noun
        self._taken = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a turn for the block. Raises Unavailable while all are taken."""
        if self._taken >= self._limit:
            raise unavailable(f"{self._limit} {self._noun} are under way; try again when one is over", _RETRY_AFTER_S)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
