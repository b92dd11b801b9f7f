"""Alert rules over HTTP: defaults, changes with entity tags, snoozes, lists, refusals, history, objectives' rules."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.contracts.times import format_ms
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.alerts import rules
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.callers import Callers
from tests.support.monitoring.alerts import Alerts
from tests.support.monitoring.collections import (
    assert_refused_by_their_fields,
    assert_viewers_read_and_editors_write,
)
from tests.support.monitoring.defining import create, delete
from tests.support.monitoring.objectives import SLOS_URL, create_slo
from tests.support.monitoring.rules import RULES, RULES_URL, create_rule, rule_body
from tests.support.serving import serving

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"interactionName": "Nothing"}, "interactionName"),
    ({"metric": "latency"}, "metric"),
    ({"metric": "burnRate"}, "metric"),
    ({"operator": "EQUALS"}, "operator"),
    ({"threshold": "0.1"}, "threshold"),
    ({"threshold": True}, "threshold"),
    ({"threshold": 1.5}, "threshold"),
    ({"threshold": -1}, "threshold"),
    ({"windowMinutes": 0}, "windowMinutes"),
    ({"windowMinutes": 1_441}, "windowMinutes"),
    ({"windowMinutes": 5.5}, "windowMinutes"),
    ({"forSeconds": -1}, "forSeconds"),
    ({"forSeconds": 86_401}, "forSeconds"),
    ({"minEvents": -1}, "minEvents"),
    ({"severity": "fatal"}, "severity"),
    ({"notifyNoData": "yes"}, "notifyNoData"),
    ({"enabled": 1}, "enabled"),
    ({"webhookIds": ["x"]}, "webhookIds[0]"),
    ({"webhookIds": [str(uuid.UUID(int=1))]}, "webhookIds[0]"),
    ({"webhookIds": [str(uuid.UUID(int=1))] * 2}, "webhookIds"),
    ({"webhookIds": [str(uuid.UUID(int=number)) for number in range(11)]}, "webhookIds"),
    ({"treshold": 0.1}, "treshold"),
]


async def test_a_rule_has_defaults_and_no_data_at_first(client: httpx.AsyncClient) -> None:
    await create(client)
    made = await client.post(RULES_URL, json=rule_body(operator="greater_than", windowMinutes=5.0, severity=None))
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    rule = await RULES.get(client, made.json()["data"]["id"])
    assert {**rule_body(), **rule} == rule
    assert {name: rule[name] for name in ("kind", "windowMinutes", "forSeconds", "minEvents", "severity")} == {
        "kind": "metric",
        "windowMinutes": 5,
        "forSeconds": 0,
        "minEvents": 1,
        "severity": "warning",
    }
    assert (rule["notifyNoData"], rule["enabled"], rule["webhookIds"], rule["sloId"]) == (False, True, [], None)
    assert (rule["state"], rule["underlyingState"], rule["incidentId"]) == ("NO_DATA", "NO_DATA", None)
    assert (rule["snoozedUntil"], rule["value"]) == (None, None)


async def test_a_change_is_meant_for_a_version(client: httpx.AsyncClient) -> None:
    await create(client)
    url = f"{RULES_URL}/{await create_rule(client)}"
    unchanged = await client.patch(url, json={"threshold": 0.05, "name": None, "interactionName": "Checkout"})
    assert (unchanged.status_code, unchanged.headers["etag"]) == (200, '"1"')
    changed = await client.patch(url, json={"threshold": 0.1, "metric": "apdex"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    for answer in (
        await client.patch(url, json={"threshold": 0.2}, headers={"if-match": '"1"'}),
        await client.delete(url, headers={"if-match": '"1"'}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    assert (await client.delete(url, headers={"if-match": '"2"'})).status_code == 204
    for answer in (await client.get(url), await client.get(f"{url}/history"), await client.delete(f"{url}/snooze")):
        assert answer.status_code == 404


async def test_a_repeat_with_the_same_key_creates_nothing(client: httpx.AsyncClient) -> None:
    await create(client)
    headers = {"idempotency-key": "once"}
    first, again = [await client.post(RULES_URL, json=rule_body(), headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert (await RULES.names(client))[1] == 1


async def test_a_name_is_taken_once_and_lists_are_by_name_and_filtered(client: httpx.AsyncClient) -> None:
    await create(client)
    await create(client, "Login")
    for name, interaction in (("b", "Checkout"), ("a", "Login"), ("B", "Login")):
        await create_rule(client, name, interactionName=interaction)
    taken = await client.post(RULES_URL, json=rule_body("a"))
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "CONFLICT")
    rule_id = await create_rule(client, "c")
    assert (await client.patch(f"{RULES_URL}/{rule_id}", json={"name": "a"})).status_code == 409
    await client.put(f"{RULES_URL}/{rule_id}/snooze", json={"minutes": 5})
    assert await RULES.names(client) == (["B", "a", "b", "c"], 4)
    assert await RULES.names(client, page=1, size=2) == (["b", "c"], 4)
    assert await RULES.names(client, interactionName="Login") == (["B", "a"], 2)
    assert await RULES.names(client, state="snoozed") == (["c"], 1)
    assert await RULES.names(client, state="NO_DATA", interactionName="Checkout") == (["b"], 1)
    assert (await client.get(RULES_URL, params={"state": "asleep"})).status_code == 422


async def test_a_snooze_shows_until_it_ends(client: httpx.AsyncClient) -> None:
    await create(client)
    rule_id = await create_rule(client)
    url = f"{RULES_URL}/{rule_id}/snooze"
    now_ms = time.time_ns() // 1_000_000
    shown = (await client.put(url, json={"minutes": 60})).json()["data"]
    assert (shown["state"], shown["underlyingState"], shown["version"]) == ("SNOOZED", "NO_DATA", 1)
    assert 0 <= shown["snoozedUntil"] - now_ms - 3_600_000 < 60_000
    for until in (now_ms + 120_000, format_ms(now_ms + 120_000)):
        assert (await client.put(url, json={"until": until})).json()["data"]["snoozedUntil"] == now_ms + 120_000
    for _ in range(2):
        assert (await client.delete(url)).status_code == 204
    assert (await RULES.get(client, rule_id))["state"] == "NO_DATA"
    for body in (
        {},
        {"minutes": 0},
        {"minutes": 525_601},
        {"minutes": 5, "until": now_ms + 1_000},
        {"until": now_ms - 1},
        {"until": now_ms + 366 * 86_400_000},
        {"until": "soon"},
        {"until": True},
        {"until": 1.5},
    ):
        refused = await client.put(url, json=body)
        assert refused.status_code == 422, body
        assert refused.json()["error"]["cause"].split(":")[0] in {"minutes", "until"}


async def test_what_cannot_be_is_named(client: httpx.AsyncClient) -> None:
    await create(client)
    rule_id = await create_rule(client, "there")
    await assert_refused_by_their_fields(client, RULES, rule_id, rule_body, REFUSED)
    assert await RULES.names(client) == (["there"], 1)


async def test_there_may_be_so_many_and_no_more(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_RULES", 1)
    await create(client)
    await create_slo(client)
    await create_rule(client, "one")
    assert (await client.post(RULES_URL, json=rule_body("two"))).status_code == 409


async def test_an_objectives_rules_are_made_changed_and_removed_with_it(client: httpx.AsyncClient) -> None:
    await create(client)
    burning = {"longMinutes": 60, "shortMinutes": 5, "factor": 14.4, "severity": "critical"}
    slow = {"longMinutes": 360, "shortMinutes": 30, "factor": 6}
    slo_id = await create_slo(client, "Checkout", burnRules=[burning, slow])

    async def shown() -> dict[str, dict[str, Any]]:
        answer = await client.get(RULES_URL, params={"sloId": slo_id})
        return {rule["name"]: rule for rule in answer.json()["data"]["alertRules"]}

    before = await shown()
    rule = before["Checkout: 14.4 x over 60 and 5 min"]
    assert list(before) == [rule["name"], "Checkout: 6 x over 360 and 30 min"]
    assert {name: rule[name] for name in ("kind", "sloId", "metric", "operator", "threshold", "windowMinutes")} == {
        "kind": "burnRate",
        "sloId": slo_id,
        "metric": "burnRate",
        "operator": "GREATER_THAN",
        "threshold": 14.4,
        "windowMinutes": 60,
    }
    assert (rule["shortMinutes"], rule["severity"], rule["minEvents"]) == (5, "critical", 10)
    url = f"{RULES_URL}/{rule['id']}"
    assert (await client.patch(url, json={"threshold": 1})).status_code == 409
    assert (await client.delete(url)).status_code == 409
    assert (await client.put(f"{url}/snooze", json={"minutes": 1})).status_code == 200

    await client.patch(f"{SLOS_URL}/{slo_id}", json={"name": "Pay", "burnRules": [burning, {**slow, "factor": 5}]})
    after = await shown()
    assert list(after) == ["Pay: 14.4 x over 60 and 5 min", "Pay: 5 x over 360 and 30 min"]
    kept = after["Pay: 14.4 x over 60 and 5 min"]
    assert (kept["id"], kept["version"], kept["state"]) == (rule["id"], 2, "SNOOZED")
    assert (await client.delete(f"{SLOS_URL}/{slo_id}")).status_code == 204
    assert await RULES.names(client) == ([], 0)


async def test_history_comes_in_pages_newest_first(
    alerts: Alerts, settings: MonitoringSettings, log: MemoryEventLog, callers: Callers
) -> None:
    rule_id = await alerts.create()
    await alerts.count(errored=1)
    for ago in (0, 130, 0, 130, 0):
        await alerts.decide(timedelta(seconds=ago))
        await alerts.evaluate()
    async with serving(create_service_app(SERVICE, settings, log=log), headers=callers.user()) as client:
        url = f"{RULES_URL}/{rule_id}/history"
        whole = (await client.get(url)).json()["data"]
        assert [(one["from"], one["to"], one["reason"]) for one in whole["history"]] == [
            ("NO_DATA", "FIRING", None),
            ("FIRING", "NO_DATA", "stale"),
        ] * 2 + [("NO_DATA", "FIRING", None)]
        rule = await RULES.get(client, str(rule_id))
        assert {one["incidentId"] for one in whole["history"]} == {rule["incidentId"]}
        assert rule["incidentStartedAt"] == whole["history"][-1]["at"] < rule["since"]
        assert all(one["asOf"] <= one["at"] for one in whole["history"])
        paged, params = [], {"limit": 2}
        while True:
            page = (await client.get(url, params=params)).json()["data"]
            paged += page["history"]
            if page["nextCursor"] is None:
                break
            params["cursor"] = page["nextCursor"]
        assert paged == whole["history"]
        assert (await client.get(url, params={"cursor": "x"})).status_code == 422


async def test_rules_end_with_their_critical_interaction(client: httpx.AsyncClient) -> None:
    await create(client)
    await create(client, "Login")
    await create_rule(client, "gone")
    await create_slo(client)
    await create_rule(client, "stays", interactionName="Login")
    await delete(client)
    assert await RULES.names(client) == (["stays"], 1)


async def test_any_credential_may_read_and_editors_may_write(client: httpx.AsyncClient, callers: Callers) -> None:
    await create(client)
    await assert_viewers_read_and_editors_write(
        client,
        callers,
        RULES,
        rule_body(),
        change={"threshold": 0.5},
        reads=["/history"],
        writes=[("PUT", "/snooze", {"minutes": 1})],
    )
