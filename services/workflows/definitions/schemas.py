"""Bodies, query parameters and answers of workflows' routes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import ConfigDict, Field, JsonValue

from libs.httpkit.camel import Camel, CamelBody, CamelQuery
from libs.httpkit.error_models import ViolationOut
from libs.httpkit.paging import Pagination
from services.workflows.definitions import examples
from services.workflows.definitions.documents import JSON, YAML
from services.workflows.definitions.model import (
    MAX_ATTEMPTS,
    MAX_SESSION_MS,
    MAX_TASK_TIMEOUT_MS,
    MAX_TASKS,
    MAX_VERSION,
    NAME_PATTERN,
    Access,
    LinkStatus,
    TaskEffect,
)
from services.workflows.definitions.store import WorkflowFilter
from services.workflows.definitions.yaml_form import write_yaml

_TASK: Final[dict[str, JsonValue]] = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"type": "string", "description": "A task type's id or title, in any case."},
        "body": {"type": "object", "description": "The fields' values: literals, blanks, references, texts."},
        "executeAfter": {
            "type": "object",
            "description": "The tasks before this one, each with the statuses that let it run.",
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"enum": list(get_args(LinkStatus))}},
        },
        "integration": {"type": "string"},
        "timeoutMs": {"type": "integer", "minimum": 1, "maximum": MAX_TASK_TIMEOUT_MS},
        "retry": {
            "type": "object",
            "properties": {
                "maxAttempts": {"type": "integer", "minimum": 1, "maximum": MAX_ATTEMPTS},
                "initialMs": {"type": "integer", "minimum": 0},
                "factor": {"type": "number", "minimum": 1},
                "maxMs": {"type": "integer", "minimum": 0},
            },
        },
        "effect": {"enum": list(get_args(TaskEffect))},
        "position": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}},
    },
}
_MEMBERS: Final[dict[str, JsonValue]] = {
    "description": {"type": ["string", "null"]},
    "access": {"enum": list(get_args(Access)), "description": "The role that may run it."},
    "timeoutMs": {"type": "integer", "minimum": 1, "maximum": MAX_SESSION_MS},
    "maxSessions": {"type": ["integer", "null"], "minimum": 1, "description": "How many run at a time."},
    "tasks": {"type": "object", "maxProperties": MAX_TASKS, "additionalProperties": _TASK},
    "output": {"description": "The session's output: any value that a field may have."},
}
_NAME: Final[dict[str, JsonValue]] = {"name": {"type": "string", "pattern": f"^{NAME_PATTERN}$"}}


def definition_body(*, named: bool) -> dict[str, Any]:
    """Return the document of a request body that is a definition, in either form."""
    example = {name: value for name, value in examples.DRAFT.items() if named or name != "name"}
    schema = {
        "type": "object",
        "required": ["name", "tasks"] if named else ["tasks"],
        "properties": {**(_NAME if named else {}), **_MEMBERS},
    }
    content = {
        JSON: {"schema": schema, "example": example},
        YAML: {"schema": {"type": "string"}, "example": write_yaml(example)},
    }
    return {"requestBody": {"required": True, "content": content}}


class WorkflowsQuery(CamelQuery):
    """The list's filters."""

    search: str | None = Field(default=None, max_length=100, description="A part of the name, in any case.")
    active: bool | None = Field(default=None, description="Active ones alone, or those that are not.")
    archived: bool = Field(default=False, description="Archived ones instead.")

    def wanted(self) -> WorkflowFilter:
        """Return the list's filters."""
        return WorkflowFilter(name_part=self.search or None, active=self.active, archived=self.archived)


class SaveQuery(CamelQuery):
    """Whether a save of an active workflow is run from then on."""

    activate: bool = Field(default=True, description="Of an active workflow: run the new version from now on.")


class ImportQuery(CamelQuery):
    """What becomes of an imported workflow whose name is taken."""

    on_conflict: Literal["fail", "version"] = Field(
        default="fail", description="`version`: the next version of the workflow of that name, run once activated."
    )


class ActivateIn(CamelBody):
    """The version to run; the newest when absent."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 1}})

    version: int | None = Field(default=None, ge=1, le=MAX_VERSION)


class CloneIn(CamelBody):
    """The name of the new workflow."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "order-paid-too"}})

    name: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]


class _StateOut(Camel):
    """A workflow as an object; `activeVersion` is the version that `/run` runs, null unless it is active."""

    id: str
    name: str
    description: str | None
    access: Access
    timeout_ms: int
    max_sessions: int | None
    active: bool
    version: int
    active_version: int | None
    endpoint: str
    created_date: datetime
    created_by: str
    modified_date: datetime
    modified_by: str
    archived_date: datetime | None


class WorkflowOut(_StateOut):
    """A workflow in its newest version."""

    model_config = ConfigDict(json_schema_extra={"example": examples.WORKFLOW})

    tasks: dict[str, Any]
    output: Any = None
    warnings: list[ViolationOut]


class WorkflowItemOut(_StateOut):
    """A workflow without its tasks; `sessions24h` counts by status the sessions that began in the last 24 hours."""

    model_config = ConfigDict(json_schema_extra={"example": examples.SUMMARY})

    task_count: int
    sessions_24h: dict[str, int] = Field(alias="sessions24h")


class WorkflowsOut(Camel):
    """A page of workflows."""

    data: list[WorkflowItemOut]
    pagination: Pagination


class WorkflowVersionItemOut(Camel):
    """A version without its tasks; `changed` names what differs from the version before."""

    model_config = ConfigDict(json_schema_extra={"example": examples.VERSION})

    version: int
    active: bool
    description: str | None
    access: Access
    timeout_ms: int
    max_sessions: int | None
    task_count: int
    changed: list[str]
    created_date: datetime
    created_by: str


class WorkflowVersionOut(WorkflowVersionItemOut):
    """A version."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "order-paid", **examples.VERSION, "tasks": examples.TASKS}}
    )

    name: str
    tasks: dict[str, Any]
    output: Any = None


class WorkflowVersionsOut(Camel):
    """A page of versions, newest first."""

    data: list[WorkflowVersionItemOut]
    pagination: Pagination


class BlankOut(Camel):
    """A value that callers bring, at a place of their body."""

    model_config = ConfigDict(json_schema_extra={"example": examples.BLANK})

    place: list[str]
    pointer: str
    json_schema: dict[str, Any] = Field(alias="schema")
    required: bool
    secret: bool
    default: Any = None


class ValidationOut(Camel):
    """What is right and wrong with a definition; `order` has each task after those before it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "valid": True,
                "errors": [],
                "warnings": [examples.WARNING],
                "blanks": [examples.BLANK],
                "order": ["Fetch", "Big", "Tell"],
            }
        }
    )

    valid: bool
    errors: list[ViolationOut]
    warnings: list[ViolationOut]
    blanks: list[BlankOut]
    order: list[str]


class WorkflowEndpointOut(Camel):
    """The request that runs a workflow; in `body` a blank is its default, else the empty value of its type."""

    model_config = ConfigDict(json_schema_extra={"example": examples.ENDPOINT})

    method: str
    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    body_schema: dict[str, Any]
    curl: str
    openapi: dict[str, Any]
    active: bool


class WorkflowExportOut(Camel):
    """A definition with the own task types that it uses, to be imported elsewhere; it has no secrets."""

    model_config = ConfigDict(json_schema_extra={"example": {**examples.DRAFT, "maxSessions": None, "taskTypes": []}})

    name: str
    description: str | None
    access: Access
    timeout_ms: int
    max_sessions: int | None
    tasks: dict[str, Any]
    output: Any = None
    task_types: list[dict[str, Any]]
