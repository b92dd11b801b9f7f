"""Sessions as JSON: what `/run`, the reads of sessions and their streams show.

What was recorded as JSON goes into the answer as it was encoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson

from libs.contracts.times import format_ms
from libs.contracts.workflow_sessions import RawJson, TaskError, TaskWait, task_key
from services.workflows.engine.session import SessionState, TaskKey, TaskState

_NOT_BEGUN = TaskState(status="pending", round=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The version that a session runs, as far as it is shown: its tasks in order, the type of each and of its items.

    `has_output`: the definition says what the session's output is.
    """

    order: Sequence[str]
    types: Mapping[str, str]
    item_types: Mapping[str, str] = field(default_factory=dict)
    has_output: bool

    def type_of(self, key: TaskKey) -> str | None:
        """Return the type of a task or of an item."""
        return (self.types if key.item is None else self.item_types).get(key.task)


def session_json(state: SessionState, shape: Shape) -> bytes:
    """Return a session with its tasks in order, those that have not begun among them."""
    return orjson.dumps(session_content(state, shape))


def session_content(state: SessionState, shape: Shape) -> dict[str, Any]:
    """Return the members that `session_json` encodes."""
    items = _items(state)
    tasks = [task_content(state, TaskKey(name), shape, items.get(name, ())) for name in shape.order]
    return {**session_alone(state, shape), "tasks": tasks}


def session_alone(state: SessionState, shape: Shape) -> dict[str, Any]:
    """Return a session without its tasks."""
    return {
        **_facts(state),
        "input": _raw(state.started.input),
        "output": _raw(state.output) if shape.has_output else None,
        "outputs": None if shape.has_output else _outputs(state, shape.order),
        "error": _error(state.error),
    }


def task_content(state: SessionState, key: TaskKey, shape: Shape, items: Sequence[TaskKey] = ()) -> dict[str, Any]:
    """Return one task of a session, with `items` of it, or one item."""
    task = state.tasks.get(key, _NOT_BEGUN)
    shown: dict[str, Any] = {
        "task": _name(key),
        "type": shape.type_of(key),
        "status": task.status,
        "attempts": task.attempts,
        "resumed": task.resumed,
        "startedAt": _time(task.started_at),
        "endedAt": _time(task.ended_at),
        "durationMs": _duration_ms(task),
        "nextAttemptAt": _time(task.next_attempt_at),
        "waitingFor": None if task.wait is None else dict(_waiting_for(task.wait)),
        "input": _raw(task.input),
        "output": _raw(task.output),
        "error": _error(task.error),
        "log": task.log,
        "idempotencyKey": task_key(state.session_id, key.task, key.item, task.round),
    }
    if items:
        shown["items"] = [task_content(state, item, shape) for item in items]
    return shown


def summary_json(state: SessionState) -> bytes:
    """Return a session as lists show it: without tasks, inputs and outputs."""
    return orjson.dumps(session_facts(state))


def session_facts(state: SessionState) -> dict[str, Any]:
    """Return the members that `summary_json` encodes."""
    error = state.error
    shown = None if error is None else {"code": error.code, "message": error.message, "retryable": error.retryable}
    return {**_facts(state), "error": shown}


def _facts(state: SessionState) -> dict[str, Any]:
    started, parent = state.started, state.started.parent
    return {
        "sessionId": started.session_id,
        "workflow": started.workflow,
        "workflowId": started.workflow_id,
        "version": started.version,
        "status": state.status,
        "uowId": started.uow_id,
        "parentSessionId": None if parent is None else parent.session_id,
        "parentTask": None if parent is None else _name(TaskKey(parent.task, parent.item)),
        "startedAt": format_ms(started.at),
        "endedAt": _time(state.ended_at),
        "durationMs": None if state.ended_at is None else state.ended_at - started.at,
        "startedBy": {"id": started.started_by.id, "type": started.started_by.type},
        "round": state.round,
    }


def _outputs(state: SessionState, order: Sequence[str]) -> dict[str, Any]:
    return {
        name: _raw(task.output)
        for name in order
        if (task := state.tasks.get(TaskKey(name))) is not None and task.status == "completed"
    }


def _items(state: SessionState) -> dict[str, list[TaskKey]]:
    """Return the items of each `for-each` that have begun, in order."""
    found: dict[str, list[TaskKey]] = {}
    for key in state.tasks:
        if key.item is not None:
            found.setdefault(key.task, []).append(key)
    for keys in found.values():
        keys.sort()
    return found


def _waiting_for(wait: TaskWait) -> Iterator[tuple[str, Any]]:
    if wait.event is not None:
        yield "eventType", wait.event.event_type
        yield "correlationId", wait.event.correlation_id
    if wait.child is not None:
        yield "sessionId", wait.child
    if wait.posting is not None:
        yield "recordId", wait.posting.key
    yield "until", _time(wait.due)


def _name(key: TaskKey) -> str:
    return key.task if key.item is None else f"{key.task}[{key.item}]"


def _duration_ms(task: TaskState) -> int | None:
    if task.started_at is None or task.ended_at is None:
        return None
    return task.ended_at - task.started_at


def _error(error: TaskError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "detail": _raw(error.detail),
    }


def _raw(value: RawJson) -> orjson.Fragment | None:
    return None if isinstance(value, msgspec.UnsetType) else orjson.Fragment(bytes(value))


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else format_ms(at_ms)
