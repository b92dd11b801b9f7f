"""The activity search: who did what, within which unit of work, to any of several resources."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Request
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.httpkit.paging import Pagination
from libs.httpkit.router import FamilyRouter
from libs.service.reading import answered
from services.queries.interactions.activity import activity_page, parse_activity
from services.queries.interactions.api.history import HistoryOf
from services.queries.interactions.json_filters import parse_exactly
from services.queries.interactions.render import group_json
from services.queries.interactions.schemas import ACTIVITY, ActivityIn

router = FamilyRouter(prefix="/api/activity", tags=["activity"])


@router.post("", summary="Search activity across resources", responses=ACTIVITY)
async def search_activity(
    request: Request, caller: Viewer, history: HistoryOf, body: Annotated[ActivityIn, Body()]
) -> Response:
    """Group matching interactions by user and unit of work, the latest activity first. Totals are exact."""
    page = activity_page(body)
    criteria = parse_activity(body, parse_exactly(await request.body()))
    found = await history.activity(caller.tenant_id, criteria, page)
    content = {
        "data": [group_json(group) for group in found.groups],
        "pagination": Pagination.of(page, found.total).as_json(),
    }
    return answered(content, found.as_of)
