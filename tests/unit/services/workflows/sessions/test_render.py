"""Sessions as JSON: tasks in order, those that have not begun among them; what was recorded comes as it was."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from libs.contracts.workflow_sessions import AnyRecord, Parent, TaskAt, TaskWait, task_key
from services.workflows.engine.session import SessionState, fold
from services.workflows.sessions.render import Shape, session_json, summary_json
from tests.support.records import START_MS
from tests.support.workflows.sessions import advanced, result, session_id, started

SHAPE = Shape(order=("A", "B", "C"), types={"A": "run-code", "B": "delay", "C": "for-each"}, has_output=False)


def state_of(*records: AnyRecord) -> SessionState:
    state: SessionState | None = None
    for record in records:
        state = fold(state, record, tenant_id="acme", key="acme:x")
    assert state is not None
    return state


def shown(state: SessionState, shape: Shape = SHAPE) -> Any:
    return orjson.loads(session_json(state, shape))


def test_tasks_that_have_not_begun_are_pending_in_their_order() -> None:
    session = shown(state_of(started("s", tasks=("B",))))
    assert [(one["task"], one["type"], one["status"]) for one in session["tasks"]] == [
        ("A", "run-code", "pending"),
        ("B", "delay", "running"),
        ("C", "for-each", "pending"),
    ]
    assert session["tasks"][0]["idempotencyKey"] == task_key(session_id("s"), "A", None, 1)
    assert (session["status"], session["outputs"], session["input"]) == ("running", {}, {"name": "x"})


def test_outputs_are_those_of_completed_tasks_unless_the_definition_has_an_output() -> None:
    steps = (result("A", output={"n": 1}), result("B", error="http_status"))
    end = advanced("s", 1, results=steps, status="failed", output=msgspec.Raw(b'"all"'))
    state = state_of(started("s"), end)
    assert shown(state)["outputs"] == {"A": {"n": 1}}
    assert shown(state)["output"] is None
    own = Shape(order=SHAPE.order, types=SHAPE.types, has_output=True)
    assert (shown(state, own)["output"], shown(state, own)["outputs"]) == ("all", None)
    assert shown(state)["tasks"][1]["error"] == {
        "code": "http_status",
        "message": "http_status",
        "retryable": False,
        "detail": None,
    }


def test_items_of_a_task_are_shown_under_it_in_order() -> None:
    begun = tuple(TaskAt(task="C", item=item) for item in (None, 10, 2))
    shape = Shape(order=SHAPE.order, types=SHAPE.types, item_types={"C": "http-request"}, has_output=False)
    items = shown(state_of(started("s"), advanced("s", 1, started=begun)), shape)["tasks"][2]["items"]
    assert [(one["task"], one["type"]) for one in items] == [("C[2]", "http-request"), ("C[10]", "http-request")]


def test_a_task_that_waits_says_what_for() -> None:
    wait = TaskWait(task="B", attempt=1, started_at=START_MS, due=START_MS, child="c")
    task = shown(state_of(started("s"), advanced("s", 1, waiting=(wait,))))["tasks"][1]
    assert task["waitingFor"] == {"sessionId": "c", "until": task["startedAt"]}


def test_a_summary_has_no_inputs_and_names_the_parent() -> None:
    parent = Parent(session_id=session_id("p"), key="k", task="C", item=3, depth=1)
    summary = orjson.loads(summary_json(state_of(started("s", parent=parent))))
    assert (summary["parentSessionId"], summary["parentTask"]) == (session_id("p"), "C[3]")
    assert "input" not in summary
    assert "tasks" not in summary
