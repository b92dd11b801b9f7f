"""Whether a task is tried again, and when its next attempt begins."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from services.workflows.definitions.compiled import CompiledTask
from services.workflows.definitions.model import Effect, RetryPolicy
from services.workflows.task_types.model import MAX_RETRY_AFTER_S, Repeatable, TaskFailed

_JITTER: Final = 0.2
_REPEATABLE: Final = frozenset[Effect](("pure", "exactly-once"))
"""The effects of types that do nothing outside, but by a record of the log that counts once."""


def due_of_next_attempt(
    policy: RetryPolicy, attempts: int, retry_after_s: float | None, now_ms: int, random_: random.Random
) -> int | None:
    """Return when (ms since the epoch) the attempt after `attempts` begins; None when they were the last.

    The pause is drawn once, so that whoever reads it from the log waits as long.
    """
    if attempts >= policy.max_attempts:
        return None
    pause_ms = min(policy.initial_ms * policy.factor ** (attempts - 1), policy.max_ms)
    pause_ms *= random_.uniform(1 - _JITTER, 1 + _JITTER)
    if retry_after_s is not None:
        pause_ms = max(pause_ms, min(retry_after_s, MAX_RETRY_AFTER_S) * 1_000)
    return now_ms + round(pause_ms)


def may_be_retried(task: CompiledTask, failure: TaskFailed, *, is_repeatable: bool) -> bool:
    """Return whether trying again may help and may be done; `retry` in the definition lets done things be repeated."""
    if not failure.retryable or failure.is_undone:
        return failure.retryable
    return task.effect != "at-most-once" and (is_repeatable or task.definition.retry is not None)


def is_repeatable(task: CompiledTask, body: Mapping[str, Any]) -> bool:
    """Return whether doing a task twice leaves what doing it once does."""
    if task.type.face.effect in _REPEATABLE:
        return True
    return isinstance(task.type, Repeatable) and task.type.is_repeatable(body)
