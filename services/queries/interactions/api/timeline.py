"""The timeline of interactions, and its refresh."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.contracts.times import format_time
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import EventLog
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.reading import answered
from services.queries.interactions.api.history import HistoryOf
from services.queries.interactions.filters import timeline_window
from services.queries.interactions.model import Criteria
from services.queries.interactions.render import timeline_json
from services.queries.interactions.schemas import REFRESHED, TIMELINE, TimelineFilters, TimelineRange
from services.queries.interactions.timeline import GROUP_KINDS, GroupBy, Window

router = FamilyRouter(prefix="/api/interactions/timeline", tags=["interactions"])
LogOf = Annotated[EventLog, state("log")]


async def window_of(asked: Annotated[TimelineRange, Query()]) -> Window:
    """Read the range and cut it into buckets."""
    return timeline_window(asked.start_date, asked.end_date, asked.days, asked.granularity, now=datetime.now(UTC))


async def criteria_of(filters: Annotated[TimelineFilters, Query()]) -> Criteria:
    """Read the filters of the timeline."""
    return Criteria(
        action=filters.action,
        resource_type=filters.resource_type,
        origin=filters.origin,
        date_field=filters.date_field,
    )


@router.get("", summary="Count interactions over time", responses=TIMELINE)
async def get_timeline(
    caller: Viewer,
    history: HistoryOf,
    criteria: Annotated[Criteria, Depends(criteria_of)],
    window: Annotated[Window, Depends(window_of)],
    group_by: Annotated[GroupBy | None, Query(alias="groupBy", description="Field to group the counts by.")] = None,
) -> Response:
    """Count by buckets aligned in UTC, empty ones included. The total is the list's with the same filters and dates."""
    kind = None if group_by is None else GROUP_KINDS[group_by]
    timeline = await history.timeline(caller.tenant_id, criteria, window, kind)
    return answered(timeline_json(window, timeline), timeline.as_of)


@router.post("/refresh", summary="Wait until the timeline is level", responses=REFRESHED)
async def refresh_timeline(_caller: Viewer, history: HistoryOf, log: LogOf) -> Response:
    """Answer once everything accepted before the call is counted; there is nothing to be rebuilt."""
    await history.model.wait_for(await log.end_offsets((INTERACTIONS,)))
    as_of = await history.model.as_of()
    content: dict[str, Any] = {"refreshed": True, "asOf": format_time(as_of)}
    return answered(content, as_of)
