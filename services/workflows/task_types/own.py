"""A tenant's own type of task: code saved under a name, with the schema of its inputs."""

from __future__ import annotations

from typing import Final

from services.workflows.task_types.fields import Schema, outputs, titled
from services.workflows.task_types.model import Call, Completed, TypeFace
from services.workflows.task_types.running_code import MAX_TIMEOUT_MS, ONCE, TIMEOUT_MS, run_code


class OwnType:
    """One version of a tenant's type. `inputs` is the JSON Schema of an object: the task's fields.

    A field without a title is titled by its name.
    """

    def __init__(self, *, type_: str, title: str, description: str, inputs: Schema, code: str) -> None:
        self._code: Final = code
        self._face: Final = TypeFace(
            type=type_,
            title=title,
            description=description,
            fields=titled(inputs),
            outputs=outputs({"result": {}}),
            effect="pure",
            retry=ONCE,
            runs_code=True,
            timeout_ms=TIMEOUT_MS,
            max_timeout_ms=MAX_TIMEOUT_MS,
        )

    @property
    def face(self) -> TypeFace:
        return self._face

    async def run(self, call: Call) -> Completed:
        return await run_code(call, self._code, call.body)
