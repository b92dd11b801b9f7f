"""What every service that changes objects says with its answers."""

from __future__ import annotations

from fastapi import Request

from libs.eventlog.port import Positions
from libs.httpkit.positions import POSITION_HEADER, encode_position


def position_header(request: Request, positions: Positions | None) -> dict[str, str]:
    """The position header of a write; none when the log was slower than the request would wait."""
    if positions is None:
        return {}
    offsets = {(at.topic, at.partition): offset for at, offset in positions.items()}
    return {POSITION_HEADER: encode_position(request.state.log_id, offsets)}
