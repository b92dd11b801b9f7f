"""`/v1/slos`: service level objectives, and the status of their error budgets."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.reading import answered, caught_up
from libs.service.writing import OnceOf, WritesOf, no_content
from services.monitoring.answers import data, write_answer
from services.monitoring.slos import rules
from services.monitoring.slos.bodies import SloIn, SloPatchIn
from services.monitoring.slos.kinds import SLOS, slo_json
from services.monitoring.slos.reads import SloReads, identified
from services.monitoring.slos.schemas import SloDetailsOut, SloIdOut, SlosPageOut, SlosQuery, SloStatusOut
from services.monitoring.slos.store import SloStore

router = FamilyRouter(dialect=critical_interactions, prefix="/v1/slos", tags=["service level objectives"])

_answers = Responses(
    {
        404: "No such service level objective for this tenant",
        409: "There is one of that name already, or there may be no more",
    }
)
Reads = Annotated[SloReads, state("slos")]
CaughtUp = Annotated[SloReads, caught_up("slos")]
SloId = Annotated[uuid.UUID, Path(alias="id", description="The objective's id.")]


@router.get(
    "",
    summary="List service level objectives by name",
    responses=_answers.of(SlosPageOut, description="A page of the objectives"),
)
async def list_slos(caller: Viewer, reads: Reads, query: Annotated[SlosQuery, Query()]) -> Response:
    found, total = await reads.page(
        caller.tenant_id, query.interaction_name, limit=query.size, offset=query.page * query.size
    )
    return data({"slos": [slo_json(slo) for slo in found], "totalSlos": total})


@router.post(
    "",
    summary="Create a service level objective",
    description="How many of a critical interaction's results have to be good, over a window that moves with time.",
    responses=tagged(_answers.of(SloIdOut, 409, status=201, description="The id"), 201),
    status_code=201,
)
async def create_slo(body: SloIn, caller: Editor, writes: WritesOf, once: OnceOf, request: Request) -> Response:
    tenant_id = caller.tenant_id
    written = await writes.create(
        SLOS,
        tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.create(change, body.objective(), body.interaction_name),
        lambda conn, slo_id: identified(SloStore(conn, tenant_id), uuid.UUID(slo_id)),
    )
    return write_answer(request, {"id": str(written.result.id)}, written, status=201)


@router.get(
    "/{id}",
    summary="Get a service level objective",
    responses=tagged(_answers.of(SloDetailsOut, 404, description="The objective as it is now")),
)
async def get_slo(slo_id: SloId, caller: Viewer, reads: Reads) -> Response:
    slo = await reads.get(caller.tenant_id, slo_id)
    return data(slo_json(slo), headers={"ETag": etag(slo.version)})


@router.patch(
    "/{id}",
    summary="Change a service level objective",
    responses=tagged(_answers.of(SloIdOut, 404, 409, description="The id")),
)
async def update_slo(
    slo_id: SloId, body: SloPatchIn, caller: Editor, match: IfMatchOf, writes: WritesOf, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.update(
            change, slo_id, body.changes(), interaction_name=body.interaction_name, match=match
        ),
    )
    return write_answer(request, {"id": str(written.result.id)}, written)


@router.delete(
    "/{id}",
    summary="Delete a service level objective",
    description="Its name may be used again.",
    status_code=204,
    responses=_answers.errors(404),
)
async def delete_slo(slo_id: SloId, caller: Editor, match: IfMatchOf, writes: WritesOf, request: Request) -> Response:
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: rules.delete(change, slo_id, match=match)
    )
    return no_content(request, written)


@router.get(
    "/{id}/status",
    summary="Get the status of a service level objective",
    description="How much of the error budget is spent over the window up to `asOf`, and how fast it burns.",
    responses=_answers.of(SloStatusOut, 404, description="The status"),
)
async def get_slo_status(slo_id: SloId, caller: Viewer, reads: CaughtUp) -> Response:
    return answered(*await reads.status(caller.tenant_id, slo_id))
