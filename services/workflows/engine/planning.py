"""The next record of a session: what ended, and everything that follows of it, in one step.

Pure: made from the state as the log has it and from what the runs of this executor came to. It counts, and is acted on,
only once the log has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, TypeVar

import msgspec

from libs.contracts.workflow_sessions import (
    INTERNAL_ERROR,
    SESSION_TIMEOUT,
    RawJson,
    SessionAdvanced,
    SessionEnd,
    SessionEnded,
    TaskAt,
    TaskError,
    TaskResult,
    TaskRetry,
    TaskStatus,
    TaskWait,
)
from services.workflows.engine.fans import ItemState, end_of_items, is_over, items_of, statuses_of, to_begin
from services.workflows.engine.graph import end_of, first_failure, has_ended, next_steps
from services.workflows.engine.held import HeldSession
from services.workflows.engine.runs import Fan, SessionRules, is_stopped
from services.workflows.engine.session import ENDED, SessionState, TaskKey, TaskState, fold
from services.workflows.task_types.model import TaskFailed
from services.workflows.task_types.outputs import MAX_OUTPUT_BYTES

P = TypeVar("P", TaskResult, TaskRetry, TaskWait)
MAX_STEP_BYTES: Final = 1024 * 1024
MAX_SESSION_BYTES: Final = 16 * 1024 * 1024
MAX_RESUMED: Final = 5
"""How often one attempt is begun anew: what ends its executor once more is not tried again."""


def next_record(
    held: HeldSession, rules: SessionRules, *, executor: str, now_ms: int, may_begin: bool
) -> SessionAdvanced | None:
    """Return the next record of an open session, None when there is none; `may_begin` lets one that queues begin."""
    state = held.state
    statuses = _statuses(state)
    if has_ended(rules.graph, statuses):
        return _ended(state, rules, _empty(state, executor, now_ms))
    if is_stopped(state, now_ms):
        return _stopped(state, rules, executor, now_ms)
    if state.status == "queued" and not may_begin:
        return None
    record = _Step(held, rules, now_ms, statuses).record(executor)
    # The end of a child is told to its parent first: it is made of what the log has, so that it is told alike twice.
    if record is None or state.started.parent is not None:
        return record
    return _with_end(held, rules, record)


def _with_end(held: HeldSession, rules: SessionRules, record: SessionAdvanced) -> SessionAdvanced:
    """Return the session's end with the record in it, if it ends all tasks and both fit together."""
    state = held.state
    after = fold(state, record, tenant_id=state.tenant_id, key=state.key)
    assert after is not None
    if has_ended(rules.graph, _statuses(after)):
        end = _ended(after, rules, record)
        if raw_size(end.output) + sum(map(_size, end.results)) <= MAX_STEP_BYTES:
            return end
    held.tentative = (state, record, after)
    return record


def end_by_defect(state: SessionState, executor: str, now_ms: int, reason: str) -> SessionEnded:
    """Return the end of a session that cannot go on, whatever its tasks are at."""
    return _failed(state, executor, now_ms, TaskError(code=INTERNAL_ERROR, message=reason), names=())


def end_of_unwanted(state: SessionState, executor: str, now_ms: int) -> SessionEnded:
    """Return the end of a session of which nothing is to be run at all."""
    return _as_end(_empty(state, executor, now_ms), status="cancelled", cancelled=_open_tasks(state, ()))


