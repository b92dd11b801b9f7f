"""The value of `Waymark-Position`: where in the log a request's records end."""

from __future__ import annotations

from collections.abc import Iterable

from libs.eventlog.port import Appended
from libs.httpkit.positions import encode_offset, encode_position

NextOffsets = dict[tuple[str, int], int]
"""(topic, partition) → the offset after the last record there."""


def advance(reached: NextOffsets, places: Iterable[Appended]) -> None:
    """Move `reached` behind every one of `places`."""
    for at in places:
        partition = at.topic, at.partition
        if at.offset >= reached.get(partition, 0):
            reached[partition] = at.offset + 1


class WritePositions:
    """Positions in one log, ready to be sent."""

    def __init__(self, log_id: str) -> None:
        self._log_id = log_id

    def after(self, places: Iterable[Appended]) -> bytes | None:
        """Return the position behind all of `places`; None without any."""
        reached: NextOffsets = {}
        advance(reached, places)
        return self.of(reached)

    def after_one(self, at: Appended) -> bytes:
        """Return the position behind one record."""
        return encode_offset(self._log_id, at.topic, at.partition, at.offset + 1)

    def of(self, reached: NextOffsets) -> bytes | None:
        """Return the position with these offsets; None without any."""
        return encode_position(self._log_id, reached).encode() if reached else None
