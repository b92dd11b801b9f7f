"""The items of a `for-each`: which begin next, and what comes of them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from libs.contracts.workflow_sessions import RawJson, TaskAt, TaskError, TaskResult
from services.workflows.engine.runs import Fan
from services.workflows.engine.session import TaskKey, TaskState

ITEM_FAILED: Final = "item_failed"
_PENDING: Final = TaskState(status="pending", round=0)
_UNDER_WAY: Final = ("running", "retrying", "waiting")
_encode = msgspec.json.Encoder().encode


class ItemState(NamedTuple):
    """One item: its status, and what came of it."""

    status: str
    output: RawJson = msgspec.UNSET
    error: TaskError | None = None


def statuses_of(
    task: str, fan: Fan, tasks: Mapping[TaskKey, TaskState], changed: Mapping[TaskKey, ItemState]
) -> list[str]:
    """Return the items' statuses in their order.

    `changed` are the items that the record which is being made says something of. This is done at each step of a
    session, so it takes no longer than it must.
    """
    statuses = ["pending"] * fan.count
    for (name, index), state in tasks.items():
        if index is not None and name == task and index < fan.count:
            statuses[index] = state.status
    for (name, index), item in changed.items():
        if index is not None and name == task:
            statuses[index] = item.status
    return statuses


def items_of(
    task: str, fan: Fan, tasks: Mapping[TaskKey, TaskState], changed: Mapping[TaskKey, ItemState]
) -> list[ItemState]:
    """Return the items in their order; `changed` as for `statuses_of`."""
    found = []
    for index in range(fan.count):
        key = TaskKey(task, index)
        state = tasks.get(key, _PENDING)
        found.append(changed.get(key) or ItemState(state.status, state.output, state.error))
    return found


def to_begin(fan: Fan, statuses: Sequence[str]) -> Iterator[int]:
    """Return the items that begin now; none after one has failed, unless the task goes on after errors."""
    if not fan.continues_on_error and "failed" in statuses:
        return
    room = fan.concurrency - sum(map(statuses.count, _UNDER_WAY))
    for index, status in enumerate(statuses):
        if room <= 0:
            return
        if status == "pending":
            room -= 1
            yield index


def is_over(statuses: Sequence[str]) -> bool:
    """Return whether no item goes on."""
    return not any(status in statuses for status in _UNDER_WAY)


def end_of_items(at: TaskAt, before: TaskState, fan: Fan, items: Sequence[ItemState], now_ms: int) -> TaskResult:
    """Return the end of a `for-each` of which no item goes on, and none is to begin."""
    errors = [{"index": index, "error": item.error} for index, item in enumerate(items) if item.error is not None]
    failed = bool(errors) and not fan.continues_on_error
    return TaskResult(
        task=at.task,
        type=at.type,
        status="failed" if failed else "completed",
        attempt=before.attempts,
        started_at=before.started_at or now_ms,
        ended_at=now_ms,
        output=msgspec.UNSET if failed else _output(items, errors),
        error=_failure(errors, len(items)) if failed else None,
    )


def _output(items: Sequence[ItemState], errors: list[dict[str, object]]) -> msgspec.Raw:
    results = [None if item.output is msgspec.UNSET else item.output for item in items]
    return msgspec.Raw(_encode({"results": results, "errors": errors, "count": len(items)}))


def _failure(errors: list[dict[str, object]], count: int) -> TaskError:
    first = errors[0]
    error = first["error"]
    assert isinstance(error, TaskError)
    return TaskError(
        code=ITEM_FAILED,
        message=f"item {first['index']} of {count}: {error.message}",
        detail=msgspec.Raw(_encode({"index": first["index"], "error": error})),
    )
