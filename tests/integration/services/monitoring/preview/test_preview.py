"""The preview over HTTP: what it answers, what it refuses, and that it writes nothing."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest

from libs.contracts.times import format_ms
from libs.eventlog.accept_order import AcceptOrder
from libs.eventlog.appending import append_all
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.preview.bodies import PreviewIn, Span
from services.monitoring.preview.engine import Preview
from services.monitoring.preview.previews import PreviewBounds, Previews
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.callers import Callers
from tests.support.listening import listening
from tests.support.monitoring.defining import URL, body
from tests.support.monitoring.sources import done
from tests.support.records import now_ms
from tests.support.waiting import eventually

PREVIEW = f"{URL}/preview"
HOUR_MS = 3_600_000


def wanted(**changes: Any) -> dict[str, Any]:
    """A definition without a name, of two actions."""
    whole = body(**{"events": [{"name": "ORDER.CREATE"}, {"name": "PAY"}], **changes})
    return {name: value for name, value in whole.items() if name != "name"}


async def fill(log: MemoryEventLog, users: int, *, before_ms: int = HOUR_MS, tenant_id: str = "acme") -> int:
    """Let so many users complete a flow in 150 ms, a second apart; return when the first began."""
    start = now_ms() - before_ms
    records = []
    for user in range(users):
        at = start + 1_000 * user
        who: dict[str, Any] = {"user": f"user-{user}", "tenant_id": tenant_id}
        records.append(done(2 * user, "CREATE", at, at, **who))
        records.append(done(2 * user + 1, "PAY", at + 150, at + 150, **who))
    await append_all(log, records)
    return start


async def previewed(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post(PREVIEW, json=wanted(**changes))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def test_it_answers_what_the_definition_would_have_produced(
    client: httpx.AsyncClient, log: MemoryEventLog
) -> None:
    start = await fill(log, 30)
    await fill(log, 5, tenant_id="other")
    ends = dict(await log.end_offsets(SERVICE.topics))
    found = await previewed(client, limit=2)
    assert set(found) == {
        *("from", "to", "scanned", "relevant", "truncated", "scannedTo", "open", "late", "total", "results"),
        "suggestedLimits",
    }
    assert found["to"] - found["from"] == 24 * HOUR_MS
    assert (found["scanned"], found["relevant"], found["open"], found["late"]) == (60, 60, 0, 0)
    assert (found["truncated"], found["scannedTo"]) == (False, found["to"])
    assert (found["total"]["completed"], found["total"]["categories"]["good"]) == (30, 30)
    assert [(one["key"], one["name"], one["startedAt"]) for one in found["results"]] == [
        ("user:user-29", "preview", start + 29_000),
        ("user:user-28", "preview", start + 28_000),
    ]
    assert found["suggestedLimits"]["uptimeLowerLimitInMs"] == pytest.approx(150, rel=0.02)
    assert dict(await log.end_offsets(SERVICE.topics)) == ends
    listed = (await client.get(URL, params={"page": 0, "size": 10})).json()["data"]
    assert listed["totalInteractions"] == 0


async def test_a_range_is_of_accept_times_in_either_spelling(client: httpx.AsyncClient, log: MemoryEventLog) -> None:
    start = await fill(log, 10)
    for since, until in ((start + 3_000, start + 5_000), (format_ms(start + 3_000), format_ms(start + 5_000))):
        found = await previewed(client, **{"from": since, "to": until})
        assert (found["from"], found["to"], found["scanned"]) == (start + 3_000, start + 5_000, 4)
        assert (found["total"]["total"], found["open"]) == (0, 0)
    later = await previewed(client, **{"from": start, "to": now_ms() + HOUR_MS})
    assert later["to"] <= now_ms()
    assert later["total"]["completed"] == 10


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": 2_000, "to": 2_000}, "from"),
        ({"from": 10**15}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"to": True}, "to"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"thresholdInMs": 0}, "thresholdInMs"),
        ({"uptimeMidLimitInMs": 1}, "uptimeMidLimitInMs"),
        ({"events": [{"name": "A", "isBlacklisted": True}]}, "events[0].isBlacklisted"),
        ({"events": [{"name": "A", "props": [{"vame": "p", "value": "v"}]}]}, "events[0].props[0]"),
        ({"name": "preview"}, "name"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx.AsyncClient, changes: dict[str, Any], field: str) -> None:
    answer = await client.post(PREVIEW, json=wanted() | changes)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert field in error["cause"]


async def test_a_user_may_preview_and_a_key_may_not(client: httpx.AsyncClient, callers: Callers) -> None:
    viewer, key = callers.user("viewer"), callers.key("admin")
    assert (await client.post(PREVIEW, json=wanted(), headers=viewer)).status_code == 200
    async with httpx.AsyncClient(transport=client._transport, base_url=client.base_url) as bare:
        assert (await bare.post(PREVIEW, json=wanted(), headers=key)).status_code == 403
        assert (await bare.post(PREVIEW, json=wanted())).status_code == 401


async def test_it_ends_early_and_says_up_to_when(log: MemoryEventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    start = await fill(log, 40)
    monkeypatch.setattr("libs.eventlog.accept_order._RECORDS_AT_ONCE", 4)
    definition = PreviewIn.model_validate(wanted()).definition()

    async def ended_by(*, is_abandoned: bool = False, **bounds: Any) -> dict[str, Any]:
        async def abandoned() -> bool:
            return is_abandoned

        runs = Previews(log, 5_000, PreviewBounds(**bounds))
        span = Span(start, start + HOUR_MS)
        return await runs.run("acme", definition, span, limit=50, is_abandoned=abandoned)

    for found in (
        await ended_by(records=20),
        await ended_by(time_s=0),
        await ended_by(is_abandoned=True),
    ):
        assert found["truncated"] is True
        assert found["scannedTo"] < start + 40_000
        done_by_then = (found["scannedTo"] - start - 5_000) // 1_000
        assert abs(found["total"]["completed"] - max(0, done_by_then)) <= 1
    assert (await ended_by())["truncated"] is False
    definition = PreviewIn.model_validate(wanted(events=[{"name": "CREATE"}, {"name": "SHIP"}])).definition()
    found = await ended_by(open_matches=5)
    assert (found["truncated"], found["total"]["total"]) == (True, 0)
    assert 5 <= found["open"] < 15


async def test_two_run_at_a_time(
    client: httpx.AsyncClient, log: MemoryEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(log, 3)
    going = asyncio.Event()
    offsets_at = log.offsets_at
    waiting = 0

    async def slow(*given: Any) -> Any:
        nonlocal waiting
        waiting += 1
        await going.wait()
        return await offsets_at(*given)

    monkeypatch.setattr(log, "offsets_at", slow)
    running = [asyncio.create_task(client.post(PREVIEW, json=wanted())) for _ in range(2)]
    await eventually(lambda: waiting == 2)
    refused = await client.post(PREVIEW, json=wanted())
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert int(refused.headers["retry-after"]) > 0
    going.set()
    assert [(await one).status_code for one in running] == [200, 200]
    assert (await client.post(PREVIEW, json=wanted())).status_code == 200


async def test_a_log_that_is_away_is_a_503(client: httpx.AsyncClient, log: MemoryEventLog) -> None:
    log.broker.available = False
    assert (await client.post(PREVIEW, json=wanted())).status_code == 503


async def test_it_ends_when_the_client_has_gone(
    settings: MonitoringSettings, log: MemoryEventLog, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(log, 300)
    monkeypatch.setattr("libs.eventlog.accept_order._RECORDS_AT_ONCE", 1)
    polls = 0
    gone, over = threading.Event(), threading.Event()
    take, content = AcceptOrder.take, Preview.content

    def held(self: AcceptOrder[Any], *given: Any) -> Any:
        nonlocal polls
        polls += 1
        if polls > 3:
            gone.wait()
        return take(self, *given)

    def noted(self: Preview, *given: Any, **bounds: Any) -> Any:
        over.set()
        return content(self, *given, **bounds)

    monkeypatch.setattr(AcceptOrder, "take", held)
    monkeypatch.setattr(Preview, "content", noted)
    async with listening(create_service_app(SERVICE, settings, log=log)) as url:
        try:
            async with httpx.AsyncClient(base_url=url, headers=callers.user()) as client:
                asking = asyncio.create_task(client.post(PREVIEW, json=wanted()))
                await eventually(lambda: polls > 3)
                asking.cancel()
        finally:
            gone.set()
        await eventually(over.is_set)
    assert polls < 300
