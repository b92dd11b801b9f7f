"""The traces' routes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query
from fastapi import Path as PathValue
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.auth.principal import ADMIN
from libs.httpkit.paging import PageOf
from libs.httpkit.router import FamilyRouter
from libs.httpkit.times import parse_range
from libs.service.reading import answered, caught_up
from services.traces.filters import check_durations, days_of, page_request, place_of
from services.traces.model import Criteria
from services.traces.reads import TracesReads
from services.traces.schemas import GRAPH, SEARCH, SUMMARY, TIMELINE, TRACE, TREE, TraceFilters

MAX_RECORDS = 1_000
MAX_ENTRIES = 10_000

router = FamilyRouter(tags=["traces"])
TracesOf = Annotated[TracesReads, caught_up("traces")]
UowId = Annotated[str, PathValue(alias="uowId", description="Unit of work id, percent-encoded.")]
Cursor = Annotated[str | None, Query(description="The `nextCursor` of the page before.")]


async def criteria_of(filters: Annotated[TraceFilters, Query()]) -> Criteria:
    """Read the filters of the search."""
    start, end = parse_range(filters.start_date, filters.end_date)
    return check_durations(
        Criteria(
            start=start,
            end=end,
            min_duration_ms=filters.min_duration_ms,
            max_duration_ms=filters.max_duration_ms,
            origin=filters.origin,
            action=filters.action,
            resource_type=filters.resource_type,
            user_id=filters.user_id,
            service=filters.service,
            span_name=filters.span_name,
            error=filters.error,
        )
    )


@router.get("/api/traces", summary="Search traces", responses=SEARCH)
async def search_traces(
    caller: Viewer,
    traces: TracesOf,
    criteria: Annotated[Criteria, Depends(criteria_of)],
    page: PageOf,
    cursor: Cursor = None,
) -> Response:
    """List the summaries of matching traces, newest start first. Totals are exact."""
    asked, number = page_request(page, cursor)
    return answered(*await traces.search(caller.tenant_id, criteria, asked, number))


@router.get("/api/traces/{uowId}", summary="Get a trace", responses=TRACE)
async def get_trace(
    uow_id: UowId,
    caller: Viewer,
    traces: TracesOf,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS, description="Records of both kinds per page.")] = MAX_RECORDS,
    cursor: Cursor = None,
) -> Response:
    """Return a trace's interactions and events, each in chronological order; a page goes through both in one order."""
    to_admin = caller.allows(ADMIN)
    return answered(*await traces.records(caller.tenant_id, uow_id, place_of(cursor), limit, to_admin=to_admin))


@router.get("/api/traces/{uowId}/timeline", summary="A trace's timeline", responses=TIMELINE)
async def get_timeline(
    uow_id: UowId,
    caller: Viewer,
    traces: TracesOf,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES, description="Entries per page.")] = MAX_ENTRIES,
    cursor: Cursor = None,
) -> Response:
    """Return a trace's records with key fields only, and the times since the trace's start and the entry before."""
    return answered(*await traces.timeline(caller.tenant_id, uow_id, place_of(cursor), limit))


@router.get("/api/traces/{uowId}/summary", summary="A trace's summary", responses=SUMMARY)
async def get_summary(uow_id: UowId, caller: Viewer, traces: TracesOf) -> Response:
    """Summarize a whole trace: counts, times and sets."""
    return answered(*await traces.summary(caller.tenant_id, uow_id))


@router.get("/api/traces/{uowId}/tree", summary="A trace's tree", responses=TREE)
async def get_tree(uow_id: UowId, caller: Viewer, traces: TracesOf) -> Response:
    """Return a trace as a tree of spans and causes with self times and critical path, each node before its children."""
    return answered(*await traces.tree(caller.tenant_id, uow_id))


@router.get("/api/origins/graph", summary="Get the graph of origins", responses=GRAPH)
async def get_graph(
    caller: Viewer,
    traces: TracesOf,
    start_date: Annotated[
        str | None, Query(alias="startDate", description="First UTC day; when absent, 30 days are shown.")
    ] = None,
    end_date: Annotated[
        str | None, Query(alias="endDate", description="Last UTC day, included; when absent, today.")
    ] = None,
) -> Response:
    """Count how often, and how soon, an interaction of one origin is followed by one of another in its unit of work."""
    first, last = days_of(start_date, end_date, datetime.now(UTC).date())
    return answered(*await traces.graph(caller.tenant_id, first, last))
