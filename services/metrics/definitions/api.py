"""`/api/v1/behavioral-metrics`: definitions of behavioral metrics."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.httpkit.paths import register_segment_but
from libs.httpkit.responses import Responses
from libs.httpkit.state import state
from libs.objects.changes import Change
from libs.objects.writes import Written
from libs.service.reading import answered, caught_up
from libs.service.writing import OnceOf, WritesOf, no_content, position_header
from services.metrics.definitions import rules
from services.metrics.definitions.bodies import MetricChangesIn, MetricIn
from services.metrics.definitions.ids import MetricId, metric_id_of
from services.metrics.definitions.reads import MetricReads
from services.metrics.definitions.schemas import MetricOut, MetricsPageOut, MetricsQuery, ReferencedErrorOut
from services.metrics.family import METRICS_PATH, metrics_router

register_segment_but("metric_id", "preview")
router = metrics_router(METRICS_PATH, "behavioral metrics")

_answers = Responses(
    {
        404: "No such metric for this tenant",
        409: "There is one of that name already, or there may be no more",
    }
)
_REFERENCED: dict[int | str, dict[str, Any]] = {
    409: {"model": ReferencedErrorOut, "description": "Active rules refer to the metric"}
}
Reads = Annotated[MetricReads, state("definitions")]
CaughtUp = Annotated[MetricReads, caught_up("definitions")]


@router.get(
    "",
    summary="List behavioral metrics, newest first",
    responses=_answers.of(MetricsPageOut, description="A page of the metrics"),
)
async def list_metrics(caller: Viewer, reads: CaughtUp, query: Annotated[MetricsQuery, Query()]) -> Response:
    return answered(*await reads.page(caller.tenant_id, query.status, after=query.cursor, limit=query.limit))


@router.post(
    "",
    summary="Create a behavioral metric",
    description="Its values are there once the log has been read for it: `state` says how far that is.",
    responses=_answers.of(MetricOut, 409, status=201, description="The metric"),
    status_code=201,
)
async def create_metric(
    body: MetricIn, caller: Editor, writes: WritesOf, reads: Reads, once: OnceOf, request: Request
) -> Response:
    async def create(change: Change) -> dict[str, Any]:
        return await reads.written(change, await rules.create(change, body.definition()))

    written = await writes.once(
        caller.tenant_id,
        cause_of(caller, request),
        once,
        create,
        lambda shown: shown["id"],
        lambda conn, metric_id: reads.written_before(conn, caller.tenant_id, metric_id),
    )
    return _answer(request, written, status=201)


@router.put(
    "",
    summary="Change a behavioral metric",
    description="Another function, window, source, filter or grouping has its values computed anew; until they are"
    " there, the former ones are shown.",
    responses=_answers.of(MetricOut, 404, 409, description="The metric"),
)
async def update_metric(
    body: MetricChangesIn, caller: Editor, writes: WritesOf, reads: Reads, request: Request
) -> Response:
    async def update(change: Change) -> dict[str, Any]:
        return await reads.written(change, await rules.update(change, metric_id_of(body.id), body.changes()))

    return _answer(request, await writes.change(caller.tenant_id, cause_of(caller, request), update))


@router.delete(
    "",
    summary="Delete a behavioral metric",
    description="Its name may be used again, its values end. Not while an active rule refers to it.",
    status_code=204,
    responses=_answers.errors(404) | _REFERENCED,
)
async def delete_metric(
    metric_id: Annotated[str, Query(alias="id", description="The metric's id.")],
    caller: Editor,
    writes: WritesOf,
    request: Request,
) -> Response:
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: rules.delete(change, metric_id_of(metric_id))
    )
    return no_content(request, written)


@router.get(
    "/{id:metric_id}",
    summary="Get a behavioral metric",
    responses=_answers.of(MetricOut, 404, description="The metric as it is now"),
)
async def get_metric(metric_id: MetricId, caller: Viewer, reads: CaughtUp) -> Response:
    return answered(*await reads.get(caller.tenant_id, metric_id))


def _answer(request: Request, written: Written[dict[str, Any]], *, status: int = 200) -> Response:
    return JSONResponse(written.result, status, headers=position_header(request, written.positions))
