"""Lists of interactions, single ones, and the gaps in their numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.httpkit.paging import Page, Pagination, page_query
from libs.httpkit.router import FamilyRouter
from libs.httpkit.times import parse_range
from libs.service.reading import answered
from services.queries.interactions.api.common import HistoryOf
from services.queries.interactions.filters import page_request, parse_uuid
from services.queries.interactions.json_filters import parse_json_filters
from services.queries.interactions.model import Criteria, DateField
from services.queries.interactions.reads import Listed
from services.queries.interactions.render import gap_json
from services.queries.interactions.schemas import GAPS, INTERACTION, INTERACTIONS

router = FamilyRouter(prefix="/api/interactions", tags=["interactions"])
ListPage = Annotated[Page, Depends(page_query())]


def criteria_of(
    resource_id: Annotated[str | None, Query(alias="resourceId", description="Resource id.")] = None,
    interaction_id: Annotated[str | None, Query(alias="interactionId", description="Interaction id.")] = None,
    uow_id: Annotated[str | None, Query(alias="uowId", description="Unit of work id.")] = None,
    external_reference: Annotated[str | None, Query(alias="externalReference")] = None,
    user_id: Annotated[str | None, Query(alias="userId", description="User id.")] = None,
    action: Annotated[str | None, Query(description="Action mnemonic, in any case.")] = None,
    resource_type: Annotated[str | None, Query(alias="resourceType", description="Mnemonic, in any case.")] = None,
    origin: Annotated[str | None, Query(description="Origin mnemonic, in any case.")] = None,
    start_date: Annotated[str | None, Query(alias="startDate", description="On or after; a date or a time.")] = None,
    end_date: Annotated[
        str | None, Query(alias="endDate", description="On or before; a date includes its day.")
    ] = None,
    date_field: Annotated[DateField, Query(alias="dateField", description="What dates and order mean.")] = (
        DateField.CREATED
    ),
    json_filters: Annotated[
        str | None, Query(alias="jsonFilters", description='`[{"path":"total","operator":"equals","value":1}]`')
    ] = None,
) -> Criteria:
    """The list's filters; all of them must hold."""
    start, end = parse_range(start_date, end_date)
    return Criteria(
        resource_id=resource_id,
        interaction_id=None if interaction_id is None else parse_uuid(interaction_id, ("query", "interactionId")),
        uow_id=uow_id,
        external_reference=external_reference,
        user_id=user_id,
        action=action,
        resource_type=resource_type,
        origin=origin,
        start=start,
        end=end,
        date_field=date_field,
        json_filters=parse_json_filters(json_filters),
    )


InteractionId = Annotated[str, Path(alias="interactionId")]
Cursor = Annotated[str | None, Query(description="Instead of `page`: the `nextCursor` of the page before.")]


@router.get("", summary="List interactions", response_model=None, responses=INTERACTIONS)
async def list_interactions(
    caller: Viewer,
    history: HistoryOf,
    criteria: Annotated[Criteria, Depends(criteria_of)],
    page: ListPage,
    cursor: Cursor = None,
) -> Response:
    """Newest first, by number; with `dateField=eventTime` latest event first. Totals are exact."""
    asked = page_request(page, cursor, criteria.date_field)
    number = asked.after.page if asked.after else page.page
    listed = await history.find(caller.tenant_id, criteria, asked, number)
    return _list(listed, Page(number, page.limit))


@router.get("/gaps", summary="List the numbers that no list shows, and why", response_model=None, responses=GAPS)
async def list_gaps(caller: Viewer, history: HistoryOf, page: ListPage) -> Response:
    """Runs of numbers in their order, each with the one reason all of its numbers share."""
    total, gaps, as_of = await history.gaps(caller.tenant_id, page)
    content = {"data": [gap_json(gap) for gap in gaps], "pagination": Pagination.of(page, total).as_json()}
    return answered(content, as_of)


@router.get("/{interactionId}", summary="Get one interaction", response_model=None, responses=INTERACTION)
async def get_interaction(interaction_id: InteractionId, caller: Viewer, history: HistoryOf) -> Response:
    """The list's shape."""
    return answered(await history.get(caller.tenant_id, parse_uuid(interaction_id, ("path", "interactionId"))))


def _list(listed: Listed, page: Page) -> Response:
    pagination = Pagination.of(page, listed.total, listed.next_cursor).as_json()
    pagination["hasNext"] = listed.next_cursor is not None
    return answered({"data": listed.items, "pagination": pagination}, listed.as_of)
