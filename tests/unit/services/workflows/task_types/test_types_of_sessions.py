"""Types that a session itself works for: waits for events, postings, children and items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import msgspec
import pytest

from libs.contracts.workflow_sessions import ChildEnded, EventMatched, Posted, TaskError, child_session_id
from libs.contracts.workflow_spans import attempt_id, task_span
from services.workflows.task_types.call_workflow import CallWorkflow
from services.workflows.task_types.emit_event import EmitEvent
from services.workflows.task_types.for_each import ForEach
from services.workflows.task_types.model import Call, ChildStart, Completed, TaskFailed
from services.workflows.task_types.record_interaction import RecordInteraction
from services.workflows.task_types.tools import Tools
from services.workflows.task_types.wait_for_event import LOOK_BACK_MS, WaitForEvent
from tests.support.workflows.calls import NOW_MS, call_of

NO_TOOLS = cast("Tools", None)
CHILD = "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b21"


def call(body: dict[str, Any], **facts: Any) -> Call:
    """The call of a task with a body, in a session of these facts."""
    made = call_of(body, NO_TOOLS)
    return replace(made, session=replace(made.session, **facts))


@pytest.mark.parametrize(("started_ms_ago", "since_ms_ago"), [(1_000, 1_000), (LOOK_BACK_MS + 1, LOOK_BACK_MS)])
async def test_a_wait_begins_with_its_session_but_ten_minutes_ago_at_most(
    started_ms_ago: int, since_ms_ago: int
) -> None:
    made = call({"eventType": "order.paid", "timeoutSeconds": 1.5}, started_at=NOW_MS - started_ms_ago)
    waits = await WaitForEvent().run(made)
    assert waits.event is not None
    assert (waits.event.since, waits.due) == (NOW_MS - since_ms_ago, NOW_MS + 1_500)


async def test_a_wait_carries_the_input_only_where_its_condition_names_it() -> None:
    async def given(where: str) -> Any:
        event = (await WaitForEvent().run(call({"eventType": "x", "where": where}, input={"n": 1}))).event
        assert event is not None
        return event.input

    assert await given("event.payload.n == 1") is msgspec.UNSET
    assert bytes(await given("event.payload.n == input.n")) == b'{"n":1}'


def test_a_wait_ends_with_the_event_or_its_time() -> None:
    event = msgspec.Raw(b'{"id":"e"}')
    matched = EventMatched(session_id="s", at=0, task="T", round=1, attempt=1, event_id="e", event=event)
    made = call({"eventType": "x"})
    assert WaitForEvent().resume(made, matched) == Completed({"event": {"id": "e"}})
    with pytest.raises(TaskFailed, match="in time") as failed:
        WaitForEvent().resume(made, None)
    assert failed.value.code == "wait_timeout"


async def test_what_is_recorded_belongs_to_the_session_unless_it_says_otherwise() -> None:
    async def posted(kind: EmitEvent | RecordInteraction, body: dict[str, Any]) -> Any:
        posting = (await kind.run(call(body))).posting
        assert posting is not None
        return posting.body

    session_id = call({}).session.session_id
    assert await posted(EmitEvent(), {"resourceId": "1", "causationId": None}) == {
        "resourceId": "1",
        "correlationId": "unit-of-work",
        "causationId": attempt_id(session_id, "T", None, 1),
        "actorId": "ada",
        "actorType": "user",
    }
    assert await posted(EmitEvent(), {"actorId": "bob", "correlationId": "c", "causationId": "e"}) == {
        "actorId": "bob",
        "correlationId": "c",
        "causationId": "e",
    }
    assert await posted(RecordInteraction(), {"resourceId": "1", "userId": "bob"}) == {
        "resourceId": "1",
        "userId": "bob",
        "uowId": "unit-of-work",
        "parentSpanId": task_span(session_id, "T", None),
    }


def test_what_the_gateway_says_is_what_comes_of_a_posting() -> None:
    made = call({})
    done = Posted(session_id="s", at=0, task="T", key=made.key)
    assert EmitEvent().resume(made, done) == Completed({"id": made.key})
    assert RecordInteraction().resume(made, done) == Completed({"interactionId": made.key})
    error = TaskError(code="validation_error", message="eventType: is required", detail=msgspec.Raw(b"[1]"))
    with pytest.raises(TaskFailed, match="is required") as failed:
        EmitEvent().resume(made, msgspec.structs.replace(done, error=error))
    assert (failed.value.code, failed.value.detail) == ("validation_error", [1])


async def test_a_workflow_is_called_eight_deep_at_most() -> None:
    body = {"workflow": "child", "input": {"n": 1}, "wait": False}
    assert (await CallWorkflow().run(call(body, depth=7))).child == ChildStart(
        workflow="child", input={"n": 1}, waits=False
    )
    with pytest.raises(TaskFailed) as failed:
        await CallWorkflow().run(call(body, depth=8))
    assert failed.value.code == "too_deep"


def test_a_child_gives_its_outputs_or_fails_its_task() -> None:
    made = call({})
    ended = ChildEnded(
        session_id="s", at=0, task="T", child=CHILD, status="completed", outputs=msgspec.Raw(b'{"A":{"result":1}}')
    )
    assert CallWorkflow().resume(made, ended).output == {
        "sessionId": CHILD,
        "status": "completed",
        "output": None,
        "outputs": {"A": {"result": 1}},
    }
    assert CallWorkflow().resume(made, None).output["sessionId"] == child_session_id(made.key)
    error = TaskError(code="http_status", message="500", detail=msgspec.Raw(b'{"a":1}'))
    with pytest.raises(TaskFailed) as failed:
        CallWorkflow().resume(made, msgspec.structs.replace(ended, status="failed", error=error))
    assert failed.value.code == "child_failed"
    assert failed.value.detail["error"]["detail"] == {"a": 1}


async def test_a_thousand_items_are_taken() -> None:
    do = {"type": "transform", "body": {"expression": "item"}}
    fan = await ForEach().run(call({"items": [1] * 1_000, "do": do}))
    assert (len(fan.items), fan.concurrency, fan.continues_on_error) == (1_000, 5, False)
    with pytest.raises(TaskFailed, match="1001 items"):
        await ForEach().run(call({"items": [1] * 1_001, "do": do}))
