"""The port that every task type implements: what it says of itself, what it is given, and what may come of it.

A type's fields and outputs are JSON Schemas, with `x-order` (the field's place in a form), `x-secret` (never shown) and
`x-code` (a program text) beside the standard words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, runtime_checkable

from libs.contracts.workflow_sessions import ChildEnded, EventMatched, EventWait, Posted, StartedBy
from services.workflows.definitions.model import MAX_TASK_TIMEOUT_MS, Effect, RetryPolicy

if TYPE_CHECKING:
    from services.workflows.task_types.tools import Tools

Json: TypeAlias = Any
Arrived: TypeAlias = EventMatched | ChildEnded | Posted
MAX_RETRY_AFTER_S: Final = 3_600.0
"""For how long a far side may ask not to be called."""
LONGEST_WAIT_S: Final = 365 * 86_400


class TaskFailed(Exception):
    """A task failed. `retryable`: trying again may help.

    `is_undone`: surely nothing was done outside. Without it another attempt is only for what is `Repeatable`, and for
    tasks that say `retry` themselves; never for one that is to be run at most once.
    `retry_after_s` is what the far side asked for. `log` is what code printed before.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        is_undone: bool = False,
        detail: Json = None,
        retry_after_s: float | None = None,
        log: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.is_undone = is_undone
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.log = log


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFace:
    """A task type as `GET /task-types` shows it. `effect` and `retry` hold where a task does not say otherwise.

    `integrations` are the types of integration it may use, `needs_integration` whether it cannot do without.
    `timeout_ms` bounds an attempt; a task may say otherwise, up to `max_timeout_ms`. `runs_code`: of a tenant's.
    """

    type: str
    title: str
    description: str
    fields: Mapping[str, Json]
    outputs: Mapping[str, Json]
    effect: Effect
    retry: RetryPolicy | None = None
    timeout_ms: int = 30_000
    max_timeout_ms: int = MAX_TASK_TIMEOUT_MS
    integrations: tuple[str, ...] = ()
    needs_integration: bool = False
    runs_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """A session as its tasks may know it; `input` is what its caller sent."""

    tenant_id: str
    session_id: str
    workflow_id: str
    workflow: str
    uow_id: str
    started_at: int
    started_by: StartedBy
    depth: int
    input: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An integration that a task uses: its settings, its secrets in plain text, and its provider's."""

    name: str
    type: str
    settings: Mapping[str, Json]
    secrets: Mapping[str, str] = field(repr=False)
    provider_settings: Mapping[str, Json] = field(default_factory=dict)
    provider_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One attempt of a task. `body` has its fields' values, `key` is the same for all attempts of the task.

    `attempt` counts from 1 over all rounds. `now_ms` is when it began. `scope` returns what the task's expressions may
    name: `input`, `session`, `tasks` (those before it), and of an item `item` and `index`.
    """

    session: SessionFacts
    task: str
    item: int | None
    body: Mapping[str, Json]
    scope: Callable[[], Mapping[str, Json]]
    key: str
    attempt: int
    timeout_ms: int
    now_ms: int
    connected: Connected | None
    tools: Tools

    @property
    def timeout_s(self) -> float:
        """The time that the attempt may take, in seconds."""
        return self.timeout_ms / 1_000


@dataclass(frozen=True, slots=True)
class Completed:
    """A task is done; `log` is what its code printed."""

    output: Json
    log: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStart:
    """A session of another workflow that a task starts, and waits for unless told otherwise."""

    workflow: str
    input: Json
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingStart:
    """A body that the gateway is to record: `kind` is `event` or `interaction`."""

    kind: str
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A task waits: until `due` (ms since the epoch) alone, or for an event, a child or a posting until then."""

    due: int | None = None
    event: EventWait | None = None
    child: ChildStart | None = None
    posting: PostingStart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FansOut:
    """A task runs another one for each item, at most `concurrency` at a time.

    `do` is the inner task as its definition has it: `{type, body, …}`. Without `continues_on_error` none starts after
    one failed.
    """

    items: tuple[Json, ...]
    do: Mapping[str, Json]
    concurrency: int
    continues_on_error: bool


Outcome: TypeAlias = Completed | Waits | FansOut


class TaskType(Protocol):
    """A type of task."""

    @property
    def face(self) -> TypeFace:
        """The type as it is shown."""
        ...

    async def run(self, call: Call) -> Outcome:
        """Do the task once. Raises TaskFailed. The caller bounds the time and cancels."""
        ...


class Awaiting(TaskType, Protocol):
    """A type whose `run` may return `Waits`."""

    def resume(self, call: Call, arrived: Arrived | None) -> Completed:
        """Return what comes of what arrived, or of the time being over (None). Raises TaskFailed. Pure."""
        ...


@runtime_checkable
class Repeatable(Protocol):
    """A type of which some attempts may be made once more though the first may have done its work."""

    def is_repeatable(self, body: Mapping[str, Json]) -> bool:
        """Return whether doing a task with these fields twice leaves what doing it once does."""
        ...
