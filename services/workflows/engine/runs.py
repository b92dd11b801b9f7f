"""The work that a session's state calls for now: attempts, ends of waits, starts of child sessions.

`wanted_runs` is pure. Whoever holds a session keeps exactly these runs going: one that is not wanted any more is cut
off, and what it had come to is dropped, so that nobody acts on a task that has moved on in the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from libs.contracts.workflow_sessions import RawJson, TaskResult, TaskRetry, TaskWait
from services.workflows.engine.graph import Graph
from services.workflows.engine.session import SessionState, TaskKey, TaskState

RunKind: TypeAlias = Literal["attempt", "wait-end", "child-start"]


class Run(NamedTuple):
    """A piece of work for a task. Two of one task are the same work when they are equal."""

    kind: RunKind
    round: int
    attempt: int
    resumed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """A `for-each` that has worked out its `items`: `count` of them, at most `concurrency` at a time."""

    count: int
    concurrency: int
    continues_on_error: bool
    items: Sequence[Any] = field(default=(), repr=False)


Part: TypeAlias = TaskResult | TaskRetry | TaskWait | Fan | None
"""The outcome of a run: the part that its session's next record has of the task, the items of a fan, or nothing."""


class SessionRules(Protocol):
    """The version of a workflow that a session runs, as far as the order of its tasks depends on it."""

    @property
    def graph(self) -> Graph:
        """The tasks and their links."""
        ...

    @property
    def max_sessions(self) -> int | None:
        """How many sessions of the workflow run at a time."""
        ...

    def type_of(self, key: TaskKey) -> str:
        """Return the type of a task, or of what a `for-each` runs for its items."""
        ...

    def runs_at_most_once(self, key: TaskKey) -> bool:
        """Return whether no attempt of the task may be begun twice."""
        ...

    def output(self, state: SessionState) -> RawJson:
        """Return the session's output, if the version has one. Raises TaskFailed."""
        ...


def wanted_runs(
    state: SessionState,
    rules: SessionRules,
    *,
    unsure: Collection[TaskKey],
    now_ms: int,
) -> dict[TaskKey, Run]:
    """Return the runs that a running session calls for; `unsure` are tasks that another executor may be running."""
    if state.status != "running" or is_stopped(state, now_ms):
        return {}
    found = {}
    for key, task in state.tasks.items():
        if key not in unsure and (run := _run_of(key, task, rules, now_ms)) is not None:
            found[key] = run
    return found


def is_stopped(state: SessionState, now_ms: int) -> bool:
    """Return whether nothing more of the session is to be run: it is to be cancelled, or its time is over."""
    return state.cancelled_by is not None or now_ms >= state.deadline


def may_run_elsewhere(state: SessionState, now_ms: int) -> Iterator[TaskKey]:
    """Return the tasks that another executor may have begun, of a session that was not held before.

    A `for-each` whose items have begun runs nothing by itself.
    """
    fanned = {key.task for key in state.tasks if key.item is not None}
    for key, task in state.tasks.items():
        if task.status == "running":
            if key.item is not None or key.task not in fanned:
                yield key
        elif task.status == "retrying" and _is_due(task.next_attempt_at, now_ms):
            yield key


def has_not_begun_as_child(state: SessionState) -> bool:
    """Return whether a session is another's child, and no executor has done anything for it yet."""
    return state.started.parent is not None and (state.seq, state.round) == (0, 1)


def rests(state: SessionState) -> bool:
    """Return whether nothing is to be done for a session but when its time comes, or when a record of it does.

    Whatever ends one of its tasks begins those after it in the same record; so while one waits for its time or for an
    event, and none runs, nothing is left to be begun.
    """
    if state.status == "queued":
        return state.cancelled_by is None
    if state.cancelled_by is not None:
        return False
    is_at_something = False
    for task in state.tasks.values():
        if task.status == "running" or task.arrived is not None or (task.wait is not None and task.wait.child):
            return False
        is_at_something = is_at_something or task.status in ("waiting", "retrying")
    return is_at_something


def next_due(state: SessionState) -> int:
    """Return when time alone next changes what an open session calls for."""
    dues = [state.deadline]
    for task in state.tasks.values():
        if task.next_attempt_at is not None:
            dues.append(task.next_attempt_at)
        elif task.wait is not None and task.wait.due is not None and task.arrived is None:
            dues.append(task.wait.due)
    return min(dues)


def _run_of(key: TaskKey, task: TaskState, rules: SessionRules, now_ms: int) -> Run | None:
    match task.status:
        case "running":
            return Run("attempt", task.round, task.attempts, task.resumed)
        case "retrying" if _is_due(task.next_attempt_at, now_ms) and not rules.runs_at_most_once(key):
            return Run("attempt", task.round, task.attempts + 1)
        case "waiting" if task.wait is not None:
            if task.arrived is not None or _is_due(task.wait.due, now_ms):
                return Run("wait-end", task.round, task.attempts)
            return None if task.wait.child is None else Run("child-start", task.round, task.attempts)
    return None


def _is_due(due: int | None, now_ms: int) -> bool:
    return due is not None and due <= now_ms
