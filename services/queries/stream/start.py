"""Where a stream starts: at the end, at the beginning, or where the id that a client saw last says all stands."""

from __future__ import annotations

from libs.eventlog.port import EventLog, Positions
from libs.service.sse import read_event_id, refused_event_id
from services.queries.stream.model import Kind, RowT


async def resume(kind: Kind[RowT], log: EventLog, log_id: str, last_event_id: str) -> Positions:
    """Return the positions of an id. Raises 400 for an id of another log, 410 when later records are gone."""
    reached = read_event_id(log_id, last_event_id)
    ends = await log.end_offsets([kind.topic])
    if reached.keys() != ends.keys():
        raise refused_event_id(f"does not say where all of the {kind.name} stand")
    if any(offset > ends[place] for place, offset in reached.items()):
        raise refused_event_id("is ahead of the log")
    beginnings = await log.beginning_offsets([kind.topic])
    if any(offset < beginnings[place] for place, offset in reached.items()):
        raise kind.gone
    return reached
