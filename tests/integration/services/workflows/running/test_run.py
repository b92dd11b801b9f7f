"""`/run` over HTTP: waits for the end, answers with it, starts one session for a key, and refuses what it must."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import httpx
import pytest

from libs.contracts.workflow_sessions import CancelRequested, RetryRequested, SessionEnded, SessionStarted
from libs.eventlog.errors import AppendFailed
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Appended, Record
from libs.pg.database import Database
from services.workflows.sessions.records import session_record
from tests.support.callers import Callers
from tests.support.waiting import eventually
from tests.support.workflows.acting import Actor
from tests.support.workflows.defining import NAME, TRANSFORM, defined
from tests.support.workflows.sessions import result, started

RUN = f"/run/{NAME}"
SESSIONS = "/api/v1/workflow-sessions"
ASYNC = {"prefer": "respond-async"}


async def ended(asked: Awaitable[httpx.Response], actor: Actor, **how: Any) -> httpx.Response:
    """The answer to a run, whose session the actor ends."""
    asking = asyncio.ensure_future(asked)
    await actor.next(SessionStarted)
    await actor.end(**how)
    return await asking


async def test_a_run_answers_with_the_session_once_it_completed(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    await defined(request_db)
    answer = await ended(api.post(RUN, json={"id": 7}, headers={"x-uowid": "unit"}), actor)
    session = answer.json()
    assert answer.status_code == 200, answer.text
    assert (session["status"], session["outputs"], session["input"]) == ("completed", {"A": 1}, {"id": 7})
    assert (session["uowId"], session["startedBy"]) == ("unit", {"id": "acme-editor", "type": "user"})
    assert answer.headers["waymark-session"] == session["sessionId"]
    headers = {"waymark-min-position": answer.headers["waymark-position"]}
    assert (await api.get(f"{SESSIONS}/{session['sessionId']}", headers=headers)).json() == session


async def test_a_session_that_failed_is_a_problem_with_the_session_in_it(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    await defined(request_db)
    answer = await ended(api.post(RUN, json={}), actor, error="http_status")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (424, "application/problem+json")
    assert (problem["code"], problem["session"]["tasks"][0]["error"]["code"]) == ("workflow_failed", "http_status")
    assert problem["sessionId"] == answer.headers["waymark-session"]
    assert answer.headers["waymark-position"]


async def test_who_does_not_wait_is_told_where_the_session_is(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    await defined(request_db)
    answer = await api.post(RUN, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "running"
    headers = {"waymark-min-position": answer.headers["waymark-position"]}
    found = await api.get(answer.headers["location"], headers=headers)
    assert found.json()["tasks"][0]["status"] == "running"


async def test_a_short_wait_ends_with_the_session_as_it_stands(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    await defined(request_db)
    answer = await api.post(RUN, headers={"prefer": "wait=0"})
    assert (answer.status_code, answer.json()["status"]) == (202, "running")


async def test_one_key_starts_one_session_which_a_repeat_waits_for_or_returns(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    await defined(request_db)
    key = {"idempotency-key": "k1"}
    first = await api.post(RUN, json={"n": 1}, headers=key | ASYNC)
    repeat = await ended(api.post(RUN, json={"n": 1}, headers=key), actor)
    again = await api.post(RUN, json={"n": 1}, headers=key)
    assert [one.status_code for one in (first, repeat, again)] == [202, 200, 200]
    assert {one.headers["waymark-session"] for one in (first, repeat, again)} == {first.json()["sessionId"]}
    other = await api.post(RUN, json={"n": 2}, headers=key)
    assert (other.status_code, other.json()["errors"][0]["type"]) == (422, "idempotency_key_reused")


async def test_a_repeat_by_key_gets_its_session_whatever_became_of_the_workflow(
    api: httpx.AsyncClient, request_db: Database
) -> None:
    await defined(request_db)
    key = ASYNC | {"idempotency-key": "k1"}
    first = await api.post(RUN, json={"n": 1}, headers=key)
    in_other_case = await api.post(RUN.replace(NAME, NAME.upper()), json={"n": 1}, headers=key)
    needed = {"type": "http-request", "body": {"url": ""}}
    saved = await api.put(f"/api/v1/workflows/{NAME}", json={"tasks": {"A": needed}, "maxSessions": 1})
    after_a_save = await api.post(RUN, json={"n": 1}, headers=key)
    await api.post(f"/api/v1/workflows/{NAME}/deactivate")
    after_its_end = await api.post(RUN, json={"n": 1}, headers=key)
    assert saved.status_code == 200, saved.text
    repeats = (in_other_case, after_a_save, after_its_end)
    assert [one.status_code for one in repeats] == [202] * 3, after_a_save.text
    assert {one.headers["waymark-session"] for one in repeats} == {first.headers["waymark-session"]}
    other = await api.post(RUN, json={"n": 1}, headers=key | {"idempotency-key": "k2"})
    assert (other.status_code, other.json()["code"]) == (409, "workflow_inactive")


async def test_a_start_that_failed_begins_with_its_version_when_it_is_repeated(
    api: httpx.AsyncClient, log: MemoryEventLog, actor: Actor, request_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await defined(request_db)
    key = ASYNC | {"idempotency-key": "k1"}
    with monkeypatch.context() as patched:
        patched.setattr(log, "append", refuse)
        assert (await api.post(RUN, json={}, headers=key)).status_code == 503
    await api.put(f"/api/v1/workflows/{NAME}", json={"tasks": {"B": TRANSFORM}, "maxSessions": 1})
    repeat = await api.post(RUN, json={}, headers=key)
    assert (repeat.status_code, repeat.json()["version"]) == (202, 1), repeat.text
    await actor.next(SessionStarted)
    assert actor.seen[-1][0].key == f"acme:{repeat.json()['sessionId']}"


async def test_repeats_at_the_same_moment_get_one_session(api: httpx.AsyncClient, request_db: Database) -> None:
    await defined(request_db)
    key = ASYNC | {"idempotency-key": "k1"}
    answers = await asyncio.gather(*(api.post(RUN, json={}, headers=key) for _ in range(5)))
    assert [one.status_code for one in answers] == [202] * 5
    assert len({one.headers["waymark-session"] for one in answers}) == 1


async def test_what_cannot_be_run_is_refused(api: httpx.AsyncClient, callers: Callers, request_db: Database) -> None:
    await defined(request_db, active=False)
    await defined(request_db, name="needs", tasks={"Fetch": {"type": "http-request", "body": {"url": ""}}})
    await defined(request_db, name="open", access="viewer")
    answers = [
        await api.post("/run/none", json={}),
        await api.post("/run/%00", json={}),
        await api.post("/run/a%2Fb", json={}),
        await api.post(RUN, json={}),
        await api.post("/run/needs", json={}),
        await api.post("/run/needs", json=[]),
        await api.post("/run/open", content=b"{}", headers={"content-type": "text/plain"}),
        await api.post("/run/open", json={"text": "x" * 2**20}),
        await api.post("/run/needs", json={}, headers=callers.key("viewer")),
        await api.post("/run/open", json={}, headers=callers.key("viewer", "other")),
        await api.post("/run/open", json={}, headers={"authorization": "Bearer x"}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (404, "not_found"),
        (404, "not_found"),
        (404, "not_found"),
        (409, "workflow_inactive"),
        (422, "validation_error"),
        (422, "validation_error"),
        (415, "unsupported_media_type"),
        (413, "content_too_large"),
        (403, "forbidden"),
        (404, "not_found"),
        (401, "unauthenticated"),
    ]
    assert answers[4].json()["errors"][0]["loc"] == ["body", "Fetch", "url"]
    allowed = await api.post("/run/open", json={}, headers=callers.key("viewer") | ASYNC)
    assert allowed.status_code == 202, allowed.text


async def test_one_version_is_run_whether_active_or_not(
    api: httpx.AsyncClient, actor: Actor, callers: Callers, request_db: Database
) -> None:
    await defined(request_db, active=False, access="viewer")
    path = f"/api/v1/workflows/{NAME}/versions/1/run"
    answer = await ended(api.post(path, json={}), actor)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    missing = await api.post(path.replace("/1/", "/2/"), json={})
    assert (missing.status_code, missing.json()["detail"]) == (404, f"no workflow '{NAME}' in version '2'")
    assert (await api.post(path.replace(NAME, "a%2Fb"), json={})).status_code == 404
    assert (await api.post(path.replace("/1/", "/1.0/"), json={})).status_code == 422
    assert (await api.post(path, json={}, headers=callers.key("viewer"))).status_code == 403


async def test_the_start_of_counted_sessions_is_queued(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    workflow = await defined(request_db, maxSessions=1)
    answer = await api.post(RUN, json={}, headers=ASYNC)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    await actor.next(SessionStarted)
    assert actor.seen[-1][0].key == f"acme:{workflow.id}"


async def test_secrets_of_callers_are_encrypted_in_the_log(
    api: httpx.AsyncClient, actor: Actor, request_db: Database
) -> None:
    secret = {"$blank": {"name": "token", "secret": True, "type": "string"}}
    task = {"type": "http-request", "body": {"url": "https://shop.example/", "headers": {"x-token": secret}}}
    await defined(request_db, tasks={"A": task})
    answer = await api.post(RUN, json={"token": "hunter-2", "n": 1}, headers=ASYNC)
    assert answer.json()["input"] == {"n": 1}
    await actor.next(SessionStarted)
    record, started = actor.seen[-1]
    assert isinstance(started, SessionStarted)
    assert list(started.secrets) == ["/token"]
    assert b"hunter-2" not in (record.value or b"")


async def test_a_session_is_cancelled_once(api: httpx.AsyncClient, actor: Actor, request_db: Database) -> None:
    await defined(request_db)
    session_id = (await api.post(RUN, json={}, headers=ASYNC)).json()["sessionId"]
    await eventually(lambda: is_known(api, session_id))
    answer = await api.post(f"{SESSIONS}/{session_id}/cancel")
    assert answer.status_code == 202, answer.text
    await actor.next(CancelRequested)
    at = actor.seen[-1][1].at
    await actor.append(SessionEnded(session_id=session_id, at=at, seq=1, status="cancelled", cancelled=("A",)))
    repeat = await api.post(f"{SESSIONS}/{session_id}/cancel")
    assert (repeat.status_code, repeat.json()["code"]) == (409, "session_ended")


async def test_a_failed_session_is_run_again(api: httpx.AsyncClient, actor: Actor, request_db: Database) -> None:
    await defined(request_db, tasks={"A": TRANSFORM, "B": TRANSFORM | {"executeAfter": {"A": ["completed"]}}})
    failed = await ended(api.post(RUN, json={}), actor, error="http_status")
    path = f"{SESSIONS}/{failed.headers['waymark-session']}/retry"
    position = {"waymark-min-position": failed.headers["waymark-position"]}
    await api.get(f"{SESSIONS}/{failed.headers['waymark-session']}", headers=position)
    asking = asyncio.ensure_future(api.post(path))
    request = await actor.next(RetryRequested)
    assert isinstance(request, RetryRequested)
    assert (request.round, request.tasks) == (2, ("A",))
    await actor.end(seq=2)
    answer = await asking
    assert (answer.status_code, answer.json()["round"]) == (200, 2)
    assert (await api.post(path)).json()["code"] == "session_not_failed"


async def test_who_cancels_is_told_that_the_log_has_it_also_when_the_session_ends_meanwhile(
    api: httpx.AsyncClient, log: MemoryEventLog, actor: Actor, request_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await defined(request_db)
    running = asyncio.ensure_future(api.post(RUN, json={}))
    begun = await actor.next(SessionStarted)
    session_id, at, append = begun.session_id, begun.at, log.append
    await eventually(lambda: is_known(api, session_id))

    async def append_and_end(records: Sequence[Record]) -> Sequence[Appended | AppendFailed]:
        outcomes = await append(records)
        monkeypatch.setattr(log, "append", append)
        await actor.append(SessionEnded(session_id=session_id, at=at, seq=1, status="cancelled", cancelled=("A",)))
        await running  # the process has read the end, for all who follow the session
        return outcomes

    monkeypatch.setattr(log, "append", append_and_end)
    answer = await api.post(f"{SESSIONS}/{session_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled"), answer.text


async def test_a_session_of_a_version_that_is_gone_is_shown_and_not_run_again(
    api: httpx.AsyncClient, log: MemoryEventLog
) -> None:
    start = started("gone", version=9)
    failed = SessionEnded(session_id=start.session_id, at=start.at, seq=1, status="failed", results=(result("A"),))
    key = f"acme:{start.session_id}"
    await log.append([session_record("acme", key, "u", record) for record in (start, failed)])
    path = f"{SESSIONS}/{start.session_id}"
    await eventually(lambda: is_known(api, start.session_id))
    (task,) = (await api.get(path)).json()["tasks"]
    assert (task["task"], task["type"], task["status"]) == ("A", None, "completed")
    assert "event: end" in (await api.get(f"{path}/stream")).text
    assert (await api.post(f"{path}/cancel")).json()["code"] == "session_ended"
    assert (await api.post(f"{path}/retry")).json()["code"] == "version_unsound"


@pytest.mark.parametrize("path", ["", "/stream", "/cancel", "/retry"])
async def test_sessions_of_another_tenant_are_not_there(
    api: httpx.AsyncClient, callers: Callers, request_db: Database, path: str
) -> None:
    await defined(request_db)
    session_id = (await api.post(RUN, json={}, headers=ASYNC)).json()["sessionId"]
    await eventually(lambda: is_known(api, session_id))
    method = "GET" if path in ("", "/stream") else "POST"
    answer = await api.request(method, f"{SESSIONS}/{session_id}{path}", headers=callers.key("editor", "other"))
    assert answer.status_code == 404


async def test_sessions_are_listed(api: httpx.AsyncClient, request_db: Database) -> None:
    await defined(request_db)
    position = [(await api.post(RUN, json={}, headers=ASYNC)).headers["waymark-position"] for _ in range(3)]
    headers = {"waymark-min-position": ",".join(position)}
    page = (await api.get(SESSIONS, params={"limit": 2, "workflow": NAME}, headers=headers)).json()
    assert (len(page["data"]), page["pagination"]["total"]) == (2, 3)
    rest = await api.get(SESSIONS, params={"limit": 2, "cursor": page["pagination"]["nextCursor"]})
    assert (len(rest.json()["data"]), rest.json()["pagination"]["nextCursor"]) == (1, None)
    in_other_case = await api.get(SESSIONS, params={"workflow": NAME.upper()})
    assert (len(in_other_case.json()["data"]), in_other_case.json()["pagination"]["total"]) == (3, 3)
    assert (await api.get(SESSIONS, params={"cursor": "x"})).status_code == 422
    assert (await api.get(SESSIONS, params={"workflow": "\0"})).status_code == 422
    assert (await api.get(SESSIONS, params={"uowId": "\0"})).status_code == 422
    assert (await api.get(SESSIONS, params={"from": "2026-01-02", "to": "2026-01-01"})).status_code == 422


async def refuse(records: Sequence[Record]) -> Sequence[Appended | AppendFailed]:
    """Append nothing, as a log that is away."""
    return [AppendFailed("no broker", unknown=False) for _ in records]


async def is_known(api: httpx.AsyncClient, session_id: str) -> bool:
    return (await api.get(f"{SESSIONS}/{session_id}")).status_code == 200
