"""Records of sessions made by hand, and the read model that folds them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager

import msgspec

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import (
    AnyRecord,
    CancelRequested,
    RetryRequested,
    SessionAdvanced,
    SessionEnded,
    SessionStarted,
    StartedBy,
    TaskAt,
    TaskError,
    TaskResult,
    TaskRetry,
    TaskWait,
    encode_session_record,
)
from libs.eventlog.port import EventLog, StoredRecord
from services.workflows.service import SERVICE
from services.workflows.sessions.projection import TABLES, SessionsProjection
from tests.support.read_models import ModelWorld, opened_model
from tests.support.records import START_MS

PROJECTION = SessionsProjection()
ANN = StartedBy(id="ann", type="user")
TASKS = ("A", "B", "C")


def session_id(name: object) -> str:
    """The id of the session that a test calls `name`."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"session {name}"))


def started(
    name: object,
    at_ms: int = 0,
    *,
    workflow: str = "order-paid",
    uow_id: str | None = None,
    queues: bool = False,
    tasks: Sequence[str] = ("A",),
    **changes: object,
) -> SessionStarted:
    """The start of a session, `at_ms` after the tests' start."""
    record = SessionStarted(
        session_id=session_id(name),
        at=START_MS + at_ms,
        workflow_id=str(uuid.uuid5(uuid.NAMESPACE_OID, workflow)),
        workflow=workflow,
        version=1,
        input=msgspec.Raw(b'{"name":"x"}'),
        uow_id=uow_id or session_id(name),
        started_by=ANN,
        started=() if queues else tuple(TaskAt(task=task) for task in tasks),
        queues=queues,
        deadline=START_MS + at_ms + 86_400_000,
    )
    return msgspec.structs.replace(record, **changes)


def advanced(name: object, seq: int, **parts: object) -> SessionAdvanced:
    """A step of a session; it ends the session when `parts` have a `status`."""
    kind = SessionEnded if "status" in parts else SessionAdvanced
    return kind(session_id=session_id(name), at=START_MS + seq, seq=seq, **parts)  # type: ignore[arg-type]


def result(task: str = "A", *, item: int | None = None, output: object = 1, error: str | None = None) -> TaskResult:
    """The end of a task's first attempt; with an error's code it failed."""
    return TaskResult(
        task=task,
        item=item,
        status="failed" if error else "completed",
        attempt=1,
        started_at=START_MS,
        ended_at=START_MS + 5,
        input=msgspec.Raw(b'{"url":"x"}'),
        output=msgspec.UNSET if error else msgspec.Raw(msgspec.json.encode(output)),
        error=TaskError(code=error, message=error) if error else None,
    )


def retry(task: str = "A", attempt: int = 1) -> TaskRetry:
    """The end of an attempt that is followed by another one."""
    error = TaskError(code="timeout", message="too late", retryable=True)
    return TaskRetry(
        task=task, attempt=attempt, started_at=START_MS, ended_at=START_MS + 1, due=START_MS + 9, error=error
    )


def stored(
    record: AnyRecord, *, tenant_id: str = "default", key: str | None = None, at: tuple[int, int] = (0, 0)
) -> StoredRecord:
    """A record as it is read back; `at` are its partition and offset."""
    place, value, headers = encode_session_record(
        tenant_id, key or f"{tenant_id}:{record.session_id}", record.session_id, record
    )
    return StoredRecord(WORKFLOW_SESSIONS.name, *at, place, value, headers, record.at)


def history(rng: random.Random, name: object) -> Iterator[AnyRecord]:
    """Any records of one session: some repeated, some out of order, some that do not count."""
    queues = rng.random() < 0.3
    begin = started(name, rng.randrange(10**9), workflow=rng.choice(("order-paid", "tell")), queues=queues)
    if rng.random() < 0.1:
        yield advanced(name, 1, started=(TaskAt(task="A"),))
    yield begin
    seq, round_ = 0, 1
    for _ in range(rng.randrange(8)):
        choice = rng.random()
        if choice < 0.1:
            yield CancelRequested(session_id=session_id(name), at=START_MS, by=ANN)
        elif choice < 0.2:
            yield begin
        elif choice < 0.35:
            round_ += 1
            tasks = tuple(rng.sample(TASKS, 2))
            yield RetryRequested(
                session_id=session_id(name), at=START_MS, by=ANN, round=round_, tasks=tasks, deadline=begin.deadline
            )
        else:
            seq += rng.choice((1, 1, 1, 1, 0, 2))
            yield advanced(name, seq, **_step(rng))


def _step(rng: random.Random) -> dict[str, object]:
    task, other = rng.sample(TASKS, 2)
    item = rng.choice((None, None, 0, 1))
    found: dict[str, object] = {
        "results": (result(task, item=item, output="x" * rng.randrange(50), error=rng.choice((None, "http_status"))),),
        "started": (TaskAt(task=other),),
    }
    more: list[dict[str, object]] = [
        {"skipped": (other,), "started": ()},
        {"waiting": (TaskWait(task=other, attempt=1, started_at=START_MS, due=START_MS + 9),)},
        {"retrying": (retry(other),)},
        {"status": rng.choice(("completed", "failed", "cancelled")), "started": (), "cancelled": (other,)},
        {},
    ]
    return found | rng.choice(more)


class SessionsWorld(ModelWorld):
    """The sessions'."""

    __slots__ = ()

    async def apply(self, records: Sequence[StoredRecord]) -> None:
        """One batch, in a transaction of its own."""
        await self.fold_records(PROJECTION, records)

    async def empty(self) -> None:
        """Remove every row."""
        await self.truncate(TABLES)


def opened_world(url: str, given: EventLog | None = None) -> AbstractAsyncContextManager[SessionsWorld]:
    """A world without any session; a log in memory unless one is given (started, with its topics)."""
    return opened_model(SessionsWorld, url, SERVICE, PROJECTION, given)
