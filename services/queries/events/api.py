"""The routes of the history of events, in the events family's dialect; fixed paths come before those with an id."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from fastapi import Path as PathValue
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.auth.principal import ADMIN
from libs.contracts.times import ACCEPTED
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.router import FamilyRouter
from libs.service.reading import answered, caught_up
from services.queries.events.filters import MAX_OFFSET, page_request, source_filter, time_range
from services.queries.events.model import Criteria, PageRequest
from services.queries.events.reads import EventReads
from services.queries.events.schemas import ACTORS, AGGREGATE, CAUSES, EVENT, LISTED, EventListFilters
from services.queries.interactions.filters import parse_uuid

DEFAULT_LIMIT = MAX_LIMIT = 100
DEFAULT_ACTORS, MAX_ACTORS = 1_000, 10_000

router = FamilyRouter(dialect=events_dialect, prefix="/api/v1/events", tags=["events"])
EventId = Annotated[
    str, PathValue(alias="event_id", description="The event's id.", json_schema_extra={"format": "uuid"})
]
EventsOf = Annotated[EventReads, caught_up("events")]
Range = tuple[datetime | None, datetime | None]


async def range_of(
    since: Annotated[
        str | None, Query(alias="from", description=f"Occurred at or after; a date or a time, from {ACCEPTED}.")
    ] = None,
    until: Annotated[str | None, Query(alias="to", description="Occurred before; a date is its midnight.")] = None,
) -> Range:
    """Read the range of `occurredAt`."""
    return time_range(since, until)


async def page_of(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Events per page.")] = DEFAULT_LIMIT,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Events before the page.")] = 0,
    cursor: Annotated[
        str | None, Query(description="The `nextCursor` of the page before, instead of `offset`.")
    ] = None,
) -> PageRequest:
    """Read the page."""
    return page_request(limit, offset, cursor)


RangeOf = Annotated[Range, Depends(range_of)]
PageOf = Annotated[PageRequest, Depends(page_of)]


async def criteria_of(
    caller: Viewer, events: EventsOf, between: RangeOf, filters: Annotated[EventListFilters, Query()]
) -> Criteria:
    """Read the filters of the list."""
    kind, ids = await events.resource(caller.tenant_id, filters.resource_type, filters.resource_id)
    return Criteria(
        event_type=filters.event_type,
        resource_type=kind,
        resource_ids=ids,
        actor_id=filters.actor_id,
        correlation_id=filters.correlation_id,
        source=source_filter(caller.tenant_id, filters.source),
        start=between[0],
        end=between[1],
    )


@router.get("", summary="List events", responses=LISTED)
async def list_events(
    caller: Viewer, events: EventsOf, criteria: Annotated[Criteria, Depends(criteria_of)], page: PageOf
) -> Response:
    """List events by `occurredAt`, then id, newest first. Totals are exact."""
    return answered(*await events.find(caller.tenant_id, criteria, page, to_admin=caller.allows(ADMIN)))


@router.get("/aggregate", summary="Count events", responses=AGGREGATE)
async def aggregate_events(caller: Viewer, events: EventsOf, between: RangeOf) -> Response:
    """Count events by actor type, event type and resource type, the largest count first."""
    return answered(*await events.aggregate(caller.tenant_id, *between))


@router.get("/stats/by-actor", summary="Count events by actor", responses=ACTORS)
async def stats_by_actor(
    caller: Viewer,
    events: EventsOf,
    between: RangeOf,
    limit: Annotated[int, Query(ge=1, le=MAX_ACTORS, description="Actors at most.")] = DEFAULT_ACTORS,
) -> Response:
    """List the most active actors with the numbers of their events, failures and successes."""
    return answered(*await events.by_actor(caller.tenant_id, *between, limit))


@router.get("/resource/{resource_type}/{resource_id}", summary="List a resource's events", responses=LISTED)
async def list_events_of_resource(
    caller: Viewer,
    events: EventsOf,
    page: PageOf,
    resource_type: Annotated[str, PathValue(description="A built-in type or a mnemonic of the catalog.")],
    resource_id: Annotated[
        str, PathValue(description="Resource id, percent-encoded; for the eleven built-in resource types a UUID.")
    ],
) -> Response:
    """List a resource's events, newest first. Totals are exact."""
    kind, ids = await events.resource(caller.tenant_id, resource_type, resource_id, part="path")
    criteria = Criteria(resource_type=kind, resource_ids=ids)
    return answered(*await events.find(caller.tenant_id, criteria, page, to_admin=caller.allows(ADMIN)))


@router.get("/{event_id}/causes", summary="Get an event's causes", responses=CAUSES)
async def get_causes(caller: Viewer, events: EventsOf, event_id: EventId) -> Response:
    """Return the chain of an event's causes: its cause, that one's cause, and so on."""
    found = parse_uuid(event_id, ("path", "event_id"))
    return answered(*await events.causes(caller.tenant_id, found, to_admin=caller.allows(ADMIN)))


@router.get("/{event_id}", summary="Get an event", responses=EVENT)
async def get_event(caller: Viewer, events: EventsOf, event_id: EventId) -> Response:
    """Return an event as lists show it."""
    found = parse_uuid(event_id, ("path", "event_id"))
    return answered(await events.get(caller.tenant_id, found, to_admin=caller.allows(ADMIN)))
