"""`/api/v1/behavioral-metrics/{id}/compute` and `…/runs`: runs of a behavioral metric."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.contracts.metric_values import metric_text
from libs.contracts.times import format_time_if_any
from libs.httpkit.responses import Responses
from libs.httpkit.state import state
from libs.service.writing import WritesOf
from services.metrics.definitions.ids import MetricId
from services.metrics.family import METRICS_PATH, metrics_router
from services.metrics.runs import requests
from services.metrics.runs.model import Run
from services.metrics.runs.reads import RunReads, run_text
from services.metrics.runs.schemas import ComputedOut, ComputingOut, RunOut, RunsPageOut, RunsQuery

router = metrics_router(METRICS_PATH, "behavioral metrics")

WAIT_S: Final = 60.0
_RESPOND_ASYNC: Final = "respond-async"
_answers = Responses({404: "No such metric, or run, for this tenant", 409: "The metric is paused, or the run failed"})
_COMPUTING: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": ComputingOut,
        "description": "The run goes on",
        "headers": {"Location": {"description": "The run's path.", "schema": {"type": "string"}}},
    }
}
Reads = Annotated[RunReads, state("runs")]
RunId = Annotated[str, Path(alias="runId", description="The run's id.")]
Prefer = Annotated[
    str | None, Header(alias="Prefer", description="With `respond-async` the answer does not wait for the run.")
]


@router.post(
    "/{id}/compute",
    summary="Compute all values of a behavioral metric",
    description="As of one instant, and with everything that was accepted before the request; a metric that is new or"
    f" changed is waited for as well. A run that takes longer than {WAIT_S:.0f} seconds goes on by itself.",
    responses=_answers.of(ComputedOut, 404, 409, description="All values are computed") | _COMPUTING,
)
async def compute_metric(
    metric_id: MetricId, caller: Editor, writes: WritesOf, reads: Reads, request: Request, prefer: Prefer = None
) -> Response:
    wanted = await reads.accepted()
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: requests.request(change, metric_id, wanted)
    )
    run = await reads.wait_for(written.result, timeout_s=0.0 if _is_async(prefer) else WAIT_S)
    return _computed(run) if run.is_over else _computing(run, await reads.values_shown(run))


@router.get(
    "/{id}/runs",
    summary="List the runs of a behavioral metric, newest first",
    responses=_answers.of(RunsPageOut, 404, description="A page of the runs"),
)
async def list_runs(
    metric_id: MetricId, caller: Viewer, reads: Reads, query: Annotated[RunsQuery, Query()]
) -> Response:
    return JSONResponse(await reads.page(caller.tenant_id, metric_id, query.cursor, limit=query.limit))


@router.get(
    "/{id}/runs/{runId}",
    summary="Get a run of a behavioral metric",
    responses=_answers.of(RunOut, 404, description="The run as it is now"),
)
async def get_run(metric_id: MetricId, run_id: RunId, caller: Viewer, reads: Reads) -> Response:
    return JSONResponse(await reads.get(caller.tenant_id, metric_id, run_id))


def _computed(run: Run) -> Response:
    return JSONResponse(
        {
            "computed": True,
            "valueCount": run.value_count,
            "runId": run_text(run),
            "computedAt": format_time_if_any(run.at),
        }
    )


def _computing(run: Run, value_count: int) -> Response:
    content = {"computed": False, "valueCount": value_count, "runId": run_text(run), "progress": run.progress}
    location = f"{METRICS_PATH}/{metric_text(run.metric_id)}/runs/{run_text(run)}"
    return JSONResponse(content, 202, headers={"Location": location})


def _is_async(prefer: str | None) -> bool:
    """Return whether the preferences (RFC 7240) ask not to wait."""
    return any(one.partition(";")[0].strip().lower() == _RESPOND_ASYNC for one in (prefer or "").split(","))
