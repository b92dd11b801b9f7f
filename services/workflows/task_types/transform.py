"""`transform`: the value of an expression over the session's input and the tasks before."""

from __future__ import annotations

from typing import Final

from services.workflows.task_types.evaluating import evaluated, expression_form
from services.workflows.task_types.fields import outputs
from services.workflows.task_types.model import Call, Completed, TypeFace


class Transform:
    """The type."""

    face: Final = TypeFace(
        type="transform",
        title="Transform",
        description="Makes a value of the session's input and of what the tasks before it brought.",
        fields=expression_form("A CEL expression over `input`, `session`, and `tasks` by name."),
        outputs=outputs({"result": {}}),
        effect="pure",
    )

    async def run(self, call: Call) -> Completed:
        return Completed({"result": await evaluated(call)})
