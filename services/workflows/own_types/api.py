"""`/api/v1/task-types`: the types of tasks that there are, and the tenant's own."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Responses
from libs.httpkit.state import state
from libs.objects.writes import Written
from libs.service.reading import answered
from libs.service.writing import OnceOf, WritesOf, no_content
from services.workflows.answers import write_answer
from services.workflows.definitions.checking import Checker
from services.workflows.family import TASK_TYPES_PATH, workflows_router
from services.workflows.own_types import rules
from services.workflows.own_types.inputs import require_usable
from services.workflows.own_types.kinds import OWN_TYPES, own_type_json
from services.workflows.own_types.model import OwnTaskType
from services.workflows.own_types.reads import TypeReads
from services.workflows.own_types.schemas import OwnTypeIn, OwnTypePutIn, TaskTypeOut, TaskTypesOut
from services.workflows.own_types.store import OwnTypeStore

router = workflows_router(TASK_TYPES_PATH, "task types")

_answers = Responses(
    {
        404: "No such task type for this tenant",
        409: "A type of that name or title is there already or built in, or workflows use the type",
    }
)
Reads = Annotated[TypeReads, state("types")]
Type = Annotated[str, Path(alias="type", description="The type's id.", examples=["add-tax"])]


@router.get(
    "",
    summary="List the types of tasks",
    responses=_answers.of(TaskTypesOut, description="All of them; the tenant's own last"),
)
async def list_task_types(caller: Viewer, reads: Reads) -> Response:
    return answered({"data": await reads.every(caller.tenant_id)})


@router.post(
    "",
    summary="Create a type of task",
    description="Its code runs as that of `run-code` does; a task gives it the fields that `inputs` describes.",
    responses=tagged(_answers.of(TaskTypeOut, 409, status=201, description="The type"), 201),
    status_code=201,
)
async def create_task_type(
    body: OwnTypeIn, caller: Editor, writes: WritesOf, reads: Reads, once: OnceOf, request: Request
) -> Response:
    definition = body.definition()
    await require_usable(definition)
    written = await writes.create(
        OWN_TYPES,
        caller.tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.create(change, reads.common, body.type, definition),
        lambda conn, type_id: rules.found(OwnTypeStore(conn, caller.tenant_id), type_id),
    )
    return _written(request, written, status=201)


@router.get(
    "/{type}",
    summary="Get a type of task",
    description="By its id or title, in any case, with blanks or hyphens.",
    responses=_answers.of(TaskTypeOut, 404, description="The type"),
)
async def get_task_type(type_id: Type, caller: Viewer, reads: Reads) -> Response:
    shown, version = await reads.get(caller.tenant_id, type_id)
    return JSONResponse(shown, headers={} if version is None else {"ETag": etag(version)})


@router.put(
    "/{type}",
    summary="Change a type of task",
    description="Sessions that have begun go on with the version before. Refused where it breaks an active workflow.",
    responses=tagged(_answers.of(TaskTypeOut, 404, 409, description="The type")),
)
async def update_task_type(
    type_id: Type,
    body: OwnTypePutIn,
    caller: Editor,
    match: IfMatchOf,
    writes: WritesOf,
    reads: Reads,
    request: Request,
) -> Response:
    definition = body.definition()
    await require_usable(definition)
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.update(change, Checker(reads.common), type_id, definition, match=match),
    )
    return _written(request, written)


@router.delete(
    "/{type}",
    summary="Delete a type of task",
    description="Refused while the newest or the active version of a workflow uses it. Sessions that have begun go on.",
    status_code=204,
    responses=_answers.errors(404, 409),
)
async def delete_task_type(
    type_id: Type, caller: Editor, match: IfMatchOf, writes: WritesOf, reads: Reads, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.delete(change, reads.common, type_id, match=match),
    )
    return no_content(request, written)


def _written(request: Request, written: Written[OwnTaskType], *, status: int = 200) -> Response:
    return write_answer(request, own_type_json(written.result), written, written.result.version, status=status)
