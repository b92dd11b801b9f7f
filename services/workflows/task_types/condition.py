"""`condition`: completes where an expression is true, and fails where it is false."""

from __future__ import annotations

from typing import Final

from services.workflows.engine.graph import CONDITION_FALSE
from services.workflows.task_types.evaluating import EXPRESSION_ERROR, evaluated, expression_form
from services.workflows.task_types.fields import outputs
from services.workflows.task_types.model import Call, Completed, TaskFailed, TypeFace


class Condition:
    """The type. A link of a task after it that holds when it `failed` is the else of its if."""

    face: Final = TypeFace(
        type="condition",
        title="Condition",
        description="Completes when the expression is true; fails when it is false, which makes no session fail.",
        fields=expression_form("A CEL expression that is true or false."),
        outputs=outputs({"result": {"type": "boolean"}}),
        effect="pure",
    )

    async def run(self, call: Call) -> Completed:
        result = await evaluated(call)
        if not isinstance(result, bool):
            raise TaskFailed(EXPRESSION_ERROR, "the expression is neither true nor false")
        if not result:
            raise TaskFailed(CONDITION_FALSE, "the condition does not hold")
        return Completed({"result": True})
