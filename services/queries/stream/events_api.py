"""Events as they happen, as server-sent events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.auth.principal import ADMIN, VIEWER
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.records.events import EventRow
from services.queries.events.reads import EventReads
from services.queries.events.schemas import EventStreamFilters
from services.queries.stream.api import Beginning, From, LastEventId, stream_responses, streamed
from services.queries.stream.events import WantedEvents
from services.queries.stream.streams import Streams

router = FamilyRouter(dialect=events_dialect, prefix="/api/v1/events", tags=["events"])
RESPONSES = stream_responses("an event", '"actorId":"ann","actorType":"user","eventType":"order.shipped"')


async def wanted_by(
    caller: Viewer, events: Annotated[EventReads, state("events")], filters: Annotated[EventStreamFilters, Query()]
) -> WantedEvents:
    """Read the stream's filters; type and id of a resource are judged as the list does."""
    kind, ids = await events.resource(caller.tenant_id, filters.resource_type, filters.resource_id)
    return WantedEvents(
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
    streams: Annotated[Streams[EventRow], state("event_streams")],
    wanted: Annotated[WantedEvents, Depends(wanted_by)],
    last_event_id: LastEventId = None,
    beginning: From = Beginning.NOW,
) -> Response:
    """Server-sent events from the log, in order within a correlation; nothing lost or repeated across reconnects."""
    role = ADMIN if wanted.to_admin else VIEWER
    return await streamed(request, caller, streams, wanted, last_event_id, beginning, role=role)