class _Step:
    """One step in the making."""

    def __init__(self, held: HeldSession, rules: SessionRules, now_ms: int, statuses: dict[str, TaskStatus]) -> None:
        self._held = held
        self._state = held.state
        self._rules = rules
        self._now_ms = now_ms
        self._statuses = statuses
        self._results: list[TaskResult] = []
        self._retrying: list[TaskRetry] = []
        self._waiting: list[TaskWait] = []
        self._started: list[TaskAt] = []
        self._resumed: list[TaskAt] = []
        self._items: dict[TaskKey, ItemState] = {}
        self._size = 0

    def record(self, executor: str) -> SessionAdvanced | None:
        """Return the record; None when there is nothing to say."""
        self._take_finished()
        self._take_up()
        self._begin_retries()
        self._go_on_with_fans()
        begin, skip = next_steps(self._rules.graph, self._statuses)
        self._started += [self._at(TaskKey(task)) for task in begin]
        if not (skip or self._results or self._retrying or self._waiting or self._started or self._resumed):
            return None
        return SessionAdvanced(
            session_id=self._state.session_id,
            at=self._now_ms,
            seq=self._state.seq + 1,
            executor=executor,
            results=tuple(self._results),
            started=tuple(self._started),
            resumed=tuple(self._resumed),
            waiting=tuple(self._waiting),
            retrying=tuple(self._retrying),
            skipped=skip,
        )

    def _take_finished(self) -> None:
        """Take what runs came to, in their order, as much as one record holds; the rest is for the next step."""
        for _, part in self._held.finished.values():
            if part is None or isinstance(part, Fan):
                continue
            if not self._has_room(_size(part)):
                return
            match part:
                case TaskResult():
                    self._add_result(part)
                case TaskRetry():
                    self._retrying.append(self._bounded(part))
                    self._note(part, "retrying")
                case TaskWait():
                    self._waiting.append(self._bounded(part))
                    self._note(part, "waiting")

    def _has_room(self, size: int) -> bool:
        """Take `size` into account, and return whether the record holds that much more: the first part always."""
        if self._size and self._size + size > MAX_STEP_BYTES:
            return False
        self._size += size
        return True

    def _add_result(self, result: TaskResult) -> None:
        bounded = self._bounded(result)
        self._results.append(bounded)
        self._note(bounded, bounded.status, bounded.output, bounded.error)

    def _bounded(self, part: P) -> P:
        """Return a part as the session has room for it: without its input, or failed for its output's size."""
        part = _fitting(part, MAX_SESSION_BYTES - self._kept_bytes)
        self._kept_bytes += _kept_size(part)
        return part

    @cached_property
    def _kept_bytes(self) -> int:
        """The size of inputs and outputs that the session has, with those of the record that is being made."""
        return sum(raw_size(task.input) + raw_size(task.output) for task in self._state.tasks.values())

    def _take_up(self) -> None:
        """Resume what another executor may have been running; fail what must not or cannot be begun again."""
        if self._now_ms < self._held.hands_off_until:
            return
        for key in self._held.unsure:
            task = self._state.tasks[key]
            if self._rules.runs_at_most_once(key):
                if task.status == "running":  # else its next attempt has not begun: that would be in the log
                    self._add_result(self._cut_short(key, task, _INTERRUPTED))
            elif task.status == "running" and task.resumed >= MAX_RESUMED:
                self._add_result(self._cut_short(key, task, _EXECUTOR_LOST))
            else:
                self._resumed.append(self._at(key))

    def _begin_retries(self) -> None:
        """Note the beginning of attempts that must not be begun twice: they run once the log has it."""
        for key, task in self._state.tasks.items():
            is_due = task.next_attempt_at is not None and task.next_attempt_at <= self._now_ms
            if task.status == "retrying" and is_due and self._rules.runs_at_most_once(key):
                self._started.append(self._at(key))
                self._note(self._started[-1], "running")

    def _go_on_with_fans(self) -> None:
        for key, (_, fan) in self._held.fans.items():
            tasks = self._state.tasks
            statuses = statuses_of(key.task, fan, tasks, self._items)
            begin = list(to_begin(fan, statuses))
            self._started += [self._at(TaskKey(key.task, index)) for index in begin]
            if begin or not is_over(statuses):
                continue
            items = items_of(key.task, fan, tasks, self._items)
            end = end_of_items(self._at(key), tasks[key], fan, items, self._now_ms)
            if self._has_room(_size(end)):
                self._add_result(end)

    def _at(self, key: TaskKey) -> TaskAt:
        return TaskAt(task=key.task, item=key.item, type=self._rules.type_of(key))

    def _cut_short(self, key: TaskKey, task: TaskState, error: TaskError) -> TaskResult:
        return TaskResult(
            task=key.task,
            item=key.item,
            type=self._rules.type_of(key),
            status="failed",
            attempt=task.attempts,
            started_at=task.started_at or self._now_ms,
            ended_at=self._now_ms,
            error=error,
        )

    def _note(
        self, at: TaskAt, status: TaskStatus, output: RawJson = msgspec.UNSET, error: TaskError | None = None
    ) -> None:
        if at.item is None:
            self._statuses[at.task] = status
        else:
            self._items[TaskKey(at.task, at.item)] = ItemState(status, output, error)


