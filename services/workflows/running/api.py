"""The routes that run workflows, as documents. The door answers requests to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Path
from fastapi.responses import Response

from libs.auth.http import Editor, Viewer
from libs.httpkit.errors import ApiError, NotFound
from libs.service.door import not_in_front
from services.workflows.definitions.model import NOUN
from services.workflows.family import RUN_PATH, WORKFLOWS_PATH, workflows_router
from services.workflows.running.documents import HeadersOf, run_answers
from services.workflows.running.door import VERSION_PATTERN, is_name
from services.workflows.sessions.schemas import SessionOut

router = workflows_router("", "run")

Name = Annotated[str, Path(alias="name", description="The workflow's name.", examples=["order-paid"])]
Number = Annotated[
    str, Path(alias="n", description="The version's number.", pattern=f"^{VERSION_PATTERN}$", examples=["3"])
]
Blanks = Annotated[
    dict[str, Any] | None,
    Body(description="The workflow's blanks; `GET …/endpoint` shows them.", examples=[{"id": 7}]),
]


@router.post(
    f"{RUN_PATH}/{{name}}",
    summary="Run a workflow",
    description="Starts a session, and answers once it has ended, or when the time to wait is over. Needs the role"
    " editor, unless the workflow lets viewers run it. Hanging up cancels nothing.",
    response_model=SessionOut,
    responses=run_answers(404, 409),
)
async def run_workflow(_: Viewer, name: Name, _headers: HeadersOf, _body: Blanks = None) -> Response:
    raise _past_the_door(name)


@router.post(
    f"{WORKFLOWS_PATH}/{{name}}/versions/{{n}}/run",
    summary="Run one version of a workflow",
    description="As `/run`, of one version, whether the workflow is active or not.",
    response_model=SessionOut,
    responses=run_answers(404, 409),
)
async def run_version(_: Editor, name: Name, _version: Number, _headers: HeadersOf, _body: Blanks = None) -> Response:
    raise _past_the_door(name)


def _past_the_door(name: str) -> ApiError:
    """Return the error for a path that the door does not know: a name in it may hold an escaped slash."""
    return not_in_front() if is_name(name) else NotFound(what=NOUN, identifier=name)
