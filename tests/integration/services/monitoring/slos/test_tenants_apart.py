"""Row-level security keeps tenants' objectives apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.monitoring.slos import store
from services.monitoring.slos.store import QUERIES
from tests.support.callers import Callers
from tests.support.monitoring.defining import URL, body, create
from tests.support.monitoring.objectives import SLOS, SLOS_URL, create_slo, objective
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen
from tests.support.unfiltered import unfiltered


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_id_finds_nothing_on_any_route(
    client: httpx.AsyncClient,
    callers: Callers,
    request_db: Database,
    projector_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    filtered: bool,
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(QUERIES))
    await create(client)
    slo_id = await create_slo(client)
    before = await SLOS.get(client, slo_id)
    other = callers.user("admin", "other")
    url = f"{SLOS_URL}/{slo_id}"
    answers = [
        await client.get(url, headers=other),
        await client.patch(url, json={"target": 0.5}, headers=other),
        await client.delete(url, headers=other),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert (await client.get(SLOS_URL, headers=other)).json()["data"] == {"slos": [], "totalSlos": 0}
    assert (await client.post(SLOS_URL, json=objective(), headers=other)).status_code == 422
    await client.post(URL, json=body(), headers=other)
    assert (await client.post(SLOS_URL, json=objective(), headers=other)).status_code == 201
    assert await SLOS.get(client, slo_id) == before
    await assert_only_own_rows_are_seen(request_db, "slos", "acme")
    await assert_forced_and_led_by_the_tenant(projector_db, "monitoring.slos")
