"""Row-level security keeps tenants' metrics apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from services.metrics.definitions import store
from services.metrics.definitions.store import QUERIES
from tests.support.callers import Callers
from tests.support.metrics.definitions import body, create_metric
from tests.support.metrics.over_http import METRICS_URL
from tests.support.metrics.series import SeriesWorld
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen
from tests.support.unfiltered import unfiltered

TABLES = ("definitions", "series", "editions", "runs")


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_id_finds_nothing_on_any_route(
    client: httpx.AsyncClient,
    callers: Callers,
    series: SeriesWorld,
    monkeypatch: pytest.MonkeyPatch,
    filtered: bool,
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(QUERIES))
    metric_id = await create_metric(client)
    url, other = f"{METRICS_URL}/{metric_id}", callers.user("admin", "other")
    before = (await client.get(url)).json()
    answers = [
        await client.get(url, headers=other),
        await client.put(METRICS_URL, json={"id": metric_id, "windowDays": 7}, headers=other),
        await client.delete(METRICS_URL, params={"id": metric_id}, headers=other),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert (await client.get(METRICS_URL, headers=other)).json()["data"] == []
    assert (await client.post(METRICS_URL, json=body(), headers=other)).status_code == 201
    assert (await client.get(url)).json() == before
    for table in TABLES:
        await assert_only_own_rows_are_seen(series.requests, f"metrics.{table}", "acme")
        await assert_forced_and_led_by_the_tenant(series.projector, f"metrics.{table}")


@pytest.mark.parametrize("table", ["series", "editions"])
async def test_requests_end_what_the_sweeper_removes(series: SeriesWorld, table: str) -> None:
    async with series.requests.tenant_transaction("acme") as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(f"DELETE FROM metrics.{table}")
