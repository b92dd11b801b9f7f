"""Lists of interactions, single ones, and the gaps in their numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.httpkit.paging import Page, PageOf, Pagination
from libs.httpkit.router import FamilyRouter
from libs.httpkit.times import parse_range
from libs.service.reading import answered
from services.queries.interactions.api.history import HistoryOf
from services.queries.interactions.filters import page_request, parse_uuid
from services.queries.interactions.json_filters import parse_json_filters
from services.queries.interactions.model import Criteria
from services.queries.interactions.reads import Listed
from services.queries.interactions.render import gap_json
from services.queries.interactions.schemas import GAPS, INTERACTION, INTERACTIONS, ListFilters

router = FamilyRouter(prefix="/api/interactions", tags=["interactions"])


async def criteria_of(filters: Annotated[ListFilters, Query()]) -> Criteria:
    """Read the filters of the list."""
    start, end = parse_range(filters.start_date, filters.end_date)
    interaction_id = filters.interaction_id
    return Criteria(
        resource_id=filters.resource_id,
        interaction_id=None if interaction_id is None else parse_uuid(interaction_id, ("query", "interactionId")),
        interaction_number=filters.interaction_number,
        uow_id=filters.uow_id,
        external_reference=filters.external_reference,
        user_id=filters.user_id,
        action=filters.action,
        resource_type=filters.resource_type,
        origin=filters.origin,
        start=start,
        end=end,
        date_field=filters.date_field,
        json_filters=parse_json_filters(filters.json_filters),
    )


InteractionId = Annotated[str, Path(alias="interactionId")]
Cursor = Annotated[str | None, Query(description="Instead of `page`: the `nextCursor` of the page before.")]


@router.get("", summary="List interactions", responses=INTERACTIONS)
async def list_interactions(
    caller: Viewer,
    history: HistoryOf,
    criteria: Annotated[Criteria, Depends(criteria_of)],
    page: PageOf,
    cursor: Cursor = None,
) -> Response:
    """List interactions, highest number first; with `dateField=eventTime` latest event first. Totals are exact."""
    asked = page_request(page, cursor, criteria.date_field)
    number = asked.after.page if asked.after else page.page
    listed = await history.find(caller.tenant_id, criteria, asked, number)
    return _list(listed, Page(number, page.limit))


@router.get("/gaps", summary="List the numbers that no list shows, and why", responses=GAPS)
async def list_gaps(caller: Viewer, history: HistoryOf, page: PageOf) -> Response:
    """List runs of numbers in ascending order; the numbers of a run share one reason."""
    total, gaps, as_of = await history.gaps(caller.tenant_id, page)
    content = {"data": [gap_json(gap) for gap in gaps], "pagination": Pagination.of(page, total).as_json()}
    return answered(content, as_of)


@router.get("/{interactionId}", summary="Get one interaction", responses=INTERACTION)
async def get_interaction(interaction_id: InteractionId, caller: Viewer, history: HistoryOf) -> Response:
    """Return an interaction as lists show it."""
    return answered(await history.get(caller.tenant_id, parse_uuid(interaction_id, ("path", "interactionId"))))


def _list(listed: Listed, page: Page) -> Response:
    pagination = Pagination.of(page, listed.total, listed.next_cursor).as_json()
    pagination["hasNext"] = listed.next_cursor is not None
    return answered({"data": listed.items, "pagination": pagination}, listed.as_of)
