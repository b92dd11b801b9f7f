"""`POST /api/v1/task-types/{type}/try`: one task run by itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Path
from fastapi.responses import Response

from libs.auth.http import Editor
from libs.httpkit.responses import Responses
from libs.httpkit.state import state
from services.workflows.family import TASK_TYPES_PATH, workflows_router
from services.workflows.own_types.reads import TypeReads
from services.workflows.trials.schemas import TrialIn, TrialOut
from services.workflows.trials.trying import Trials

router = workflows_router(TASK_TYPES_PATH, "task types")

_answers = Responses({404: "No such task type for this tenant", 409: "Tasks of the type wait for what a session has"})
Type = Annotated[str, Path(alias="type", description="The type's id or title.", examples=["run-code"])]


@router.post(
    "/{type}/try",
    summary="Try a type of task",
    description="The task is done once, for good: a message is sent. The answer has no secrets.",
    responses=_answers.of(TrialOut, 404, 409, description="What came of it; a task that failed is an answer too"),
)
async def try_task_type(
    type_id: Type,
    body: TrialIn,
    caller: Editor,
    types: Annotated[TypeReads, state("types")],
    trials: Annotated[Trials, state("trials")],
) -> Response:
    tried = await trials.run(await types.find(caller.tenant_id, type_id), body.trial(), caller)
    return Response(msgspec.json.encode(tried), media_type="application/json")
