"""The next record of a session: what it holds of what runs came to, within the bounds of a record and of a session."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libs.contracts.workflow_sessions import SessionAdvanced, TaskResult, TaskRetry
from services.workflows.engine.held import HeldSession
from services.workflows.engine.planning import MAX_SESSION_BYTES, next_record
from services.workflows.engine.runs import Part, Run
from services.workflows.engine.session import SessionState, TaskKey, TaskState, fold
from tests.support.workflows.many_executors import Rules
from tests.support.workflows.sessions import result, retry, started

RULES = Rules(links={"A": {}, "B": {}}, kinds={"A": "ok", "B": "ok"})
RUN = Run("attempt", 1, 1)
MIB = 1024 * 1024


def raw(size: int) -> msgspec.Raw:
    return msgspec.Raw(b'"' + b"x" * (size - 2) + b'"')


def state_of(**tasks: TaskState) -> SessionState:
    state = fold(None, started("s", tasks=("A", "B")), tenant_id="acme", key="acme:s")
    assert state is not None
    return msgspec.structs.replace(state, tasks={**state.tasks, **{TaskKey(name): one for name, one in tasks.items()}})


def next_of(state: SessionState, **parts: Part) -> SessionAdvanced:
    finished = {TaskKey(name): (RUN, part) for name, part in parts.items()}
    held = HeldSession(state, 1, rules=RULES, finished=finished)
    record = next_record(held, RULES, executor="e", now_ms=state.started.at + 1, may_begin=True)
    assert record is not None
    return record


def completed(task: str, *, input_: int = 10, output: int = 10) -> TaskResult:
    return msgspec.structs.replace(result(task), input=raw(input_), output=raw(output))


def test_what_is_too_large_for_one_record_is_for_the_next() -> None:
    record = next_of(state_of(), A=completed("A", output=MIB), B=completed("B", output=10))
    assert [one.task for one in record.results] == ["A"]
    record = next_of(state_of(), A=completed("A"), B=completed("B"))
    assert [one.task for one in record.results] == ["A", "B"]


@pytest.mark.parametrize(
    ("left", "input_", "output", "kept"),
    [
        (2 * MIB, 10, MIB, ("completed", True)),
        (2 * MIB, 10, MIB + 1, ("failed", True)),
        (1_000, 100, 900, ("completed", True)),
        (1_000, 101, 900, ("completed", False)),
        (1_000, 10, 1_001, ("failed", False)),
    ],
)
def test_a_session_has_inputs_and_outputs_up_to_its_bound(
    left: int, input_: int, output: int, kept: tuple[str, bool]
) -> None:
    large = TaskState(status="completed", round=1, attempts=1, output=raw(MAX_SESSION_BYTES - left))
    (found,) = next_of(state_of(B=large), A=completed("A", input_=input_, output=output)).results
    assert (found.status, found.input is not msgspec.UNSET) == kept
    assert (found.error is not None and found.error.code) == ("output_too_large" if kept[0] == "failed" else False)


def test_the_input_of_an_attempt_that_failed_counts_as_well() -> None:
    large = TaskState(status="completed", round=1, attempts=1, input=raw(MAX_SESSION_BYTES - 5))
    failed: Any = msgspec.structs.replace(retry("A"), input=raw(10))
    record = next_of(state_of(B=large), A=failed)
    assert isinstance(record.retrying[0], TaskRetry)
    assert record.retrying[0].input is msgspec.UNSET
