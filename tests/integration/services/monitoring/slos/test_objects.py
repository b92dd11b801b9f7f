"""Service level objectives over HTTP: defaults, changes with entity tags, names, refusals, and their end."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.support.callers import Callers
from tests.support.monitoring.collections import (
    assert_refused_by_their_fields,
    assert_viewers_read_and_editors_write,
)
from tests.support.monitoring.defining import create, delete
from tests.support.monitoring.objectives import SLOS, SLOS_URL, create_slo, objective

RULE = {"longMinutes": 60, "shortMinutes": 5, "factor": 2.5}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"interactionName": "Nothing"}, "interactionName"),
    ({"goodWhen": "POOR"}, "goodWhen"),
    ({"target": 0}, "target"),
    ({"target": 1}, "target"),
    ({"target": "0.9"}, "target"),
    ({"windowMinutes": 4}, "windowMinutes"),
    ({"windowMinutes": 129_601}, "windowMinutes"),
    ({"windowMinutes": 5.5}, "windowMinutes"),
    ({"minEvents": 0}, "minEvents"),
    ({"burnRules": []}, "burnRules"),
    ({"burnRules": [{**RULE, "factor": factor} for factor in range(1, 10)]}, "burnRules"),
    ({"burnRules": [{**RULE, "factor": 0}]}, "burnRules[0].factor"),
    ({"burnRules": [{**RULE, "severity": "fatal"}]}, "burnRules[0].severity"),
    ({"burnRules": [{**RULE, "forSeconds": 86_401}]}, "burnRules[0].forSeconds"),
    ({"burnRules": [RULE, {**RULE, "shortMinutes": 60}]}, "burnRules[1].shortMinutes"),
    ({"burnRules": [{**RULE, "longMinutes": 61}], "windowMinutes": 60}, "burnRules[0].longMinutes"),
    ({"burnRules": [RULE, {**RULE, "factor": 3}, {**RULE, "severity": "warning"}]}, "burnRules[2]"),
    ({"webhookIds": ["x"]}, "webhookIds[0]"),
    ({"webhookIds": [str(uuid.UUID(int=1))]}, "webhookIds[0]"),
    ({"webhookIds": [str(uuid.UUID(int=1))] * 2}, "webhookIds"),
    ({"webhookIds": [str(uuid.UUID(int=number)) for number in range(11)]}, "webhookIds"),
]


def _windows(slo: dict[str, Any]) -> list[tuple[int, int, float]]:
    return [(rule["longMinutes"], rule["shortMinutes"], rule["factor"]) for rule in slo["burnRules"]]


async def test_an_objective_has_defaults_which_scale_with_its_window(client: httpx.AsyncClient) -> None:
    await create(client)
    slo = await SLOS.get(client, await create_slo(client, burnRules=None, webhookIds=None))
    assert {name: slo[name] for name in ("goodWhen", "target", "windowMinutes", "minEvents", "webhookIds")} == {
        "goodWhen": "COMPLETED",
        "target": 0.999,
        "windowMinutes": 40_320,
        "minEvents": 10,
        "webhookIds": [],
    }
    assert (slo["interactionName"], slo["version"]) == ("Checkout", 1)
    assert _windows(slo) == [(56, 5, 14.4), (336, 28, 6), (1_344, 112, 3), (4_032, 336, 1)]
    assert slo["burnRules"][3] == {
        "longMinutes": 4_032,
        "shortMinutes": 336,
        "factor": 1,
        "severity": "warning",
        "forSeconds": 0,
    }


async def test_rules_of_ones_own_stay_and_the_defaults_follow_the_window(client: httpx.AsyncClient) -> None:
    await create(client)
    url = f"{SLOS_URL}/{await create_slo(client, windowMinutes=60)}"
    shown = (await client.get(url)).json()["data"]
    assert _windows(shown) == [(1, 1, 14.4), (1, 1, 6), (2, 1, 3), (6, 1, 1)]
    for changes, windows in (
        ({"burnRules": shown["burnRules"]}, _windows(shown)),
        ({"windowMinutes": 43_200}, [(60, 5, 14.4), (360, 30, 6), (1_440, 120, 3), (4_320, 360, 1)]),
        ({"burnRules": [RULE]}, [(60, 5, 2.5)]),
        ({"windowMinutes": 120}, [(60, 5, 2.5)]),
        ({"burnRules": None}, [(1, 1, 14.4), (1, 1, 6), (4, 1, 3), (12, 1, 1)]),
    ):
        answer = await client.patch(url, json=changes)
        assert answer.status_code == 200, answer.text
        assert _windows((await client.get(url)).json()["data"]) == windows


async def test_a_change_is_meant_for_a_version(client: httpx.AsyncClient) -> None:
    await create(client)
    made = await client.post(SLOS_URL, json=objective())
    url = f"{SLOS_URL}/{made.json()['data']['id']}"
    assert made.headers["etag"] == '"1"'
    unchanged = await client.patch(url, json={"target": 0.999, "goodWhen": None}, headers={"if-match": '"1"'})
    assert (unchanged.status_code, unchanged.headers["etag"]) == (200, '"1"')
    changed = await client.patch(url, json={"goodWhen": "good", "minEvents": 5.0}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    shown = await client.get(url)
    assert (shown.headers["etag"], shown.json()["data"]["goodWhen"], shown.json()["data"]["minEvents"]) == (
        '"2"',
        "GOOD",
        5,
    )
    for answer in (
        await client.patch(url, json={"minEvents": 6}, headers={"if-match": '"1"'}),
        await client.delete(url, headers={"if-match": '"1"'}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    assert (await client.delete(url, headers={"if-match": '"2"'})).status_code == 204
    assert (await client.get(url)).status_code == 404
    assert await SLOS.names(client) == ([], 0)


async def test_a_repeat_with_the_same_key_creates_nothing(client: httpx.AsyncClient) -> None:
    await create(client)
    first, again = [
        await client.post(SLOS_URL, json=objective(), headers={"idempotency-key": "once"}) for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await SLOS.names(client) == (["Checkout 99.9 %"], 1)


async def test_a_name_is_taken_once_and_lists_are_by_name(client: httpx.AsyncClient) -> None:
    await create(client)
    await create(client, "Login")
    for name, interaction in (("b", "Checkout"), ("a", "Login"), ("B", "Login")):
        await create_slo(client, name, interactionName=interaction)
    taken = await client.post(SLOS_URL, json=objective("a"))
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "CONFLICT")
    slo_id = await create_slo(client, "c")
    assert (await client.patch(f"{SLOS_URL}/{slo_id}", json={"name": "a"})).status_code == 409
    assert await SLOS.names(client) == (["B", "a", "b", "c"], 4)
    assert await SLOS.names(client, page=1, size=2) == (["b", "c"], 4)
    assert await SLOS.names(client, interactionName="Login") == (["B", "a"], 2)


async def test_objectives_end_with_their_critical_interaction(client: httpx.AsyncClient) -> None:
    await create(client)
    await create(client, "Login")
    await create_slo(client, "gone")
    await create_slo(client, "stays", interactionName="Login")
    await delete(client)
    assert await SLOS.names(client) == (["stays"], 1)
    refused = await client.post(SLOS_URL, json=objective())
    assert refused.status_code == 422
    await create(client)
    assert await SLOS.names(client, interactionName="Checkout") == ([], 0)


async def test_what_cannot_be_is_named(client: httpx.AsyncClient) -> None:
    await create(client)
    slo_id = await create_slo(client, "there")
    await assert_refused_by_their_fields(client, SLOS, slo_id, objective, REFUSED)
    assert await SLOS.names(client) == (["there"], 1)


async def test_any_credential_may_read_and_editors_may_write(client: httpx.AsyncClient, callers: Callers) -> None:
    await create(client)
    await assert_viewers_read_and_editors_write(client, callers, SLOS, objective(), change={"target": 0.5})
