"""The timeline of interactions, and its refresh."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.contracts.times import format_time
from libs.contracts.topics import INTERACTIONS
from libs.httpkit.router import FamilyRouter
from libs.service.reading import answered
from services.queries.interactions.api.common import HistoryOf
from services.queries.interactions.filters import timeline_window
from services.queries.interactions.model import Criteria, DateField
from services.queries.interactions.render import timeline_json
from services.queries.interactions.schemas import REFRESHED, TIMELINE
from services.queries.interactions.timeline import GROUP_KINDS, Granularity, GroupBy, Window

router = FamilyRouter(prefix="/api/interactions/timeline", tags=["interactions"])


def window_of(
    start_date: Annotated[str | None, Query(alias="startDate", description="On or after; a date or a time.")] = None,
    end_date: Annotated[
        str | None, Query(alias="endDate", description="On or before; a date includes its day.")
    ] = None,
    days: Annotated[
        int | None, Query(ge=1, le=100_000, description="So many UTC days, ending with today (90 without dates).")
    ] = None,
    granularity: Annotated[
        Granularity | None, Query(description="How long a bucket is; without it, what suits the range.")
    ] = None,
) -> Window:
    """The range in buckets."""
    return timeline_window(start_date, end_date, days, granularity, now=datetime.now(UTC))


def facets_of(
    action: Annotated[str | None, Query(description="Action mnemonic, in any case.")] = None,
    resource_type: Annotated[str | None, Query(alias="resourceType", description="Mnemonic, in any case.")] = None,
    origin: Annotated[str | None, Query(description="Origin mnemonic, in any case.")] = None,
    date_field: Annotated[DateField, Query(alias="dateField", description="Which time is counted by.")] = (
        DateField.CREATED
    ),
) -> Criteria:
    """The list's filters that a timeline takes."""
    return Criteria(action=action, resource_type=resource_type, origin=origin, date_field=date_field)


@router.get("", summary="Count interactions over time", response_model=None, responses=TIMELINE)
async def get_timeline(
    caller: Viewer,
    history: HistoryOf,
    criteria: Annotated[Criteria, Depends(facets_of)],
    window: Annotated[Window, Depends(window_of)],
    group_by: Annotated[GroupBy | None, Query(alias="groupBy", description="Also count by this.")] = None,
) -> Response:
    """Buckets aligned in UTC, empty ones included. The total is that of the list with the same filters and dates."""
    kind = None if group_by is None else GROUP_KINDS[group_by]
    timeline = await history.timeline(caller.tenant_id, criteria, window, kind)
    return answered(timeline_json(window, timeline), timeline.as_of)


@router.post("/refresh", summary="Wait until the timeline is level", response_model=None, responses=REFRESHED)
async def refresh_timeline(_caller: Viewer, history: HistoryOf, request: Request) -> Response:
    """Answers once everything accepted before the call is counted; there is nothing to be rebuilt."""
    await history.model.wait_for(await request.state.log.end_offsets((INTERACTIONS,)))
    as_of = await history.model.as_of()
    content: dict[str, Any] = {"refreshed": True, "asOf": format_time(as_of)}
    return answered(content, as_of)
