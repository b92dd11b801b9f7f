"""Reads the JSON of a definition, and keeps everything that is wrong with its shape, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, get_args

import msgspec

from libs.httpkit.errors import Loc, Violation
from services.workflows.definitions.members import (
    Members,
    Wrong,
    a_number,
    a_text,
    an_integer,
    an_object,
    anything,
    one_of,
)
from services.workflows.definitions.model import (
    MAX_ATTEMPTS,
    MAX_SESSION_MS,
    MAX_TASK_NAME_CHARS,
    MAX_TASK_TIMEOUT_MS,
    MAX_TASKS,
    Access,
    LinkStatus,
    Position,
    RetryPolicy,
    TaskDefinition,
    TaskEffect,
    WorkflowDefinition,
)

Json: TypeAlias = Any
_MAX_DESCRIPTION_CHARS: Final = 10_000
_MAX_TYPE_CHARS: Final = 200
_MAX_NAME_CHARS: Final = 100
_MAX_SESSIONS: Final = 1_000_000
_MAX_PAUSE_MS: Final = 86_400_000
_MAX_FACTOR: Final = 10
_FAR: Final = 1e9
_STATUSES: Final[tuple[LinkStatus, ...]] = get_args(LinkStatus)
_ACCESSES: Final[tuple[Access, ...]] = get_args(Access)
_EFFECTS: Final[tuple[TaskEffect, ...]] = get_args(TaskEffect)


def read_definition(document: Json, loc: Loc, errors: list[Violation]) -> WorkflowDefinition:
    """Return the definition that a document is; what is wrong with it is added to `errors`, and left out.

    A document may have members that are none of a definition, as answers have; those that are nearly one are refused.
    """
    with Members(document, loc, errors, refuses_others=False) as members:
        tasks = members.take("tasks", an_object, required=True)
        return WorkflowDefinition(
            description=members.take("description", a_text(_MAX_DESCRIPTION_CHARS, min_chars=0)),
            access=members.take("access", one_of(_ACCESSES), "editor"),
            timeout_ms=members.take("timeoutMs", an_integer(1, MAX_SESSION_MS), 86_400_000),
            max_sessions=members.take("maxSessions", an_integer(1, _MAX_SESSIONS)),
            output=members.take("output", anything, msgspec.UNSET),
            tasks={} if tasks is None else _tasks(tasks, (*loc, "tasks"), errors),
        )


def read_inner_task(raw: Json, loc: Loc, errors: list[Violation]) -> TaskDefinition:
    """Return the task within a task: it has no links."""
    with Members(raw, loc, errors) as members:
        return _task(members)


def _tasks(raw: Mapping[str, Json], loc: Loc, errors: list[Violation]) -> dict[str, TaskDefinition]:
    if len(raw) > MAX_TASKS:
        errors.append(Violation(loc, f"at most {MAX_TASKS} tasks are taken", "limit"))
    return {name: _named_task(name, task, (*loc, name), errors) for name, task in raw.items()}


def _named_task(name: str, raw: Json, loc: Loc, errors: list[Violation]) -> TaskDefinition:
    if not 1 <= len(name) <= MAX_TASK_NAME_CHARS or not name.isprintable():
        words = f"a task's name has 1 to {MAX_TASK_NAME_CHARS} printable characters"
        errors.append(Violation(loc, words, "limit"))
    with Members(raw, loc, errors) as members:
        return msgspec.structs.replace(
            _task(members),
            execute_after=members.inside("executeAfter", _links) or {},
            position=members.inside("position", _position),
        )


def _task(members: Members) -> TaskDefinition:
    return TaskDefinition(
        type=members.take("type", a_text(_MAX_TYPE_CHARS), "", required=True),
        body=members.take("body", an_object, {}),
        integration=members.take("integration", a_text(_MAX_NAME_CHARS)),
        timeout_ms=members.take("timeoutMs", an_integer(1, MAX_TASK_TIMEOUT_MS)),
        retry=members.inside("retry", _retry),
        effect=members.take("effect", one_of(_EFFECTS)),
    )


def _links(members: Members) -> dict[str, tuple[LinkStatus, ...]]:
    return {name: members.take(name, _statuses, ()) for name in members}


def _statuses(value: Json) -> tuple[LinkStatus, ...]:
    if not isinstance(value, list) or not value or not all(status in _STATUSES for status in value):
        raise Wrong(f"one or several of {', '.join(_STATUSES)} are expected, in an array", "bad_status")
    return tuple(status for status in _STATUSES if status in value)


def _retry(members: Members) -> RetryPolicy:
    usual = RetryPolicy()
    return RetryPolicy(
        max_attempts=members.take("maxAttempts", an_integer(1, MAX_ATTEMPTS), usual.max_attempts),
        initial_ms=members.take("initialMs", an_integer(0, _MAX_PAUSE_MS), usual.initial_ms),
        factor=members.take("factor", a_number(1, _MAX_FACTOR), usual.factor),
        max_ms=members.take("maxMs", an_integer(0, _MAX_PAUSE_MS), usual.max_ms),
    )


def _position(members: Members) -> Position:
    place = a_number(-_FAR, _FAR)
    return Position(x=members.take("x", place, 0.0, required=True), y=members.take("y", place, 0.0, required=True))
