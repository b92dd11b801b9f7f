"""What changes of a stored definition are refused for, in the shape of the family's errors."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from libs.contracts.times import format_ms
from services.monitoring.definitions import rules
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.defining import URL, body, create, delete, get, patch


async def test_every_field_at_fault_is_in_the_cause(client: httpx.AsyncClient) -> None:
    sent = body(
        name="preview", thresholdInMs=0, events=[{"name": "A"}, {"name": "B", "props": [{"vame": "p", "value": "v"}]}]
    )
    answer = await client.post(URL, json=sent)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "VALIDATION_ERROR")
    for place in ("name: ", "thresholdInMs: ", "events[1].props[0].name: is required"):
        assert place in error["cause"]


async def test_a_body_that_is_no_json_is_malformed(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "MALFORMED_BODY")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": "Other"}, "name"),
        ({"uptimeLowerLimitInMs": 201}, "uptimeMidLimitInMs"),
        ({"uptimeUpperLimitInMS": 199}, "uptimeUpperLimitInMs"),
        ({"globalBlacklistedEvents": [{"name": "payment.settled"}]}, "globalBlacklistedEvents[0]"),
        ({"events": [{"name": "A", "isBlacklisted": True}]}, "events[0].isBlacklisted"),
    ],
)
async def test_a_change_must_fit_what_stays(client: httpx.AsyncClient, changes: dict[str, Any], place: str) -> None:
    await create(client)
    before = await get(client)
    answer = await client.patch(f"{URL}/Checkout", json=changes)
    assert answer.status_code == 422
    assert answer.json()["error"]["cause"].startswith(f"{place}: ")
    assert await get(client) == before


async def test_only_so_many_versions_judge_beside_the_one_in_force(
    client: httpx.AsyncClient, settings: MonitoringSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_SUPERSEDED", 2)
    outlasts_ms = 100_000 + settings.monitoring_watermark_ms
    await create(client, thresholdInMs=1_000_000)
    await patch(client, thresholdInMs=100_000)
    await patch(client, description="second of those that judge")
    first_end = format_ms((await get(client))["updatedAt"] + outlasts_ms)

    async def refused(**changes: Any) -> str:
        answer = await client.patch(f"{URL}/Checkout", json=changes)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
        message: str = answer.json()["error"]["message"]
        return message

    assert f"possible at {first_end}" in await refused(description="third")
    await patch(client, description="second of those that judge")
    await patch(client, status="STOPPED")
    await patch(client, description="while it is stopped")
    await patch(client, status="RUNNING", thresholdInMs=1, events=[{"name": "A"}])
    for number in range(5):
        await patch(client, description=f"matches of one event are never open: {number}")


async def test_there_are_only_so_many_running_or_not(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_DEFINITIONS", 2)
    for name in ("A", "B"):
        await create(client, name)
        await patch(client, name, status="STOPPED")
    full = await client.post(URL, json=body("C"))
    assert (full.status_code, full.json()["error"]["code"]) == (409, "CONFLICT")
    assert "delete one" in full.json()["error"]["message"]

    await delete(client, "A")
    await create(client, "C")


async def test_only_so_many_run_at_a_time(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_RUNNING", 2)
    for name in ("A", "B"):
        await create(client, name)
    full = await client.post(URL, json=body("C"))
    assert (full.status_code, full.json()["error"]["code"]) == (409, "CONFLICT")

    await patch(client, "A", status="STOPPED")
    await create(client, "C")
    assert (await client.patch(f"{URL}/A", json={"status": "RUNNING"})).status_code == 409
    await patch(client, "C", description="still runs")
    await delete(client, "B")
    await patch(client, "A", status="RUNNING")
