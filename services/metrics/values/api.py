"""`/api/v1/behavioral-metrics/{id}/…`: values of a metric, how they move with time, and the records behind them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from libs.auth.http import Viewer
from libs.httpkit.responses import Responses
from libs.service.reading import answered, caught_up
from services.metrics.definitions.ids import MetricId
from services.metrics.definitions.model import NOUN
from services.metrics.family import METRICS_PATH, metrics_router
from services.metrics.values.parameters import cursor_after, dimensions_of, instant_ms, place_of
from services.metrics.values.reads import ExplainQuery, SeriesQuery, ValueReads
from services.metrics.values.schemas import (
    ExplainQueryIn,
    ExplanationOut,
    SeriesOut,
    SeriesQueryIn,
    ValuesOut,
    ValuesQuery,
)

router = metrics_router(f"{METRICS_PATH}/{{id}}", "behavioral metrics")

_answers = Responses({404: f"No such {NOUN} for this tenant", 409: "The metric has no values yet"})
ValuesOf = Annotated[ValueReads, caught_up("values")]


@router.get(
    "/values",
    summary="List values",
    description="Greatest first. Without `at` those of a realtime metric's customer are of now, all others as they are"
    " stored; an empty list before the first are complete.",
    responses=_answers.of(ValuesOut, 404, description="The values"),
)
async def list_values(
    metric_id: MetricId, caller: Viewer, values: ValuesOf, query: Annotated[ValuesQuery, Query()]
) -> Response:
    at_ms = instant_ms("at", query.at)
    return answered(*await values.values(caller.tenant_id, metric_id, query.customer_id, at_ms, limit=query.limit))


@router.get(
    "/series",
    summary="Get a customer's values over time",
    description="The value over the window that ends at each instant.",
    responses=_answers.of(SeriesOut, 404, description="The values"),
)
async def get_series(
    metric_id: MetricId, caller: Viewer, values: ValuesOf, query: Annotated[SeriesQueryIn, Query()]
) -> Response:
    wanted = SeriesQuery(from_ms=instant_ms("from", query.from_), to_ms=instant_ms("to", query.to), step=query.step)
    return answered(*await values.series(caller.tenant_id, metric_id, query.customer_id, wanted))


@router.get(
    "/explain",
    summary="Explain a customer's value",
    description="The records in its window, latest first. Without `at` the value is of the instant of the one that the"
    " list of values shows for the customer.",
    responses=_answers.of(ExplanationOut, 404, 409, description="The value with a page of its records"),
)
async def explain_value(
    metric_id: MetricId, caller: Viewer, values: ValuesOf, query: Annotated[ExplainQueryIn, Query()]
) -> Response:
    at_ms, after = place_of(query.cursor) or (instant_ms("at", query.at), None)
    wanted = ExplainQuery(
        customer=query.customer_id,
        dimensions=dimensions_of(query.dimensions),
        at_ms=at_ms,
        after=after,
        limit=query.limit,
    )
    found = await values.explain(caller.tenant_id, metric_id, wanted)
    cursor = None if found.last is None else cursor_after(found.at_ms, found.last)
    return answered({**found.content, "nextCursor": cursor}, found.as_of)
