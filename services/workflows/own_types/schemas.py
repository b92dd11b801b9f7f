"""Bodies and answers of the routes of task types."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from libs.httpkit.camel import Camel, CamelBody
from libs.httpkit.fields import PRINTABLE
from services.workflows.code.runner import MAX_CODE_BYTES
from services.workflows.definitions.model import Effect
from services.workflows.own_types.model import TYPE_PATTERN, OwnTypeDefinition

_INPUTS: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"amount": {"type": "number", "title": "Amount"}},
    "required": ["amount"],
    "additionalProperties": False,
}
_FIELDS: dict[str, JsonValue] = {
    "title": "Add tax",
    "description": "Adds the tax to an amount.",
    "inputs": _INPUTS,
    "code": "def main(inputs):\n    return inputs['amount'] * 1.19\n",
}
_FACE: dict[str, JsonValue] = {
    "type": "add-tax",
    "title": "Add tax",
    "description": "Adds the tax to an amount.",
    "fields": _INPUTS,
    "outputs": {"type": "object", "properties": {"result": {}}, "required": ["result"]},
    "effect": "pure",
    "retry": None,
    "timeoutMs": 5000,
    "maxTimeoutMs": 30000,
    "integrations": [],
    "needsIntegration": False,
    "own": True,
}
_OWN: dict[str, JsonValue] = {
    **_FACE,
    **_FIELDS,
    "version": 1,
    "createdDate": "2026-01-15T10:30:00.000Z",
    "createdBy": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "modifiedDate": "2026-01-15T10:30:00.000Z",
    "modifiedBy": "0199439c-0440-70db-8d54-f9add9ea5f62",
}

Title = Annotated[str, StringConstraints(min_length=1, max_length=100), PRINTABLE]


class OwnTypePutIn(CamelBody):
    """A tenant's own type but for its name."""

    model_config = ConfigDict(json_schema_extra={"example": _FIELDS})

    title: Title
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""
    inputs: dict[str, Any] = Field(
        default_factory=lambda: {"type": "object", "properties": {}, "additionalProperties": False},
        description="The JSON Schema (2020-12) of an object; its properties are the task's fields, titled by their"
        " names where they have no `title`.",
    )
    code: str = Field(min_length=1, max_length=MAX_CODE_BYTES, description="Python with `def main(inputs)`.")

    def definition(self) -> OwnTypeDefinition:
        """Return the definition as the model has it."""
        return OwnTypeDefinition(title=self.title, description=self.description, inputs=self.inputs, code=self.code)


class _Type(CamelBody):
    """A type's name; a base of its own, so that it is checked and shown first."""

    type: Annotated[str, StringConstraints(pattern=f"^{TYPE_PATTERN}$")]


class OwnTypeIn(OwnTypePutIn, _Type):
    """A tenant's own type of task."""

    model_config = ConfigDict(json_schema_extra={"example": {"type": "add-tax", **_FIELDS}})


class RetryPolicyOut(Camel):
    """How often a task is tried, and the pauses between."""

    max_attempts: int
    initial_ms: int
    factor: float
    max_ms: int


class TaskTypeOut(Camel):
    """A type of task; `fields` and `outputs` are JSON Schemas, and each field has a `title`.

    Of the tenant's `own` ones the rest is there too.
    """

    model_config = ConfigDict(json_schema_extra={"example": _OWN})

    type: str
    title: str
    description: str
    fields: dict[str, Any]
    outputs: dict[str, Any]
    effect: Effect
    retry: RetryPolicyOut | None
    timeout_ms: int
    max_timeout_ms: int
    integrations: list[str]
    needs_integration: bool
    own: bool
    inputs: dict[str, Any] | None = None
    code: str | None = None
    version: int | None = None
    created_date: datetime | None = None
    created_by: str | None = None
    modified_date: datetime | None = None
    modified_by: str | None = None


class TaskTypesOut(Camel):
    """All types that the tenant may use, its own ones last."""

    data: list[TaskTypeOut]
