"""Row-level security keeps tenants apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from services.monitoring.definitions import store
from services.monitoring.definitions.store import QUERIES
from tests.support.callers import Callers
from tests.support.monitoring.defining import URL, body, create, get
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen, assert_refused
from tests.support.unfiltered import unfiltered

TABLES = ("critical_interactions", "version_revisions", "object_versions", "idempotency_receipts", "schedule")


@pytest.fixture
async def two_tenants(client: httpx.AsyncClient, callers: Callers) -> None:
    """A definition of each of two tenants."""
    await create(client)
    await client.post(URL, json=body(), headers=callers.user(tenant_id="other"))


@pytest.mark.usefixtures("two_tenants")
@pytest.mark.parametrize("table", ["critical_interactions", "version_revisions", "object_versions"])
async def test_without_the_filter_only_ones_own_rows_are_seen(request_db: Database, table: str) -> None:
    await assert_only_own_rows_are_seen(request_db, table, "acme")


@pytest.mark.usefixtures("two_tenants")
async def test_a_row_of_another_tenant_is_not_changed(request_db: Database) -> None:
    async with request_db.tenant_transaction("acme") as conn:
        found = await conn.execute("UPDATE critical_interactions SET name = 'x' WHERE tenant_id = 'other'")
    assert found == "UPDATE 0"


@pytest.mark.usefixtures("two_tenants")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE critical_interactions SET tenant_id = 'other'",
        "DELETE FROM critical_interactions",
        "UPDATE version_revisions SET revision = 0",
        "UPDATE object_versions SET state = NULL",
        "DELETE FROM object_versions",
        "DELETE FROM definition_changes",
        "INSERT INTO definition_changes (singleton, revision) VALUES (false, 1)",
        "SELECT value FROM outbox",
    ],
)
async def test_requests_may_not(request_db: Database, statement: str) -> None:
    await assert_refused(request_db, statement, "acme")


@pytest.mark.parametrize("table", TABLES)
async def test_security_is_forced_and_the_tenant_leads_the_key(projector_db: Database, table: str) -> None:
    await assert_forced_and_led_by_the_tenant(projector_db, f"monitoring.{table}")


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_name_finds_nothing_on_any_route(
    client: httpx.AsyncClient, callers: Callers, monkeypatch: pytest.MonkeyPatch, filtered: bool
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(QUERIES))
    await create(client)
    before = await get(client)
    other = callers.user("admin", "other")
    url = f"{URL}/Checkout"
    answers = [
        await client.get(url, headers=other),
        await client.get(f"{url}/versions", headers=other),
        await client.patch(url, json={"description": "taken"}, headers=other),
        await client.delete(url, headers=other),
    ]
    listed = await client.get(URL, params={"page": 0, "size": 9}, headers=other)
    options = await client.get(f"{URL}/filter-options", headers=other)

    assert [answer.status_code for answer in answers] == [404] * 4
    assert listed.json()["data"] == {"interactions": [], "totalInteractions": 0}
    assert options.json()["data"]["createdBy"] == []
    assert await get(client) == before
    assert (await client.post(URL, json=body(), headers=other)).json() == {"data": {"id": 1}}
