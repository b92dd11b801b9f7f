"""The state of a session as the database keeps it: the record that began it, its head, and each task by itself.

What was recorded as JSON is kept as it was encoded, so a large output is written once, with its task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from libs.contracts.workflow_sessions import RawJson, SessionStarted, SessionStatus, StartedBy, TaskError
from services.workflows.engine.session import SessionState, TaskKey, TaskState

NO_ITEM: Final = -1
_encoder = msgspec.json.Encoder()
_started = msgspec.json.Decoder(SessionStarted)
_task = msgspec.json.Decoder(TaskState)


class StateHead(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A session's state without its start and its tasks; `matched` is sorted."""

    status: SessionStatus
    deadline: int
    seq: int = 0
    round: int = 1
    matched: tuple[str, ...] = ()
    cancelled_by: StartedBy | None = None
    cancelled_at: int | None = None
    ended_at: int | None = None
    output: RawJson = msgspec.UNSET
    error: TaskError | None = None


_head = msgspec.json.Decoder(StateHead)


def pack_started(state: SessionState) -> bytes:
    """Return the record that began the session."""
    return _encoder.encode(state.started)


def pack_head(state: SessionState) -> bytes:
    """Return the state but for start and tasks."""
    return _encoder.encode(
        StateHead(
            status=state.status,
            deadline=state.deadline,
            seq=state.seq,
            round=state.round,
            matched=tuple(sorted(state.matched)),
            cancelled_by=state.cancelled_by,
            cancelled_at=state.cancelled_at,
            ended_at=state.ended_at,
            output=state.output,
            error=state.error,
        )
    )


def pack_task(task: TaskState) -> bytes:
    """Return a task."""
    return _encoder.encode(task)


def unpack_task(packed: bytes) -> TaskState:
    """Return the task that was packed."""
    return _task.decode(packed)


def unpack(tenant_id: str, key: str, started: bytes, head: bytes, tasks: Mapping[TaskKey, TaskState]) -> SessionState:
    """Return the state of a session; `key` is that of its records."""
    found = _head.decode(head)
    return SessionState(
        tenant_id=tenant_id,
        key=key,
        started=_started.decode(started),
        status=found.status,
        deadline=found.deadline,
        seq=found.seq,
        round=found.round,
        tasks=tasks,
        matched=frozenset(found.matched),
        cancelled_by=found.cancelled_by,
        cancelled_at=found.cancelled_at,
        ended_at=found.ended_at,
        output=found.output,
        error=found.error,
    )


def item_of(key: TaskKey) -> int:
    """Return the item as its column has it."""
    return NO_ITEM if key.item is None else key.item


def task_key_of(task: str, item: int) -> TaskKey:
    """Return the task of these columns."""
    return TaskKey(task, None if item == NO_ITEM else item)


def changed_tasks(before: SessionState | None, after: SessionState) -> Iterable[tuple[TaskKey, TaskState]]:
    """Return the tasks of `after` that are not those of `before`."""
    known = {} if before is None else before.tasks
    return ((key, task) for key, task in after.tasks.items() if known.get(key) is not task)
