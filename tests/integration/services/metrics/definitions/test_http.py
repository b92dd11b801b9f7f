"""Definitions over HTTP: answers are whole, lists go on, writes happen once, and what cannot be is named."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from libs.contracts.metric_values import metric_text
from libs.contracts.times import parse_time
from libs.httpkit.positions import AS_OF_HEADER, POSITION_HEADER
from tests.support.callers import Callers
from tests.support.metrics.definitions import Definitions, body, create_metric
from tests.support.metrics.over_http import METRICS_URL
from tests.support.metrics.rules import KINDS, Rules
from tests.support.metrics.series import SeriesWorld

WHOLE: dict[str, Any] = {
    "name": "purchases",
    "description": None,
    "aggregateFunction": "count",
    "sourceField": "purchase",
    "windowDays": 30,
    "groupByDimensions": [],
    "filterConditions": None,
    "sqlFilter": None,
    "computeMode": "batch",
    "batchIntervalMin": 60,
    "status": "active",
    "version": 1,
    "createdBy": "acme-editor",
    "updatedBy": "acme-editor",
    "lastComputedAt": None,
    "skipped": {"notNumeric": 0},
    "state": {
        "phase": "waiting",
        "progress": 0,
        "recordsRead": 0,
        "recordsTotal": 0,
        "servingVersion": None,
        "coveredFrom": None,
        "error": None,
    },
    "_count": {"values": 0},
}
TIMES = ("createdAt", "updatedAt", "nextComputeAt")

pytestmark = pytest.mark.usefixtures("series")


async def test_a_metric_is_always_shown_whole(client: httpx.AsyncClient) -> None:
    made = await client.post(METRICS_URL, json=body(), headers={"x-tenant-id": "acme"})
    assert made.status_code == 201, made.text
    assert made.json() == WHOLE | {name: made.json()[name] for name in ("id", *TIMES)}
    assert all(parse_time(made.json()[name]).tzinfo for name in TIMES)
    metric_id, position = made.json()["id"], made.headers[POSITION_HEADER]
    shown = await client.get(f"{METRICS_URL}/{metric_id}")
    assert shown.json() == made.json()
    assert shown.headers[AS_OF_HEADER]
    changed = await client.put(METRICS_URL, json={"id": metric_id, "windowDays": None, "status": "paused"})
    assert changed.status_code == 200
    assert changed.json() == made.json() | {
        "windowDays": None,
        "status": "paused",
        "version": 2,
        "updatedAt": changed.json()["updatedAt"],
        "nextComputeAt": None,
    }
    assert changed.headers[POSITION_HEADER] != position
    same = await client.put(METRICS_URL, json={"id": metric_id, "windowDays": None, "name": "purchases"})
    assert (same.json(), POSITION_HEADER in same.headers) == (changed.json(), False)
    assert (await client.get(METRICS_URL)).json() == {
        "data": [changed.json()],
        "total": 1,
        "hasMore": False,
        "nextCursor": None,
    }


async def test_figures_are_those_of_what_is_shown(client: httpx.AsyncClient, series: SeriesWorld) -> None:
    metric = await create_metric(client, aggregateFunction="sum")
    counting = await create_metric(client, "counting")
    shown_now = "state = 'serving', value_count = 7, computed_at = '2026-03-16 02:00Z'"
    async with series.entered() as conn:
        await conn.execute(f"UPDATE metrics.editions SET {shown_now}")
        await conn.execute("UPDATE metrics.definitions SET serving = 1")
        await conn.execute("INSERT INTO skips SELECT tenant_id, id, 3 FROM metrics.series")
    shown = (await client.get(f"{METRICS_URL}/{metric}")).json()
    assert shown["_count"] == {"values": 7}
    assert shown["lastComputedAt"] == "2026-03-16T02:00:00.000Z"
    assert shown["skipped"] == {"notNumeric": 3}
    assert shown["state"]["servingVersion"] == 1
    assert (await client.get(f"{METRICS_URL}/{counting}")).json()["skipped"] == {"notNumeric": 0}
    await client.put(METRICS_URL, json={"id": metric, "aggregateFunction": "avg"})
    changed = (await client.get(f"{METRICS_URL}/{metric}")).json()
    assert (changed["version"], changed["state"]["servingVersion"], changed["_count"]) == (2, 1, {"values": 7})


async def test_lists_are_newest_first_and_go_on_by_the_cursor(client: httpx.AsyncClient) -> None:
    ids = [await create_metric(client, name) for name in "abcde"]
    await client.put(METRICS_URL, json={"id": ids[1], "status": "paused"})
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await client.get(METRICS_URL, params=params)).json()
        seen += [one["name"] for one in page["data"]]
        assert (page["total"], page["hasMore"]) == (5, page["nextCursor"] is not None)
        if not page["hasMore"]:
            break
        params["cursor"] = page["nextCursor"]
    assert seen == list("edcba")
    paused = (await client.get(METRICS_URL, params={"status": "paused"})).json()
    assert ([one["name"] for one in paused["data"]], paused["total"]) == (["b"], 1)
    for wrong in ({"limit": 0}, {"limit": 101}, {"status": "gone"}, {"cursor": "x"}, {"cursor": params["cursor"][:-4]}):
        answer = await client.get(METRICS_URL, params=wrong)
        (detail,) = answer.json()["error"]["details"]
        assert (answer.status_code, detail["field"]) == (422, next(iter(wrong)))


async def test_a_repeat_with_the_same_key_creates_nothing(client: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "once"}
    first, again = [await client.post(METRICS_URL, json=body(), headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), first.headers[POSITION_HEADER]) == (again.json(), again.headers[POSITION_HEADER])
    other = await client.post(METRICS_URL, json=body("other"), headers=headers)
    assert other.status_code == 422
    assert (await client.get(METRICS_URL)).json()["total"] == 1


async def test_what_cannot_be_is_named(client: httpx.AsyncClient) -> None:
    metric = await create_metric(client)
    realtime = {"computeMode": "realtime"}
    for method, sent, status, code, fields in (
        ("POST", {}, 422, "VALIDATION_ERROR", ["name", "aggregateFunction", "sourceField"]),
        ("POST", body("PURCHASES"), 409, "NAME_TAKEN", []),
        ("POST", body("x", aggregateFunction="avg", **realtime), 422, "VALIDATION_ERROR", ["aggregateFunction"]),
        ("POST", body("x", sqlFilter="a >"), 422, "VALIDATION_ERROR", ["sqlFilter"]),
        ("PUT", {"windowDays": 5}, 422, "VALIDATION_ERROR", ["id"]),
        ("PUT", {"id": metric, "status": None}, 422, "VALIDATION_ERROR", ["status"]),
        ("PUT", {"id": metric, "aggregateFunction": "max", **realtime}, 422, "VALIDATION_ERROR", ["aggregateFunction"]),
        ("PUT", {"id": metric.upper()}, 404, "NOT_FOUND", []),
        ("PUT", {"id": f"metric_{'0' * 32}"}, 404, "NOT_FOUND", []),
    ):
        answer = await client.request(method, METRICS_URL, json=sent)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (status, code, status), answer.text
        assert [one["field"] for one in error["details"]] == fields, answer.text
    for params, status in (({}, 422), ({"id": "metric_1"}, 404), ({"id": f"metric_{'0' * 32}"}, 404)):
        assert (await client.delete(METRICS_URL, params=params)).status_code == status
    made = await asyncio.gather(*(client.post(METRICS_URL, json=body(str(number))) for number in range(20)))
    (refused,) = [answer for answer in made if answer.status_code != 201]
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "METRIC_LIMIT_REACHED")
    assert "at most 20 " in refused.json()["error"]["message"]


async def test_a_metric_that_active_rules_refer_to_stays(client: httpx.AsyncClient, definitions: Definitions) -> None:
    metric = await definitions.create()

    references = []
    for kind in KINDS:
        rules = Rules(kind, client, metric.id)
        await rules.create("draft")
        active = await rules.create("active", status="active")
        references.append({"kind": kind.name, "id": active["id"], "name": "active"})
    params = {"id": metric_text(metric.id)}
    refused = await client.delete(METRICS_URL, params=params)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["references"]) == (409, "METRIC_REFERENCED", references)
    for kind, one in zip(KINDS, references, strict=True):
        await Rules(kind, client, metric.id).update(one["id"], status="paused")
    deleted = await client.delete(METRICS_URL, params=params)
    assert (deleted.status_code, deleted.content, POSITION_HEADER in deleted.headers) == (204, b"", True)
    assert (await client.get(f"{METRICS_URL}/{params['id']}")).status_code == 404


async def test_tenants_are_apart_and_viewers_read(client: httpx.AsyncClient, callers: Callers) -> None:
    metric = await create_metric(client)
    client.headers.clear()
    url, change = f"{METRICS_URL}/{metric}", {"id": metric, "windowDays": 7}
    viewer, other = callers.key("viewer"), callers.key("admin", "other")
    for headers, statuses in (
        ({}, [401] * 5),
        (viewer, [200, 200, 403, 403, 403]),
        (viewer | {"x-tenant-id": "acme"}, [200, 200, 403, 403, 403]),
        (callers.key("editor") | {"x-tenant-id": "other"}, [403] * 5),
        (other, [200, 404, 201, 404, 404]),
        (callers.key("editor"), [200, 200, 409, 200, 204]),
    ):
        answers = [
            await client.get(METRICS_URL, headers=headers),
            await client.get(url, headers=headers),
            await client.post(METRICS_URL, json=body(), headers=headers),
            await client.put(METRICS_URL, json=change, headers=headers),
            await client.delete(METRICS_URL, params={"id": metric}, headers=headers),
        ]
        assert [answer.status_code for answer in answers] == statuses, headers
        assert all(answer.json()["error"]["status"] == 403 for answer in answers if answer.status_code == 403)
    assert (await client.get(METRICS_URL, headers=other)).json()["total"] == 1
