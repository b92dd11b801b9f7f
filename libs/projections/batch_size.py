"""How many records a batch may have: fewer where they take long, so that transactions stay short."""

from __future__ import annotations

LONG_S = 2.0
"""A batch that takes longer halves the next; one that takes a quarter of it lets the next be twice as large."""
_LEAST = 50


class BatchSize:
    """The bound of the next batch, at most `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.records = limit

    def note(self, took_s: float) -> None:
        """Learn from how long a batch took."""
        if took_s > LONG_S:
            self.records = max(min(_LEAST, self._limit), self.records // 2)
        elif took_s < LONG_S / 4:
            self.records = min(self._limit, self.records * 2)
