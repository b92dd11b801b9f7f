"""`/api/v1/workflows`: definitions of workflows, their versions, and how they are run."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query, Request
from fastapi.responses import Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.httpkit.paging import PageOf
from libs.httpkit.paths import register_segment_but
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Described, Responses
from libs.service.reading import answered, caught_up
from libs.service.writing import OnceOf, WritesOf, no_content
from services.workflows.definitions.documents import YAML, AsYaml, DocumentOf, written
from services.workflows.definitions.drafts import draft_of, new_draft
from services.workflows.definitions.exchange import exported_types
from services.workflows.definitions.model import MAX_VERSION, RESERVED_NAMES
from services.workflows.definitions.reads import WorkflowReads, judged_json, shown
from services.workflows.definitions.rules import WorkflowRules
from services.workflows.definitions.schemas import (
    ActivateIn,
    CloneIn,
    ImportQuery,
    SaveQuery,
    ValidationOut,
    WorkflowEndpointOut,
    WorkflowExportOut,
    WorkflowOut,
    WorkflowsOut,
    WorkflowsQuery,
    WorkflowVersionOut,
    WorkflowVersionsOut,
    definition_body,
)
from services.workflows.definitions.writing import Reads, WritingOf
from services.workflows.family import WORKFLOWS_PATH, workflows_router

register_segment_but("workflow_name", *RESERVED_NAMES)
router = workflows_router(WORKFLOWS_PATH, "workflows")

_answers = Responses(
    {
        404: "No such workflow, or version of it, for this tenant",
        409: "The name is taken, there may be no more, or the version lacks tasks or an integration",
    }
)
_PATH: Final = "/{name:workflow_name}"

CaughtUp = Annotated[WorkflowReads, caught_up("workflows")]
Name = Annotated[str, Path(description="The workflow's name, in any case.", examples=["order-paid"])]
Number = Annotated[int, Path(ge=1, le=MAX_VERSION, description="The version's number.")]


def _in_both_forms(model: Any, *errors: int, status: int = 200, description: str) -> Described:
    """Return the descriptions of the answers of a route that answers JSON or YAML."""
    answers = _answers.of(model, *errors, status=status, description=description)
    return answers | {status: {**answers[status], "content": {YAML: {}}}}


@router.get(
    "",
    summary="List workflows by name",
    responses=_answers.of(WorkflowsOut, description="A page of the workflows, without their tasks"),
)
async def list_workflows(
    caller: Viewer, reads: CaughtUp, query: Annotated[WorkflowsQuery, Query()], page: PageOf
) -> Response:
    return answered(*await reads.page(caller.tenant_id, query.wanted(), page))


@router.post(
    "",
    summary="Create a workflow",
    description="The workflow is not active yet: `/run` answers 409 until it is. It may have no tasks yet.",
    responses=tagged(_in_both_forms(WorkflowOut, 409, status=201, description="The workflow"), 201),
    status_code=201,
    openapi_extra=definition_body(named=True),
)
async def create_workflow(writing: WritingOf, document: DocumentOf, once: OnceOf) -> Response:
    draft = new_draft(document)
    return await writing.create(once, lambda rules: rules.create(draft))


@router.post(
    "/validate",
    summary="Validate a definition",
    description="Everything that is wrong is named at once; nothing is saved. The name is not needed.",
    responses=_answers.of(ValidationOut, description="Errors, warnings, blanks, and the order of the tasks"),
    openapi_extra=definition_body(named=False),
)
async def validate_workflow(caller: Viewer, document: DocumentOf, reads: Reads) -> Response:
    draft = new_draft(document) if "name" in document else draft_of("", document)
    return answered(judged_json(await reads.judge(caller.tenant_id, document), draft.errors))


@router.post(
    "/import",
    summary="Import a workflow",
    description="Creates those of the document's own task types that are missing; the others stay as they are.",
    responses=tagged(_in_both_forms(WorkflowOut, 409, status=201, description="The workflow"), 201),
    status_code=201,
    openapi_extra=definition_body(named=True),
)
async def import_workflow(
    writing: WritingOf, document: DocumentOf, query: Annotated[ImportQuery, Query()], once: OnceOf
) -> Response:
    draft, own_types = new_draft(document), await exported_types(document)
    return await writing.create(once, lambda rules: rules.take_in(draft, own_types, query.on_conflict))


@router.get(
    _PATH,
    summary="Get a workflow",
    responses=tagged(_in_both_forms(WorkflowOut, 404, description="The workflow in its newest version")),
)
async def get_workflow(name: Name, caller: Viewer, reads: CaughtUp, as_yaml: AsYaml) -> Response:
    one, warnings = await reads.get(caller.tenant_id, name)
    return written(shown(one, warnings), as_yaml=as_yaml, headers={"ETag": etag(one.version)})


@router.put(
    _PATH,
    summary="Save a workflow",
    description="Each save that changes something makes a version. An active workflow is run in it from then on, unless"
    " `activate` is false. Sessions that have begun go on with theirs.",
    responses=tagged(_in_both_forms(WorkflowOut, 404, 409, description="The workflow")),
    openapi_extra=definition_body(named=False),
)
async def save_workflow(
    writing: WritingOf, name: Name, document: DocumentOf, query: Annotated[SaveQuery, Query()], match: IfMatchOf
) -> Response:
    draft = draft_of(name, document)
    return await writing.change(lambda rules: rules.update(draft, match=match, activate=query.activate))


@router.delete(
    _PATH,
    summary="Archive a workflow",
    description="Its name may be used again; its sessions go on and can be read.",
    status_code=204,
    responses=_answers.errors(404),
)
async def archive_workflow(
    name: Name, caller: Editor, match: IfMatchOf, writes: WritesOf, reads: Reads, request: Request
) -> Response:
    result = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: WorkflowRules(change, reads.checker).archive(name, match=match),
    )
    return no_content(request, result)


@router.post(
    "/{name}/activate",
    summary="Activate a workflow",
    description="`/run` runs the version from now on. Refused while it lacks tasks or an integration.",
    responses=tagged(_in_both_forms(WorkflowOut, 404, 409, description="The workflow")),
)
async def activate_workflow(writing: WritingOf, name: Name, body: ActivateIn | None = None) -> Response:
    version = None if body is None else body.version
    return await writing.change(lambda rules: rules.activate(name, version))


@router.post(
    "/{name}/deactivate",
    summary="Deactivate a workflow",
    description="`/run` answers 409 from now on; sessions go on.",
    responses=tagged(_in_both_forms(WorkflowOut, 404, description="The workflow")),
)
async def deactivate_workflow(writing: WritingOf, name: Name) -> Response:
    return await writing.change(lambda rules: rules.deactivate(name))


@router.post(
    "/{name}/clone",
    summary="Clone a workflow",
    description="The new one begins with the newest version of this one, and is not active.",
    responses=tagged(_in_both_forms(WorkflowOut, 404, 409, status=201, description="The new workflow"), 201),
    status_code=201,
)
async def clone_workflow(writing: WritingOf, name: Name, body: CloneIn, once: OnceOf) -> Response:
    return await writing.create(once, lambda rules: rules.clone(name, body.name))


@router.get(
    "/{name}/versions",
    summary="List the versions of a workflow, newest first",
    responses=_answers.of(WorkflowVersionsOut, 404, description="A page of the versions, without their tasks"),
)
async def list_workflow_versions(name: Name, caller: Viewer, reads: CaughtUp, page: PageOf) -> Response:
    return answered(await reads.versions(caller.tenant_id, name, page))


@router.get(
    "/{name}/versions/{n}",
    summary="Get a version of a workflow",
    responses=tagged(_in_both_forms(WorkflowVersionOut, 404, description="The version, which never changes")),
)
async def get_workflow_version(name: Name, n: Number, caller: Viewer, reads: CaughtUp, as_yaml: AsYaml) -> Response:
    shown_version = await reads.version(caller.tenant_id, name, n)
    return written(shown_version, as_yaml=as_yaml, headers={"ETag": etag(n)})


@router.get(
    "/{name}/export",
    summary="Export a workflow",
    responses=_in_both_forms(WorkflowExportOut, 404, description="The newest version, without secrets"),
)
async def export_workflow(name: Name, caller: Viewer, reads: CaughtUp, as_yaml: AsYaml) -> Response:
    return written(await reads.export(caller.tenant_id, name), as_yaml=as_yaml, headers={})


@router.get(
    "/{name}/endpoint",
    summary="Get the request that runs a workflow",
    responses=_answers.of(
        WorkflowEndpointOut, 404, description="The request; of a workflow that is not active, as it would be"
    ),
)
async def get_workflow_endpoint(name: Name, caller: Viewer, reads: CaughtUp, request: Request) -> Response:
    return answered((await reads.endpoint(caller.tenant_id, name, _base_url(request))).details())


@router.get(
    "/{name}/openapi.json",
    summary="Get the OpenAPI document of a workflow's endpoint",
    responses=_answers.of(dict[str, Any], 404, description="OpenAPI 3.1"),
)
async def get_workflow_openapi(name: Name, caller: Viewer, reads: CaughtUp, request: Request) -> Response:
    return answered((await reads.endpoint(caller.tenant_id, name, _base_url(request))).openapi())


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")
