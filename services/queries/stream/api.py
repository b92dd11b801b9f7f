"""Events as they happen, as server-sent events."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.auth.principal import ADMIN, VIEWER
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.sse import LAST_EVENT_ID, StreamResponse, still_allowed
from services.queries.events.reads import EventReads
from services.queries.events.schemas import EventStreamFilters
from services.queries.stream.model import Wanted
from services.queries.stream.streams import Streams

router = FamilyRouter(dialect=events_dialect, prefix="/api/v1/events", tags=["events"])

_EXAMPLE = """\
retry: 1000
id: d2F5bWFyay4uLg

id: d2F5bWFyay4uLh
data: {"actorId":"ann","actorType":"user","eventType":"order.shipped",...}

: ping
id: d2F5bWFyay4uLh

"""
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`data` is an event as the list shows it; `id` says where the whole log stands after it.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    400: {"description": "`Last-Event-ID` is none of this log's"},
    410: {"description": "What followed `Last-Event-ID` is not kept any more"},
    503: {"description": "Too many streams are open"},
}


class Beginning(StrEnum):
    """The start of a stream without `Last-Event-ID`."""

    NOW = "now"
    BEGINNING = "beginning"


async def wanted_by(
    caller: Viewer, events: Annotated[EventReads, state("events")], filters: Annotated[EventStreamFilters, Query()]
) -> Wanted:
    """Read the stream's filters; type and id of a resource are judged as the list does."""
    kind, ids = await events.resource(caller.tenant_id, filters.resource_type, filters.resource_id)
    return Wanted(
        tenant_id=caller.tenant_id,
        event_type=filters.event_type,
        resource_type=kind,
        resource_ids=ids,
        actor_id=filters.actor_id,
        actor_type=filters.actor_type,
        correlation_id=filters.correlation_id,
        source=filters.source,
        to_admin=caller.allows(ADMIN),
    )


@router.get("/stream", summary="Events as they happen", response_class=Response, responses=RESPONSES)
async def stream_events(
    request: Request,
    caller: Viewer,
    streams: Annotated[Streams, state("streams")],
    wanted: Annotated[Wanted, Depends(wanted_by)],
    last_event_id: Annotated[
        str | None,
        Header(alias=LAST_EVENT_ID, description="Id of the last event received; the stream goes on after it."),
    ] = None,
    beginning: Annotated[
        Beginning, Query(alias="from", description="Start of the stream, unless `Last-Event-ID` is sent.")
    ] = Beginning.NOW,
) -> Response:
    """Server-sent events from the log, in order within a correlation; nothing lost or repeated across reconnects."""
    stream = await streams.open(
        caller.tenant_id,
        wanted,
        last_event_id=last_event_id,
        from_beginning=beginning is Beginning.BEGINNING,
        still_allowed=still_allowed(request, caller, ADMIN if wanted.to_admin else VIEWER),
    )
    return StreamResponse(stream)
