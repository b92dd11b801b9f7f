"""Workflows end to end, on either log: one of everything is defined, run, followed and read back over HTTP, and its
session is a unit of work like any other."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.machine import Machine
from tests.support.waiting import eventually
from tests.support.workflows.building import active, chain, definition, task
from tests.support.workflows.key_counting import KeyCounter, key_counter
from tests.support.workflows.over_http import EVENTS_URL, SESSIONS_URL
from tests.support.workflows.running import Session, ended, reached, started, statuses, task_of, tell
from tests.support.workflows.stories import CALLS, CHILD, STATUSES, child, story

STORY = "story"


async def test_a_workflow_of_everything_runs_and_is_a_unit_of_work(machine: Machine, tenant_key: str) -> None:
    async with key_counter() as counter, machine.client(tenant_key) as client:
        await active(client, CHILD, child(counter.url))
        await active(client, STORY, story(counter.url))
        begun = await started(client, STORY, {"n": 1})
        waiting = await reached(client, begun["sessionId"], "Waits", "waiting")
        assert task_of(waiting, "Waits")["waitingFor"] is not None
        await tell(client, begun)
        session = await ended(client, begun["sessionId"])
        assert (session["status"], statuses(session)) == ("completed", STATUSES)
        _check_outputs(session)
        _check_calls(counter)
        await _check_events(client, session)
        await _check_trace(client, session)


async def test_run_waits_for_the_end_and_says_how_it_was(machine: Machine, tenant_key: str) -> None:
    fails = definition({"A": task("transform", expression="1 / 0")})
    async with machine.client(tenant_key) as client:
        await active(client, "row", chain(5))
        await active(client, "fails", fails)
        answer = await client.post("/run/row", json={}, headers={"idempotency-key": "one"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["outputs"]["T5"] == {"result": 5}
        again = await client.post("/run/row", json={}, headers={"idempotency-key": "one"})
        assert again.json()["sessionId"] == answer.json()["sessionId"] == again.headers["waymark-session"]
        failed = await client.post("/run/fails", json={})
        assert (failed.status_code, failed.json()["code"]) == (424, "workflow_failed")
        assert failed.json()["session"]["tasks"][0]["error"]["code"] == "expression_error"

        async def total() -> bool:
            listed = (await client.get(SESSIONS_URL, params={"workflow": "row"})).json()
            return bool(listed["pagination"]["total"] == 1)

        await eventually(total)


def _check_outputs(session: Session) -> None:
    outputs = session["outputs"]
    assert outputs["Join"] == {"result": 210}
    assert outputs["Handles"] == {"result": "http_status"}
    assert outputs["Sub"]["output"] == "/ok/child"
    assert [one["body"]["path"] for one in outputs["Each"]["results"]] == [f"/ok/each-{item}" for item in range(3)]
    assert outputs["Waits"]["event"]["payload"] == {"told": True}
    assert outputs["End"] == {"result": 214}


def _check_calls(counter: KeyCounter) -> None:
    assert {path: counter.count(path) for path in CALLS} == dict.fromkeys(CALLS, 1)
    assert len({counter.keys(path)[0] for path in CALLS}) == len(CALLS)


async def _check_events(client: httpx.AsyncClient, session: Session) -> None:
    """The event that a task emitted is there once, under the id that its output has."""

    async def emitted() -> Any:
        return (await client.get(EVENTS_URL, params={"event_type": "story.ended"})).json()["events"]

    (event,) = await eventually(emitted)
    assert event["id"] == session["outputs"]["Emits"]["id"]
    assert (event["payload"], event["correlationId"]) == ({"n": 1}, session["uowId"])


async def _check_trace(client: httpx.AsyncClient, session: Session) -> None:
    """Every task that ran, the session and its child are interactions of the unit of work, beside the recorded one."""
    ran = [name for name, status in STATUSES.items() if status != "skipped"]
    of_story = {f"{STORY}/{name}" for name in ran} | {STORY}
    of_child = {f"{CHILD}/Ask", f"{CHILD}/Pause", CHILD}

    async def recorded() -> set[str]:
        answer = await client.get("/api/interactions", params={"uowId": session["uowId"], "limit": "100"})
        found = {one["resourceId"] for one in answer.json()["data"]}
        assert found >= of_story | of_child | {"story"}, of_story | of_child - found
        return found

    await eventually(recorded, timeout_s=30.0)
    trace = await client.get(f"/api/traces/{session['uowId']}")
    assert trace.status_code == 200, trace.text
