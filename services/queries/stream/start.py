"""Where a stream starts: at the end, at the beginning, or where the id that a client saw last says all stands."""

from __future__ import annotations

from libs.contracts.topics import EVENTS
from libs.eventlog.port import EventLog, Positions
from libs.httpkit.errors import ApiError
from libs.service.sse import read_event_id, refused_event_id


class Gone(ApiError):
    """what followed this Last-Event-ID is not kept any more; from=beginning gives what is"""

    status, code, title = 410, "events_gone", "Gone"


async def resume(log: EventLog, log_id: str, last_event_id: str) -> Positions:
    """Return the positions of an id. Raises 400 for an id of another log, 410 when later records are gone."""
    reached = read_event_id(log_id, last_event_id)
    ends = await log.end_offsets([EVENTS])
    if reached.keys() != ends.keys():
        raise refused_event_id("does not say where all of the events stand")
    if any(offset > ends[place] for place, offset in reached.items()):
        raise refused_event_id("is ahead of the log")
    beginnings = await log.beginning_offsets([EVENTS])
    if any(offset < beginnings[place] for place, offset in reached.items()):
        raise Gone
    return reached
