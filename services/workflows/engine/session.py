"""The state of a session, and the one fold by which executor, read model, streams and waiting requests know it.

`fold` is pure. It returns the state that it was given, the very same, where a record does not count: an executor's
record whose `seq` is not the session's next, a second start, an arrival that nothing waits for any more, and whatever
lies under another key than the session's start, and so maybe in another executor's partition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

import msgspec

from libs.contracts.workflow_sessions import (
    AnyRecord,
    CancelRequested,
    ChildEnded,
    EventMatched,
    Posted,
    RawJson,
    RetryRequested,
    SessionAdvanced,
    SessionEnded,
    SessionStarted,
    SessionStatus,
    StartedBy,
    TaskAt,
    TaskError,
    TaskResult,
    TaskRetry,
    TaskStatus,
    TaskWait,
)

ENDED: Final = frozenset[TaskStatus](("completed", "failed", "skipped", "cancelled"))
Arrival: TypeAlias = EventMatched | ChildEnded | Posted


class TaskKey(NamedTuple):
    """A task of a session, or one item of a `for-each`."""

    task: str
    item: int | None = None


class TaskState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A task. `attempts` counts those begun over all rounds, `earlier` those of rounds before this one.

    `resumed` counts the times that the latest attempt was begun anew; `arrived` is what a waiting task waited for.
    """

    status: TaskStatus
    round: int
    attempts: int = 0
    earlier: int = 0
    resumed: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    next_attempt_at: int | None = None
    wait: TaskWait | None = None
    arrived: Arrival | None = None
    input: RawJson = msgspec.UNSET
    output: RawJson = msgspec.UNSET
    error: TaskError | None = None
    log: str | None = None


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """A session. `tasks` has those of which a record spoke: any other is pending.

    `seq` is that of the last record of an executor that counted, `matched` are the ids of events that served it. It is
    to be cancelled since `cancelled_at`.
    """

    tenant_id: str
    key: str
    started: SessionStarted
    status: SessionStatus
    deadline: int
    seq: int = 0
    round: int = 1
    tasks: Mapping[TaskKey, TaskState]
    matched: frozenset[str] = frozenset()
    cancelled_by: StartedBy | None = None
    cancelled_at: int | None = None
    ended_at: int | None = None
    output: RawJson = msgspec.UNSET
    error: TaskError | None = None

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.started.session_id

    @property
    def is_open(self) -> bool:
        """Whether the session has not ended."""
        return self.status in ("queued", "running")

    def status_of(self, task: str) -> TaskStatus:
        """Return the status of a task."""
        found = self.tasks.get(TaskKey(task))
        return "pending" if found is None else found.status


def fold(state: SessionState | None, record: AnyRecord, *, tenant_id: str, key: str) -> SessionState | None:
    """Return the session's state after a record; `tenant_id` and `key` are those of the record."""
    if state is None:
        return _begun(record, tenant_id, key) if isinstance(record, SessionStarted) else None
    if key != state.key or isinstance(record, SessionStarted):
        return state
    match record:
        case SessionAdvanced():
            return _advanced(state, record)
        case CancelRequested():
            return _cancelling(state, record)
        case RetryRequested():
            return _retried(state, record)
        case EventMatched() | ChildEnded() | Posted():
            return _arrived(state, record)


def _begun(record: SessionStarted, tenant_id: str, key: str) -> SessionState:
    return SessionState(
        tenant_id=tenant_id,
        key=key,
        started=record,
        status="queued" if record.queues else "running",
        deadline=record.deadline,
        tasks={_key(at): _begun_task(None, record.at, 1) for at in record.started},
    )


def _advanced(state: SessionState, record: SessionAdvanced) -> SessionState:
    if not state.is_open or record.seq != state.seq + 1:
        return state
    tasks = dict(state.tasks)
    for result in record.results:
        tasks[_key(result)] = _after_result(tasks.get(_key(result)), result, state.round)
    for retry in record.retrying:
        tasks[_key(retry)] = _after_attempt(tasks.get(_key(retry)), retry, state.round)
    for wait in record.waiting:
        tasks[_key(wait)] = _waiting(tasks.get(_key(wait)), wait, state.round)
    for name in record.skipped:
        tasks[TaskKey(name)] = TaskState(status="skipped", round=state.round, ended_at=record.at)
    for at in record.started:
        tasks[_key(at)] = _begun_task(tasks.get(_key(at)), record.at, state.round)
    for at in record.resumed:
        tasks[_key(at)] = _resumed(tasks.get(_key(at)), record.at, state.round)
    if isinstance(record, SessionEnded):
        return _ended(state, record, tasks)
    return msgspec.structs.replace(state, status="running", seq=record.seq, tasks=tasks)


