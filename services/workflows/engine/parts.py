"""Outcomes of runs as the log has them: without secrets, and no larger than may be."""

from __future__ import annotations

import random
from typing import Final

import msgspec

from libs.contracts.workflow_sessions import EventWait, RawJson, TaskError, TaskResult, TaskRetry
from services.workflows.engine.attempts import Attempt, Known
from services.workflows.engine.retries import due_of_next_attempt, may_be_retried
from services.workflows.integrations.redaction import Redactor
from services.workflows.task_types.model import Completed, TaskFailed
from services.workflows.task_types.outputs import encode_output

_MAX_INPUT_BYTES: Final = 262_144
_MAX_DETAIL_BYTES: Final = 65_536
_MAX_MESSAGE_CHARS: Final = 2_000
_encode: Final = msgspec.json.Encoder().encode


def completed_part(attempt: Attempt, known: Known, completed: Completed, now_ms: int) -> TaskResult:
    """Return the end of a task that is done. Raises TaskFailed for an output that cannot be kept."""
    output = encode_output(completed.output)
    return TaskResult(
        task=attempt.key.task,
        item=attempt.key.item,
        type=attempt.task.type.face.type,
        status="completed",
        attempt=attempt.run.attempt,
        started_at=attempt.started_at,
        ended_at=now_ms,
        input=known.input,
        output=msgspec.Raw(known.redactor.encoded(bytes(output))),
        log=None if completed.log is None else known.redactor.text(completed.log),
    )


def failed_part(
    attempt: Attempt, known: Known, failure: TaskFailed, now_ms: int, random_: random.Random
) -> TaskResult | TaskRetry:
    """Return the end of an attempt that failed: of the task as well, unless it is tried again."""
    due = _next_attempt(attempt, known, failure, now_ms, random_)
    error = _error(known.redactor, failure)
    if due is not None:
        return TaskRetry(
            task=attempt.key.task,
            item=attempt.key.item,
            type=attempt.task.type.face.type,
            attempt=attempt.run.attempt,
            started_at=attempt.started_at,
            ended_at=now_ms,
            due=due,
            error=error,
            input=known.input,
        )
    return TaskResult(
        task=attempt.key.task,
        item=attempt.key.item,
        type=attempt.task.type.face.type,
        status="failed",
        attempt=attempt.run.attempt,
        started_at=attempt.started_at,
        ended_at=now_ms,
        input=known.input,
        error=error,
        log=None if failure.log is None else known.redactor.text(failure.log),
    )


def shown_input(encoded: bytes) -> RawJson:
    """Return an input as it is recorded: not at all where it is large, for it is made of what the log has already."""
    return msgspec.Raw(encoded) if len(encoded) <= _MAX_INPUT_BYTES else msgspec.UNSET


def shown_event(wait: EventWait, redactor: Redactor) -> EventWait:
    """Return a wait for an event as the log may have it."""
    correlation_id = None if wait.correlation_id is None else redactor.text(wait.correlation_id)
    given = msgspec.Raw(redactor.encoded(bytes(wait.input))) if isinstance(wait.input, msgspec.Raw) else wait.input
    return msgspec.structs.replace(wait, correlation_id=correlation_id, input=given)


def _next_attempt(
    attempt: Attempt, known: Known, failure: TaskFailed, now_ms: int, random_: random.Random
) -> int | None:
    earlier = attempt.state.tasks[attempt.key].earlier
    policy = attempt.task.retry
    if not may_be_retried(attempt.task, failure, is_repeatable=known.is_repeatable):
        return None
    return due_of_next_attempt(policy, attempt.run.attempt - earlier, failure.retry_after_s, now_ms, random_)


def _error(redactor: Redactor, failure: TaskFailed) -> TaskError:
    detail: RawJson = msgspec.UNSET
    if failure.detail is not None:
        encoded = redactor.encoded(_encode(failure.detail))
        detail = msgspec.Raw(encoded) if len(encoded) <= _MAX_DETAIL_BYTES else msgspec.UNSET
    message = redactor.text(failure.message)[:_MAX_MESSAGE_CHARS]
    return TaskError(code=failure.code, message=message, retryable=failure.retryable, detail=detail)
