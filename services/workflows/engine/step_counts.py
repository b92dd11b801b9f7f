"""Counts what the records of an executor say: attempts that ended, how long they took, sessions that ended."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from prometheus_client import Counter, Histogram

from libs.contracts.workflow_sessions import SessionAdvanced, SessionEnded, TaskAt, TaskResult, TaskRetry
from libs.telemetry.metrics import WORKFLOW_ATTEMPT_DURATION_SECONDS, WORKFLOW_ATTEMPTS, WORKFLOW_SESSIONS_ENDED
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.task_types.for_each import FOR_EACH
from services.workflows.task_types.registry import built_in_types

OWN: Final = "own"
"""The label of all types that tenants have made."""


class _Figures(NamedTuple):
    """The metrics of one type of task; each outcome is there from the first attempt on, so that none is missed."""

    completed: Counter
    retried: Counter
    failed: Counter
    duration: Histogram


def declare_figures() -> None:
    """Tell of every type from now on: an increment of what was not told of before is one that nobody sees."""
    for label in (OWN, *_built_in()):
        _labelled(label)


def count_step(before: SessionState, record: SessionAdvanced) -> None:
    """Count a record that has its effect in the log; `before` is the session without it."""
    for result in record.results:
        figures = _figures_of(result.type)
        (figures.completed if result.status == "completed" else figures.failed).inc()
        if not _has_waited(before, result):
            figures.duration.observe(_seconds(result))
    for retry in record.retrying:
        figures = _figures_of(retry.type)
        figures.retried.inc()
        figures.duration.observe(_seconds(retry))
    if isinstance(record, SessionEnded):
        WORKFLOW_SESSIONS_ENDED.labels(record.status).inc()


def _has_waited(before: SessionState, at: TaskAt) -> bool:
    task = before.tasks.get(TaskKey(at.task, at.item))
    return at.type == FOR_EACH or (task is not None and task.wait is not None)


def _seconds(part: TaskResult | TaskRetry) -> float:
    return max(0, part.ended_at - part.started_at) / 1_000


def _figures_of(type_: str) -> _Figures:
    return _labelled(type_ if type_ in _built_in() else OWN)


@cache
def _built_in() -> frozenset[str]:
    return frozenset(one.face.type for one in built_in_types())


@cache
def _labelled(label: str) -> _Figures:
    completed, retried, failed = (
        WORKFLOW_ATTEMPTS.labels(label, outcome) for outcome in ("completed", "retried", "failed")
    )
    return _Figures(completed, retried, failed, WORKFLOW_ATTEMPT_DURATION_SECONDS.labels(label))