def _ended(state: SessionState, record: SessionEnded, tasks: dict[TaskKey, TaskState]) -> SessionState:
    for name in record.cancelled:
        tasks.setdefault(TaskKey(name), TaskState(status="pending", round=state.round))
    for key, task in tasks.items():
        if task.status not in ENDED:
            tasks[key] = msgspec.structs.replace(
                task, status="cancelled", ended_at=record.at, next_attempt_at=None, wait=None, arrived=None
            )
    return msgspec.structs.replace(
        state,
        status=record.status,
        seq=record.seq,
        tasks=tasks,
        ended_at=record.at,
        output=record.output,
        error=record.error,
    )


def _cancelling(state: SessionState, record: CancelRequested) -> SessionState:
    if not state.is_open or state.cancelled_by is not None:
        return state
    return msgspec.structs.replace(state, cancelled_by=record.by, cancelled_at=record.at)


def _retried(state: SessionState, record: RetryRequested) -> SessionState:
    if state.status not in ("failed", "cancelled") or record.round != state.round + 1:
        return state
    again = set(record.tasks)
    tasks = {
        key: _pending(task, record.round) if key.task in again and task.status != "completed" else task
        for key, task in state.tasks.items()
    }
    return msgspec.structs.replace(
        state,
        status="queued" if state.started.queues else "running",
        round=record.round,
        deadline=record.deadline,
        tasks=tasks,
        cancelled_by=None,
        cancelled_at=None,
        ended_at=None,
        output=msgspec.UNSET,
        error=None,
    )


def _arrived(state: SessionState, record: Arrival) -> SessionState:
    key = TaskKey(record.task, record.item)
    task = state.tasks.get(key)
    if not state.is_open or task is None or task.wait is None or task.arrived is not None:
        return state
    if not _is_awaited(state, task, task.wait, record):
        return state
    matched = state.matched | {record.event_id} if isinstance(record, EventMatched) else state.matched
    tasks = {**state.tasks, key: msgspec.structs.replace(task, arrived=record)}
    return msgspec.structs.replace(state, tasks=tasks, matched=matched)


def _is_awaited(state: SessionState, task: TaskState, wait: TaskWait, record: Arrival) -> bool:
    match record:
        case EventMatched():
            is_this_wait = (record.round, record.attempt) == (task.round, wait.attempt)
            return wait.event is not None and is_this_wait and record.event_id not in state.matched
        case ChildEnded():
            return wait.child == record.child
        case Posted():
            return wait.posting is not None and wait.posting.key == record.key


def _begun_task(before: TaskState | None, at: int, round_: int) -> TaskState:
    return TaskState(
        status="running", round=round_, attempts=_attempts(before) + 1, earlier=_earlier(before), started_at=at
    )


def _after_result(before: TaskState | None, result: TaskResult, round_: int) -> TaskState:
    return TaskState(
        status=result.status,
        round=round_,
        attempts=result.attempt,
        earlier=_earlier(before),
        resumed=0 if before is None else before.resumed,
        started_at=result.started_at,
        ended_at=result.ended_at,
        input=result.input,
        output=result.output,
        error=result.error,
        log=result.log,
    )


def _after_attempt(before: TaskState | None, retry: TaskRetry, round_: int) -> TaskState:
    return TaskState(
        status="retrying",
        round=round_,
        attempts=retry.attempt,
        earlier=_earlier(before),
        started_at=retry.started_at,
        next_attempt_at=retry.due,
        input=retry.input,
        error=retry.error,
    )


def _waiting(before: TaskState | None, wait: TaskWait, round_: int) -> TaskState:
    return TaskState(
        status="waiting",
        round=round_,
        attempts=wait.attempt,
        earlier=_earlier(before),
        resumed=0 if before is None else before.resumed,
        started_at=wait.started_at,
        wait=wait,
        input=wait.input,
    )


def _resumed(before: TaskState | None, at: int, round_: int) -> TaskState:
    """Return the task as running again: of one that waited for its next attempt, that attempt has begun."""
    if before is None or before.status != "running":
        return msgspec.structs.replace(_begun_task(before, at, round_), resumed=1)
    return msgspec.structs.replace(before, resumed=before.resumed + 1, started_at=at)


def _pending(task: TaskState, round_: int) -> TaskState:
    return TaskState(status="pending", round=round_, attempts=task.attempts, earlier=task.attempts)


def _attempts(task: TaskState | None) -> int:
    return 0 if task is None else task.attempts


def _earlier(task: TaskState | None) -> int:
    return 0 if task is None else task.earlier


def _key(at: TaskAt) -> TaskKey:
    return TaskKey(at.task, at.item)