_INTERRUPTED: Final = TaskError(
    code="interrupted", message="the attempt was cut short, and the task is to be run at most once"
)
_EXECUTOR_LOST: Final = TaskError(
    code="executor_lost", message=f"the executor was lost {MAX_RESUMED + 1} times while it ran the task"
)


def _ended(state: SessionState, rules: SessionRules, step: SessionAdvanced) -> SessionEnded:
    """Return the end of a session of which every task has ended; `step` is the record that ends the last of them."""
    if end_of(rules.graph, state) == "failed":
        return _as_end(step, status="failed", error=_first_error(state, first_failure(rules.graph, state)))
    try:
        return _as_end(step, status="completed", output=rules.output(state))
    except TaskFailed as failure:
        error = TaskError(code=failure.code, message=f"output: {failure.message}")
        return _as_end(step, status="failed", error=error)


def _stopped(state: SessionState, rules: SessionRules, executor: str, now_ms: int) -> SessionEnded:
    """Return the end of a session that is to be cancelled or whose time is over, whichever was first."""
    names = rules.graph.order
    if state.cancelled_at is not None and state.cancelled_at < state.deadline:
        return _as_end(_empty(state, executor, now_ms), status="cancelled", cancelled=_open_tasks(state, names))
    error = TaskError(code=SESSION_TIMEOUT, message="the session took longer than it may")
    return _failed(state, executor, now_ms, error, names=names)


def _failed(state: SessionState, executor: str, now_ms: int, error: TaskError, *, names: Iterable[str]) -> SessionEnded:
    cancelled = _open_tasks(state, names)
    return _as_end(_empty(state, executor, now_ms), status="failed", error=error, cancelled=cancelled)


def _as_end(
    step: SessionAdvanced,
    *,
    status: SessionEnd,
    output: RawJson = msgspec.UNSET,
    error: TaskError | None = None,
    cancelled: tuple[str, ...] = (),
) -> SessionEnded:
    fields = {name: getattr(step, name) for name in step.__struct_fields__}
    return SessionEnded(**fields, status=status, output=output, error=error, cancelled=cancelled)


def _empty(state: SessionState, executor: str, now_ms: int) -> SessionAdvanced:
    return SessionAdvanced(session_id=state.session_id, at=now_ms, seq=state.seq + 1, executor=executor)


def _statuses(state: SessionState) -> dict[str, TaskStatus]:
    return {key.task: task.status for key, task in state.tasks.items() if key.item is None}


def _open_tasks(state: SessionState, names: Iterable[str]) -> tuple[str, ...]:
    known = dict.fromkeys((*names, *(key.task for key in state.tasks)))
    return tuple(name for name in known if state.status_of(name) not in ENDED)


def _first_error(state: SessionState, task: str | None) -> TaskError | None:
    found = None if task is None else state.tasks[TaskKey(task)].error
    return None if found is None else TaskError(code=found.code, message=f"{task}: {found.message}")


def _fitting(part: P, room: int) -> P:
    """Return a part that fits into `room` and whose output fits into the log."""
    if _kept_size(part) > room:
        part = msgspec.structs.replace(part, input=msgspec.UNSET)
    if not isinstance(part, TaskResult) or raw_size(part.output) <= min(room, MAX_OUTPUT_BYTES):
        return part
    size = raw_size(part.output)
    message = f"the output has {size} bytes; {min(max(room, 0), MAX_OUTPUT_BYTES)} are left for it"
    error = TaskError(code="output_too_large", message=message)
    return msgspec.structs.replace(part, status="failed", output=msgspec.UNSET, error=error)


def _kept_size(part: TaskResult | TaskRetry | TaskWait) -> int:
    return raw_size(part.input) + (raw_size(part.output) if isinstance(part, TaskResult) else 0)


def raw_size(raw: RawJson) -> int:
    """Return the bytes of JSON that may be missing."""
    return len(raw) if isinstance(raw, msgspec.Raw) else 0


def _size(part: TaskResult | TaskRetry | TaskWait) -> int:
    return sum(_raw_sizes(part))


def _raw_sizes(part: TaskResult | TaskRetry | TaskWait) -> Iterator[int]:
    yield raw_size(part.input)
    if not isinstance(part, TaskWait) and part.error is not None:
        yield raw_size(part.error.detail)
    match part:
        case TaskResult():
            yield raw_size(part.output)
            yield len(part.log or "")
        case TaskWait():
            yield 0 if part.posting is None else len(part.posting.body)
            yield 0 if part.event is None else raw_size(part.event.input)
