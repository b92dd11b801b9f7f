"""`Waymark-Position` and its companions: where in the log a write ended, carried by clients as an opaque text.

A position is a log's id and the next offset after the write per topic and partition; several merge into the highest
of each. Positions of another log mean nothing here and are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from libs.contracts.times import format_time
from libs.httpkit.errors import ApiError, Loc, Unprocessable, Violation
from libs.httpkit.tokens import from_opaque, to_opaque

POSITION_HEADER = "Waymark-Position"
MIN_POSITION_HEADER = "Waymark-Min-Position"
AS_OF_HEADER = "Waymark-As-Of"
READ_YOUR_WRITES_TIMEOUT_S = 5.0

Offsets = Mapping[tuple[str, int], int]
"""(topic, partition) → next offset to read."""

_LOC: Loc = ("header", MIN_POSITION_HEADER)
_MAX_OFFSET = 2**63 - 1


def encode_position(log_id: str, offsets: Offsets) -> str:
    """Return the header value for a write that ended at these offsets.

    Neither log id nor topics may hold white space.
    """
    parts = [log_id, *(f"{topic}:{partition}:{offset}" for (topic, partition), offset in offsets.items())]
    return to_opaque(" ".join(parts).encode())


def encode_offset(log_id: str, topic: str, partition: int, next_offset: int) -> bytes:
    """Encode the position of a write of one record, ready to be sent."""
    return to_opaque(f"{log_id} {topic}:{partition}:{next_offset}".encode()).encode()


def parse_min_position(header: str | None, log_id: str) -> dict[tuple[str, int], int]:
    """Parse the positions that a read waits for, merged from one or several; empty when none was sent.

    Raises 422 for a text that is no position, or a position in another log than `log_id`.
    """
    merged: dict[tuple[str, int], int] = {}
    for token in (header or "").split(","):
        if token.strip():
            for place, offset in _decode(token.strip(), log_id).items():
                merged[place] = max(offset, merged.get(place, 0))
    return merged


def decode_position(token: str, log_id: str) -> dict[tuple[str, int], int]:
    """Return the offsets of one position.

    Raises ValueError, in words for the caller, for anything else and another log's.
    """
    try:
        found_id, *parts = from_opaque(token).decode().split(" ")
        offsets = dict(map(_part, parts))
    except ValueError:
        raise ValueError("is not a position that this API gave out") from None
    if found_id != log_id:
        raise ValueError("is a position in another log")
    return offsets


def format_as_of(moment: datetime) -> str:
    """Return the value of `Waymark-As-Of`: the accept time up to which every partition is applied."""
    return format_time(moment)


def _decode(token: str, log_id: str) -> dict[tuple[str, int], int]:
    try:
        return decode_position(token, log_id)
    except ValueError as error:
        raise _refused(str(error)) from None


def _part(text: str) -> tuple[tuple[str, int], int]:
    topic, partition, offset = text.rsplit(":", 2)
    if not (topic and partition.isdecimal() and offset.isdecimal() and int(offset) <= _MAX_OFFSET):
        raise ValueError(text)
    return (topic, int(partition)), int(offset)


def _refused(why: str) -> ApiError:
    return Unprocessable(Violation(_LOC, f"the text {why}", "position_invalid"))
