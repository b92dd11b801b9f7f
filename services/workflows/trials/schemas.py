"""Bodies and answers of trials."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from libs.httpkit.camel import Camel, CamelBody
from services.workflows.definitions.model import NAME_PATTERN
from services.workflows.sessions.schemas import TaskErrorOut
from services.workflows.trials.trying import Trial

_TRIAL: dict[str, JsonValue] = {
    "body": {"code": "def main(inputs):\n    print('twice')\n    return inputs['n'] * 2\n", "inputs": {"n": 21}}
}
_TRIED: dict[str, JsonValue] = {"status": "completed", "output": {"result": 42}, "error": None, "log": "twice\n"}


class TrialIn(CamelBody):
    """What to try. The values are taken as they are: nothing in them is a reference."""

    model_config = ConfigDict(json_schema_extra={"example": _TRIAL})

    body: dict[str, Any] = Field(default_factory=dict, description="The values of the type's fields.")
    integration: Annotated[str, StringConstraints(pattern=f"^{NAME_PATTERN}$")] | None = None
    scope: dict[str, Any] = Field(
        default_factory=dict, description="What expressions may name: `input`, `tasks`, `session`, `item`, `index`."
    )

    def trial(self) -> Trial:
        """Return the trial as the model has it."""
        return Trial(body=self.body, integration=self.integration, scope=self.scope)


class TrialOut(Camel):
    """What a trial came to."""

    model_config = ConfigDict(json_schema_extra={"example": _TRIED})

    status: Literal["completed", "failed"]
    output: Any = None
    error: TaskErrorOut | None = None
    log: str | None = Field(default=None, description="What the code printed.")
