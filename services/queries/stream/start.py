"""Where a stream starts: at the end, at the beginning, or where the id that a client saw last says all stands."""

from __future__ import annotations

from libs.contracts.topics import EVENTS
from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.httpkit.errors import ApiError, BadRequest, Violation
from libs.httpkit.positions import decode_position, encode_position

LAST_EVENT_ID = "Last-Event-ID"


class Gone(ApiError):
    """what followed this Last-Event-ID is not kept any more; from=beginning gives what is"""

    status, code, title = 410, "events_gone", "Gone"


def event_id(log_id: str, reached: Positions) -> str:
    """Return the event id of a stream at these positions."""
    return encode_position(log_id, {(place.topic, place.partition): offset for place, offset in reached.items()})


async def resume(log: EventLog, log_id: str, last_event_id: str) -> Positions:
    """Return the positions of an id. Raises 400 for an id of another log, 410 when later records are gone."""
    try:
        reached = {TopicPartition(*place): offset for place, offset in decode_position(last_event_id, log_id).items()}
    except ValueError as error:
        raise _refused(str(error)) from None
    ends = await log.end_offsets([EVENTS])
    if reached.keys() != ends.keys():
        raise _refused("does not say where all of the events stand")
    if any(offset > ends[place] for place, offset in reached.items()):
        raise _refused("is ahead of the log")
    beginnings = await log.beginning_offsets([EVENTS])
    if any(offset < beginnings[place] for place, offset in reached.items()):
        raise Gone
    return reached


def _refused(why: str) -> BadRequest:
    text = f"the text {why}"
    violation = Violation(("header", LAST_EVENT_ID), text, "last_event_id_invalid")
    return BadRequest(str(violation), violations=(violation,))
