"""The wire shapes of `waymark.workflow-sessions.v1`: all that happens to the sessions of workflows.

An executor's record has a number, `seq`, and counts only where it is the session's next: of two executors the first in
the log wins, for every reader. Requests and arrivals have none, and count where they lie. Times are milliseconds since
the epoch. What was recorded of inputs, outputs and errors has its secrets replaced by `[redacted]`.
"""

from __future__ import annotations

import uuid
from typing import Any, Final, Literal, TypeAlias

import msgspec

from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.events import platform_source
from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import format_ms
from libs.contracts.values import decode_value

SESSION: Final = "workflow_session"
SESSION_TIMEOUT: Final = "session_timeout"
"""The code of the error of a session that took longer than it may."""
INTERNAL_ERROR: Final = "internal_error"
"""The code of the error of what failed by a defect of ours."""
TaskEnd: TypeAlias = Literal["completed", "failed"]
TaskStatus: TypeAlias = Literal[
    "pending", "running", "retrying", "waiting", "completed", "failed", "skipped", "cancelled"
]
SessionEnd: TypeAlias = Literal["completed", "failed", "cancelled"]
SessionStatus: TypeAlias = Literal["queued", "running", "completed", "failed", "cancelled"]
PostingKind: TypeAlias = Literal["event", "interaction"]

RawJson: TypeAlias = msgspec.Raw | msgspec.UnsetType
"""Any JSON as it was encoded, or nothing."""
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:workflow-session")


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A part of a record; members that have their defaults are left out."""


class StartedBy(Part, frozen=True, kw_only=True):
    """Who started a session: `type` is `user`, `api_key`, `service` or `system`."""

    id: str
    type: str


class TaskError(Part, frozen=True, kw_only=True):
    """Why a task or a session failed; `retryable` when trying again may help. `detail` is any JSON."""

    code: str
    message: str
    retryable: bool = False
    detail: RawJson = msgspec.UNSET


class TaskAt(Part, frozen=True, kw_only=True):
    """A task of a session; `item` is the index of one item of a `for-each`, `type` the task's type."""

    task: str
    item: int | None = None
    type: str = ""


class TaskResult(TaskAt, frozen=True, kw_only=True):
    """The end of a task. `attempt` counts from 1 and over rounds; `log` is what its code printed."""

    status: TaskEnd
    attempt: int
    started_at: int
    ended_at: int
    input: RawJson = msgspec.UNSET
    output: RawJson = msgspec.UNSET
    error: TaskError | None = None
    log: str | None = None


class TaskRetry(TaskAt, frozen=True, kw_only=True):
    """The end of an attempt that is followed by another one at `due`."""

    attempt: int
    started_at: int
    ended_at: int
    due: int
    error: TaskError
    input: RawJson = msgspec.UNSET


class EventWait(Part, frozen=True, kw_only=True):
    """The event that a task waits for, accepted at `since` or later.

    `where` is CEL over `event` and `input`, the session's, which is given where the expression names it.
    """

    event_type: str
    since: int
    correlation_id: str | None = None
    where: str | None = None
    input: RawJson = msgspec.UNSET


class Posting(Part, frozen=True, kw_only=True):
    """A body that the gateway is asked to record as its POST would, under the id `key`, which the body lacks."""

    kind: PostingKind
    key: str
    body: msgspec.Raw


class TaskWait(TaskAt, frozen=True, kw_only=True):
    """A task that waits: for `due` alone, or for an event, a child session or a posting until then.

    `child_key` is the key of the child's records.
    """

    attempt: int
    started_at: int
    due: int | None = None
    event: EventWait | None = None
    child: str | None = None
    child_key: str | None = None
    posting: Posting | None = None
    input: RawJson = msgspec.UNSET


class Parent(Part, frozen=True, kw_only=True):
    """The task that started a session, the key of its session's records, and how deep the child is: 1 for the first."""

    session_id: str
    key: str
    task: str
    item: int | None = None
    depth: int


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag_field="kind"):
    """The fields that every record of a session has."""

    session_id: str
    at: int


class SessionStarted(SessionRecord, frozen=True, kw_only=True, tag="started"):
    """The start of a session of one version of a workflow.

    `task_types` are the versions of the tenant's own types that it uses. `secrets` are the encrypted values of blanks
    that are secret, by their JSON pointers in `input`, which lacks them. `started` are the tasks that begin at once; a
    session that `queues` begins when its executor says so. It fails at `deadline`. `again`: another record may have
    begun the same session before.
    """

    workflow_id: str
    workflow: str
    version: int
    task_types: dict[str, int] = {}
    input: msgspec.Raw
    secrets: dict[str, str] = {}
    uow_id: str
    started_by: StartedBy
    parent: Parent | None = None
    started: tuple[TaskAt, ...] = ()
    queues: bool = False
    deadline: int
    traceparent: str | None = None
    again: bool = False


class SessionAdvanced(SessionRecord, frozen=True, kw_only=True, tag="advanced"):
    """A step of a session: what ended, and what follows of it.

    `resumed` are tasks that may have been running when their executor was lost, and are run again. `executor` is a name
    that its writer has for as long as it holds the partition, and nobody else ever: it knows its own records by it.
    """

    seq: int
    executor: str = ""
    results: tuple[TaskResult, ...] = ()
    started: tuple[TaskAt, ...] = ()
    resumed: tuple[TaskAt, ...] = ()
    waiting: tuple[TaskWait, ...] = ()
    retrying: tuple[TaskRetry, ...] = ()
    skipped: tuple[str, ...] = ()


