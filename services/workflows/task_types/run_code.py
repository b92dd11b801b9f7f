"""`run-code`: a function in a subset of Python, which reaches nothing outside."""

from __future__ import annotations

from typing import Final

from services.workflows.code.runner import MAX_CODE_BYTES
from services.workflows.task_types.fields import PYTHON, described, form, outputs, text
from services.workflows.task_types.model import Call, Completed, TypeFace
from services.workflows.task_types.running_code import MAX_TIMEOUT_MS, ONCE, TIMEOUT_MS, run_code

CODE: Final = "code"
INPUTS: Final = "inputs"


class RunCode:
    """The type."""

    face: Final = TypeFace(
        type="run-code",
        title="Run code",
        description="Runs `main(inputs)` of a Python text, without files, network, environment or sleep.",
        fields=form(
            {
                CODE: text("Code", "Defines `def main(inputs)`.", limit=MAX_CODE_BYTES, **{"x-code": PYTHON}),
                INPUTS: described({"type": "object", "default": {}}, "Inputs", "What `main` is called with."),
            },
            required=(CODE,),
        ),
        outputs=outputs({"result": {}}),
        effect="pure",
        retry=ONCE,
        runs_code=True,
        timeout_ms=TIMEOUT_MS,
        max_timeout_ms=MAX_TIMEOUT_MS,
    )

    async def run(self, call: Call) -> Completed:
        return await run_code(call, call.body[CODE], call.body.get(INPUTS) or {})
