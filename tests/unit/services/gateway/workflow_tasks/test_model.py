"""Sessions as the gateway follows them: what is recorded of them, and that it judges records as executors do."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec

from libs.contracts.workflow_sessions import AnyRecord, Posting, RetryRequested, TaskAt, TaskWait
from services.gateway.workflow_tasks.model import EndedAttempt, EndedRound, Followed, ToRecord, follow
from services.workflows.engine.session import SessionState, fold
from tests.support.records import START_MS
from tests.support.workflows.sessions import ANN, advanced, history, result, retry, session_id, started

T = "default"


def followed(records: Iterable[AnyRecord], to_record: ToRecord | None = None) -> Followed | None:
    """The session after the records."""
    session: Followed | None = None
    for record in records:
        session = follow(session, record, ToRecord() if to_record is None else to_record, tenant_id=T, record_key="k")
    return session


def told(*records: AnyRecord) -> list[tuple[object, ...]]:
    """What is recorded of the records: of attempts task, item, type, number and status, of rounds number and status."""
    to_record = ToRecord()
    followed(records, to_record)
    return [
        (one.at.task, one.at.item, one.at.type, one.number, one.status)
        if isinstance(one, EndedAttempt)
        else (one.session.round, one.status)
        for _, one in to_record.ended
    ]


def test_it_judges_records_as_the_fold_does() -> None:
    for seed in range(300):
        state: SessionState | None = None
        session: Followed | None = None
        rng = random.Random(seed)
        for record in history(rng, "any"):
            key = rng.choice(("k", "k", "k", "k", "another"))
            state = fold(state, record, tenant_id=T, key=key)
            session = follow(session, record, ToRecord(), tenant_id=T, record_key=key)
            if state is not None and state.status == "completed":
                assert session is None
                break
            assert (session is None) == (state is None)
            if session is not None and state is not None:
                assert (session.seq, session.round, session.is_open) == (state.seq, state.round, state.is_open)
                under_way = {(one.task, one.item) for one in session.attempts if one.stage != "ended"}
                assert under_way == {
                    (key.task, key.item) for key, task in state.tasks.items() if task.status in ("running", "waiting")
                }


def test_every_attempt_that_ended_is_told_and_then_the_session() -> None:
    assert told(
        started("s"),
        advanced("s", 1, retrying=(retry("A"),)),
        advanced("s", 2, results=(msgspec.structs.replace(result(), attempt=2, type="transform"),)),
        advanced("s", 3, status="completed"),
    ) == [("A", None, "", 1, "failed"), ("A", None, "transform", 2, "completed"), (1, "completed")]


def test_what_was_under_way_at_the_end_is_cancelled_and_what_never_began_is_not_told() -> None:
    assert told(
        started("s", tasks=("A", "B")),
        advanced("s", 1, waiting=(TaskWait(task="A", type="delay", attempt=1, started_at=START_MS),)),
        advanced("s", 2, retrying=(retry("B"),), started=(TaskAt(task="C", item=3, type="transform"),)),
        advanced("s", 3, status="cancelled", cancelled=("A", "B", "D"), skipped=("E",)),
    ) == [
        ("B", None, "", 1, "failed"),
        ("A", None, "delay", 1, "cancelled"),
        ("C", 3, "transform", 1, "cancelled"),
        (1, "cancelled"),
    ]


def test_attempts_go_on_counting_after_a_retry_by_hand() -> None:
    again = RetryRequested(session_id=session_id("s"), at=START_MS, by=ANN, round=2, tasks=("A",), deadline=START_MS)
    assert told(
        started("s"),
        advanced("s", 1, results=(result(error="http_status"),), status="failed"),
        again,
        again,
        advanced("s", 2, started=(TaskAt(task="A"),)),
        advanced("s", 3, status="cancelled"),
    ) == [("A", None, "", 1, "failed"), (1, "failed"), ("A", None, "", 2, "cancelled"), (2, "cancelled")]


def test_a_record_that_does_not_count_asks_for_nothing() -> None:
    posting = Posting(kind="event", key="k", body=msgspec.Raw(b"{}"))
    wait = TaskWait(task="A", attempt=1, started_at=START_MS, posting=posting)
    to_record = ToRecord()
    followed([started("s"), advanced("s", 2, waiting=(wait,)), advanced("s", 1, waiting=(wait,))], to_record)
    assert [(one.wait, one.at_ms) for one in to_record.postings] == [(wait, START_MS + 1)]


def test_a_session_that_is_over_for_good_is_forgotten() -> None:
    to_record = ToRecord()
    assert followed([started("s"), advanced("s", 1, status="completed")], to_record) is None
    ((_, ended),) = to_record.ended[-1:]
    assert isinstance(ended, EndedRound)