class SessionEnded(SessionAdvanced, frozen=True, kw_only=True, tag="ended"):
    """The last step of a session's round. `cancelled` are the tasks that had not ended, those not begun among them."""

    status: SessionEnd
    cancelled: tuple[str, ...] = ()
    output: RawJson = msgspec.UNSET
    error: TaskError | None = None


class CancelRequested(SessionRecord, frozen=True, kw_only=True, tag="cancel-requested"):
    """Somebody wants the session to end."""

    by: StartedBy


class RetryRequested(SessionRecord, frozen=True, kw_only=True, tag="retry-requested"):
    """Somebody wants a session that failed or was cancelled to go on: `tasks` are to be run in this `round`."""

    by: StartedBy
    round: int
    tasks: tuple[str, ...]
    deadline: int


class EventMatched(SessionRecord, frozen=True, kw_only=True, tag="event-matched"):
    """An event that a task waits for; `event` is its JSON as `/api/v1/events` shows it."""

    task: str
    item: int | None = None
    round: int
    attempt: int
    event_id: str
    event: msgspec.Raw


class ChildEnded(SessionRecord, frozen=True, kw_only=True, tag="child-ended"):
    """The end of the child session that a task waits for."""

    task: str
    item: int | None = None
    child: str
    status: SessionEnd
    output: RawJson = msgspec.UNSET
    outputs: RawJson = msgspec.UNSET
    error: TaskError | None = None


class Posted(SessionRecord, frozen=True, kw_only=True, tag="posted"):
    """The gateway's answer to a posting: recorded under the id `key`, or refused."""

    task: str
    item: int | None = None
    key: str
    error: TaskError | None = None


AnyRecord: TypeAlias = (
    SessionStarted
    | SessionAdvanced
    | SessionEnded
    | CancelRequested
    | RetryRequested
    | EventMatched
    | ChildEnded
    | Posted
)
TYPES: Final[dict[type[SessionRecord], str]] = {
    SessionStarted: "waymark.session.started.v1",
    SessionAdvanced: "waymark.session.advanced.v1",
    SessionEnded: "waymark.session.ended.v1",
    CancelRequested: "waymark.session.cancel-requested.v1",
    RetryRequested: "waymark.session.retry-requested.v1",
    EventMatched: "waymark.session.event-matched.v1",
    ChildEnded: "waymark.session.child-ended.v1",
    Posted: "waymark.session.posted.v1",
}
"""The type of each kind of record."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


def value_of(raw: RawJson) -> Any:
    """Return the value of JSON as it was encoded; None where there is nothing."""
    return msgspec.json.decode(raw) if isinstance(raw, msgspec.Raw) else None


def error_facts(error: TaskError) -> dict[str, Any]:
    """Return an error as JSON with all of its members."""
    detail = value_of(error.detail)
    return {"code": error.code, "message": error.message, "retryable": error.retryable, "detail": detail}


def session_id_of(tenant_id: str, workflow_id: str, idempotency_key: str) -> str:
    """Return the id of the session that a request with this `Idempotency-Key` starts."""
    return str(uuid.uuid5(_NAMESPACE, f"{tenant_id}/{workflow_id}/{idempotency_key}"))


def task_key(session_id: str, task: str, item: int | None, round_: int) -> str:
    """Return the idempotency key of a task: the same for all its attempts, another after a retry by hand."""
    return str(uuid.uuid5(_NAMESPACE, f"{session_id}/{task}/{'' if item is None else item}/{round_}"))


def child_session_id(key: str) -> str:
    """Return the id of the session that the task with this idempotency key starts."""
    return str(uuid.uuid5(_NAMESPACE, key))


def session_key(tenant_id: str, session_id: str, workflow_id: str | None) -> str:
    """Return the key of a session's records; `workflow_id` is given where the workflow's sessions are counted."""
    return f"{tenant_id}:{workflow_id or session_id}"


def encode_session_record(tenant_id: str, key: str, uow_id: str, record: AnyRecord) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a record of a session."""
    envelope = Envelope(
        id=_record_id(record),
        source=platform_source(tenant_id, WORKFLOWS),
        type=TYPES[type(record)],
        time=format_ms(record.at),
        tenant_id=tenant_id,
        subject=record.session_id,
        resource_type=SESSION,
        correlation_id=uow_id,
        traceparent=record.traceparent if isinstance(record, SessionStarted) else None,
    )
    return key, _encoder.encode(record), encode_headers(envelope)


def decode_session_record(value: bytes | None) -> AnyRecord:
    """Return the record of a value. Raises InvalidRecord."""
    return decode_value(_decoder.decode, value)


def _record_id(record: AnyRecord) -> str:
    return f"{record.session_id}:{_part(record)}"


def _part(record: AnyRecord) -> str:  # noqa: PLR0911
    match record:
        case SessionStarted():
            return "started"
        case SessionAdvanced():
            return str(record.seq)
        case CancelRequested():
            return f"cancel:{record.at}"
        case RetryRequested():
            return f"retry:{record.round}"
        case EventMatched():
            return f"event:{record.event_id}:{record.round}"
        case ChildEnded():
            return f"child:{record.child}"
        case Posted():
            return f"posted:{record.key}"
