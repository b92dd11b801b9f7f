"""Row-level security keeps webhooks and deliveries of tenants apart, also where a statement forgets the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.monitoring.webhooks import store
from services.monitoring.webhooks.store import QUERIES
from tests.support.callers import Callers
from tests.support.monitoring.webhooks import URL, create_webhook, send_test
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen
from tests.support.unfiltered import unfiltered
from tests.support.webhooks import receiving

TABLES = ("webhooks", "webhook_deliveries")


@pytest.mark.parametrize("table", TABLES)
async def test_security_is_forced_and_the_tenant_leads_the_key(projector_db: Database, table: str) -> None:
    await assert_forced_and_led_by_the_tenant(projector_db, f"monitoring.{table}")


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_webhook_is_found_on_no_route(
    client: httpx.AsyncClient,
    callers: Callers,
    request_db: Database,
    monkeypatch: pytest.MonkeyPatch,
    filtered: bool,
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(QUERIES))
    other = callers.user("admin", "other")
    async with receiving() as receiver:
        made = await create_webhook(client, receiver.url)
        await send_test(client, made["id"])
        theirs = (await client.post(URL, json={"url": receiver.url}, headers=other)).json()["data"]
        await client.post(f"{URL}/{theirs['id']}/test", headers=other)
    url = f"{URL}/{made['id']}"
    answers = [
        await client.request(method, f"{url}{path}", json={"enabled": False}, headers=other)
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/test"),
            ("POST", "/rotate-secret"),
            ("GET", "/deliveries"),
        )
    ]
    listed = (await client.get(URL, headers=other)).json()["data"]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert [one["id"] for one in listed["webhooks"]] == [theirs["id"]]
    assert (await client.get(url)).json()["data"]["enabled"] is True
    for table in TABLES:
        await assert_only_own_rows_are_seen(request_db, table, "acme")
