"""The sessions of workflows as the gateway follows them: which attempts are under way, and what is to be recorded.

`follow` is pure, and judges as the executors' fold does which records count: an executor's only as the session's next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

from libs.contracts.workflow_sessions import (
    AnyRecord,
    Parent,
    RetryRequested,
    SessionAdvanced,
    SessionEnd,
    SessionEnded,
    SessionStarted,
    StartedBy,
    TaskAt,
    TaskError,
    TaskResult,
    TaskRetry,
    TaskWait,
)

Stage: TypeAlias = Literal["running", "waiting", "ended"]
Place: TypeAlias = tuple[str, int | None]
"""A task, and the index of its item."""
_COMPLETED: Final = "completed"


class Attempt(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The latest attempt of a task that has not completed; `number` counts from 1, over all rounds."""

    task: str
    item: int | None
    type: str
    number: int
    stage: Stage
    started_at: int


class Followed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session that is open, or may be retried; `record_key` is the key of its records.

    `began_at` is when its round began, `seq` its last step's number.
    """

    session_id: str
    record_key: str
    workflow_id: str
    workflow: str
    version: int
    uow_id: str
    started_by: StartedBy
    parent: Parent | None = None
    traceparent: str | None = None
    began_at: int
    seq: int = 0
    round: int = 1
    is_open: bool = True
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """An attempt that ended; `error` is the code of what it failed with."""

    session: Followed
    at: TaskAt
    number: int
    status: SessionEnd
    started_at: int
    ended_at: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class EndedRound:
    """A session that ended, for the first time or after a retry."""

    session: Followed
    status: SessionEnd
    ended_at: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RequestedPosting:
    """A body that a task asks the gateway to record, since `at_ms`."""

    tenant_id: str
    session: Followed
    wait: TaskWait
    at_ms: int


Ended: TypeAlias = EndedAttempt | EndedRound


@dataclass(slots=True)
class ToRecord:
    """The ends of sessions and tasks, each with its tenant, and the postings asked for, in the order of the log."""

    ended: list[tuple[str, Ended]] = field(default_factory=list)
    postings: list[RequestedPosting] = field(default_factory=list)


def follow(
    session: Followed | None, record: AnyRecord, to_record: ToRecord, *, tenant_id: str, record_key: str
) -> Followed | None:
    """Return the session after a record, None for one that is over for good, and add what is to be recorded.

    The very same session is returned where the record does not count.
    """
    if session is None:
        return _begun(record, record_key) if isinstance(record, SessionStarted) else None
    if record_key != session.record_key:
        return session
    if isinstance(record, RetryRequested) and not session.is_open and record.round == session.round + 1:
        return msgspec.structs.replace(session, is_open=True, round=record.round, began_at=record.at)
    if not isinstance(record, SessionAdvanced) or not session.is_open or record.seq != session.seq + 1:
        return session
    ended = _ended_attempts(session, record)
    to_record.postings += [
        RequestedPosting(tenant_id, session, wait, record.at) for wait in record.waiting if wait.posting is not None
    ]
    attempts = _attempts_after(session.attempts, record)
    if isinstance(record, SessionEnded):
        ended += _cut_short(session, attempts.values(), record)
        error = None if record.error is None else record.error.code
        to_record.ended += [(tenant_id, one) for one in (*ended, EndedRound(session, record.status, record.at, error))]
        return None if record.status == _COMPLETED else _over(session, record, attempts)
    to_record.ended += [(tenant_id, one) for one in ended]
    return msgspec.structs.replace(session, seq=record.seq, attempts=tuple(attempts.values()))


def _begun(record: SessionStarted, record_key: str) -> Followed:
    return Followed(
        session_id=record.session_id,
        record_key=record_key,
        workflow_id=record.workflow_id,
        workflow=record.workflow,
        version=record.version,
        uow_id=record.uow_id,
        started_by=record.started_by,
        parent=record.parent,
        traceparent=record.traceparent,
        began_at=record.at,
        attempts=tuple(_attempt(at, 1, "running", record.at) for at in record.started),
    )


def _over(session: Followed, record: SessionEnded, attempts: dict[Place, Attempt]) -> Followed:
    """Return a session that may be retried: its attempts go on counting."""
    ended = tuple(msgspec.structs.replace(one, stage="ended") for one in attempts.values())
    return msgspec.structs.replace(session, seq=record.seq, is_open=False, attempts=ended)


def _attempts_after(before: tuple[Attempt, ...], record: SessionAdvanced) -> dict[Place, Attempt]:
    found = {(one.task, one.item): one for one in before}
    for result in record.results:
        if result.status == _COMPLETED:
            found.pop(_place(result), None)
        else:
            found[_place(result)] = _attempt(result, result.attempt, "ended", result.started_at)
    for retry in record.retrying:
        found[_place(retry)] = _attempt(retry, retry.attempt, "ended", retry.started_at)
    for wait in record.waiting:
        found[_place(wait)] = _attempt(wait, wait.attempt, "waiting", wait.started_at)
    for task in record.skipped:
        found.pop((task, None), None)
    for at in record.started:
        found[_place(at)] = _next(found.get(_place(at)), at, record.at)
    for at in record.resumed:
        known = found.get(_place(at))
        if known is None or known.stage != "running":
            found[_place(at)] = _next(known, at, record.at)
    return found


def _next(before: Attempt | None, at: TaskAt, started_at: int) -> Attempt:
    return _attempt(at, 1 if before is None else before.number + 1, "running", started_at)


def _attempt(at: TaskAt, number: int, stage: Stage, started_at: int) -> Attempt:
    return Attempt(at.task, at.item, at.type, number, stage, started_at)


def _ended_attempts(session: Followed, record: SessionAdvanced) -> list[Ended]:
    results: list[Ended] = [_end(session, one, one.status, one.error) for one in record.results]
    return results + [_end(session, one, "failed", one.error) for one in record.retrying]


def _end(session: Followed, of: TaskResult | TaskRetry, status: SessionEnd, error: TaskError | None) -> EndedAttempt:
    code = None if error is None else error.code
    return EndedAttempt(session, of, of.attempt, status, of.started_at, of.ended_at, code)


def _cut_short(session: Followed, attempts: Iterable[Attempt], record: SessionEnded) -> list[Ended]:
    """Return the attempts that the end of their session ended; one that was to be tried again had ended before."""
    return [
        EndedAttempt(
            session,
            TaskAt(task=one.task, item=one.item, type=one.type),
            one.number,
            "cancelled",
            one.started_at,
            record.at,
        )
        for one in attempts
        if one.stage != "ended"
    ]


def _place(at: TaskAt) -> Place:
    return at.task, at.item
