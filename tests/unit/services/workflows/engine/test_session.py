"""The fold of a session: which records count."""

from __future__ import annotations

import random

import pytest

from libs.contracts.workflow_sessions import RetryRequested
from services.workflows.engine.session import SessionState, TaskKey, fold
from tests.support.workflows.sessions import ANN, advanced, history, result, session_id, started

T = "acme"
KEY = "acme:s"


def folded(*records: object) -> SessionState:
    state: SessionState | None = None
    for record in records:
        state = fold(state, record, tenant_id=T, key=KEY)  # type: ignore[arg-type]
    assert state is not None
    return state


@pytest.mark.parametrize("seed", range(20))
def test_nothing_counts_that_lies_under_another_key_than_the_start(seed: int) -> None:
    state: SessionState | None = None
    for record in history(random.Random(seed), "any"):
        if state is not None:
            assert fold(state, record, tenant_id=T, key="acme:another") is state
        state = fold(state, record, tenant_id=T, key=KEY)


def test_a_retry_of_nothing_begins_a_round_in_which_all_stays_as_it_is() -> None:
    failed = folded(started("s"), advanced("s", 1, results=(result(),), status="failed"))
    again = RetryRequested(session_id=session_id("s"), at=1, by=ANN, round=2, tasks=(), deadline=9)
    state = fold(failed, again, tenant_id=T, key=KEY)
    assert state is not None
    assert (state.status, state.round, state.deadline, state.ended_at) == ("running", 2, 9, None)
    assert state.tasks[TaskKey("A")] is failed.tasks[TaskKey("A")]
