"""Row-level security keeps tenants' alert rules apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.monitoring.alerts import store
from services.monitoring.alerts.store import QUERIES
from tests.support.callers import Callers
from tests.support.monitoring.defining import URL, body, create
from tests.support.monitoring.rules import RULES, RULES_URL, create_rule, rule_body
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen, assert_refused
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
    rule_id = await create_rule(client, enabled=False)
    before = await RULES.get(client, rule_id)
    other = callers.user("admin", "other")
    url = f"{RULES_URL}/{rule_id}"
    answers = [
        await client.get(url, headers=other),
        await client.get(f"{url}/history", headers=other),
        await client.patch(url, json={"threshold": 0.5}, headers=other),
        await client.put(f"{url}/snooze", json={"minutes": 1}, headers=other),
        await client.delete(f"{url}/snooze", headers=other),
        await client.delete(url, headers=other),
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    listed = await client.get(RULES_URL, headers=other)
    assert listed.json()["data"] == {"alertRules": [], "totalAlertRules": 0}
    assert (await client.post(RULES_URL, json=rule_body(), headers=other)).status_code == 422
    await client.post(URL, json=body(), headers=other)
    assert (await client.post(RULES_URL, json=rule_body(), headers=other)).status_code == 201
    assert await RULES.get(client, rule_id) == before
    await assert_only_own_rows_are_seen(request_db, "alert_rules", "acme")
    await assert_refused(request_db, "UPDATE alert_history SET number = 0", "acme")
    for table in ("alert_rules", "alert_history"):
        await assert_forced_and_led_by_the_tenant(projector_db, f"monitoring.{table}")
