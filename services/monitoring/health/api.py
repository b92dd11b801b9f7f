"""`/v1/interactions/{name}/…`: the health of a critical interaction, its results, limits to suggest for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.service.reading import answered, caught_up
from services.monitoring.health.filters import LAST_HOUR, LAST_WEEK, cursor_after, period_of, place_of, result_filter
from services.monitoring.health.reads import HealthQuery, HealthReads
from services.monitoring.health.schemas import (
    HealthOut,
    HealthQueryIn,
    RangeQuery,
    ResultsOut,
    ResultsQuery,
    SuggestedLimitsOut,
)

router = FamilyRouter(dialect=critical_interactions, prefix="/v1/interactions/{name}", tags=["critical interactions"])

_answers = Responses({404: "No such critical interaction for this tenant"})
HealthOf = Annotated[HealthReads, caught_up("health")]
Name = Annotated[str, Path(description="The critical interaction's name.", examples=["CheckoutSuccess"])]


@router.get(
    "/health",
    summary="Get the health of a critical interaction",
    description="Figures of the results that ended in a range, the last hour by default, as a whole and by buckets.",
    responses=_answers.of(HealthOut, 404, description="The figures"),
)
async def get_health(
    name: Name, caller: Viewer, health: HealthOf, query: Annotated[HealthQueryIn, Query()]
) -> Response:
    period = period_of(query.from_, query.to, datetime.now(UTC), LAST_HOUR)
    wanted = HealthQuery(period=period, granularity=query.granularity, group_by=query.group_by)
    return answered(*await health.health(caller.tenant_id, name, wanted))


@router.get(
    "/results",
    summary="List the results of a critical interaction, latest first",
    responses=_answers.of(ResultsOut, 404, description="A page of the results"),
)
async def list_results(
    name: Name, caller: Viewer, health: HealthOf, query: Annotated[ResultsQuery, Query()]
) -> Response:
    wanted = result_filter(
        outcome=query.outcome,
        cause=query.cause,
        category=query.category,
        key=query.key,
        version=query.version,
        since=query.from_,
        until=query.to,
    )
    page, as_of = await health.results(caller.tenant_id, name, wanted, place_of(query.cursor), query.limit)
    cursor = None if page.last is None else cursor_after(page.last)
    return answered({"data": {"results": page.shown, "nextCursor": cursor}}, as_of)


@router.get(
    "/suggested-limits",
    summary="Suggest limits for a critical interaction",
    description="From how long completed ones took in a range, the last 7 days by default.",
    responses=_answers.of(SuggestedLimitsOut, 404, description="The limits"),
)
async def get_suggested_limits(
    name: Name, caller: Viewer, health: HealthOf, query: Annotated[RangeQuery, Query()]
) -> Response:
    period = period_of(query.from_, query.to, datetime.now(UTC), LAST_WEEK)
    return answered(*await health.suggested_limits(caller.tenant_id, name, period))
