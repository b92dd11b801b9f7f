"""Values of workflow definitions: what their makers write, and workflows and their versions as objects of a tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec

NOUN: Final = "workflow"
WORKFLOW: Final = "workflow"
MAX_WORKFLOWS: Final = 1_000
"""The most workflows of a tenant, archived ones left out."""

NAME_PATTERN: Final = "[A-Za-z0-9][A-Za-z0-9_-]{0,99}"
"""The names of workflows, integrations and providers."""
RESERVED_NAMES: Final = frozenset(("validate", "import"))
"""Names that no workflow can have: they are paths of other routes."""
MAX_TASKS: Final = 100
MAX_LINKS: Final = 500
MAX_DEFINITION_BYTES: Final = 262_144
MAX_TASK_NAME_CHARS: Final = 64
MAX_DEPTH: Final = 32
MAX_ATTEMPTS: Final = 10
MAX_TASK_TIMEOUT_MS: Final = 900_000
MAX_SESSION_MS: Final = 366 * 86_400_000

LinkStatus: TypeAlias = Literal["completed", "failed", "skipped"]
Effect: TypeAlias = Literal["pure", "exactly-once", "at-least-once", "at-most-once"]
TaskEffect: TypeAlias = Literal["at-least-once", "at-most-once"]
"""The effects that a task may claim in place of its type's."""
Access: TypeAlias = Literal["viewer", "editor"]
MAX_VERSION: Final = 2**53 - 1
"""The largest number of a version that requests may name: readers of JSON hold it exactly."""


def version_noun(name: str) -> str:
    """Return what a version of a workflow is called in messages."""
    return f"workflow {name!r} in version"


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How often a task is tried, and the pauses between: `initial_ms`, then `factor` times as long, up to `max_ms`."""

    max_attempts: int = 3
    initial_ms: int = 1_000
    factor: float = 2.0
    max_ms: int = 60_000


class Position(msgspec.Struct, frozen=True):
    """The place of a task on the canvas."""

    x: float
    y: float


class TaskDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A task: its type, the values of its fields, and the tasks before it with the statuses that let it run.

    None stands for the type's own default.
    """

    type: str
    body: dict[str, Any] = {}
    execute_after: dict[str, tuple[LinkStatus, ...]] = {}
    integration: str | None = None
    timeout_ms: int | None = None
    retry: RetryPolicy | None = None
    effect: TaskEffect | None = None
    position: Position | None = None


class WorkflowDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A workflow without its name: what a version keeps."""

    tasks: dict[str, TaskDefinition]
    description: str | None = None
    access: Access = "editor"
    timeout_ms: int = 86_400_000
    max_sessions: int | None = None
    output: Any = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow as an object of a tenant. `version` is the newest, `active_version` the one that is run."""

    tenant_id: str
    id: uuid.UUID
    name: str
    version: int
    active: bool
    active_version: int | None
    definition: WorkflowDefinition
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionHead:
    """What is known of a version without reading it. What it uses is named once each, integrations in folded form."""

    version: int
    description: str | None
    access: Access
    timeout_ms: int
    max_sessions: int | None
    task_count: int
    task_types: Sequence[str]
    integrations: Sequence[str]
    event_types: Sequence[str]
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSummary:
    """A workflow without its tasks."""

    tenant_id: str
    id: uuid.UUID
    name: str
    version: int
    active: bool
    active_version: int | None
    description: str | None
    access: Access
    timeout_ms: int
    max_sessions: int | None
    task_count: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    archived_at: datetime | None
