"""Row-level security keeps tenants apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.objects.changes import Changes
from libs.pg.database import Database
from libs.pg.sql_files import prepare_all
from services.catalog import store
from services.catalog.model import KINDS
from services.catalog.rules import ensure_starter_set
from services.catalog.store import QUERIES
from tests.support.catalog import Keys
from tests.support.objects import (
    assert_forced_and_led_by_the_tenant,
    assert_only_own_rows_are_seen,
    assert_refused,
)
from tests.support.unfiltered import unfiltered

TABLES = ("items", "idempotency_receipts")


@pytest.fixture
async def two_tenants(projector_db: Database) -> None:
    """The starter set for two tenants."""
    async with projector_db.transaction() as conn:
        for tenant_id in ("acme", "other"):
            await ensure_starter_set(Changes().begin_by_itself(conn, tenant_id))


async def test_every_statement_fits_the_schema(projector_db: Database) -> None:
    async with projector_db.acquire() as conn:
        assert await prepare_all(conn, [QUERIES]) == len(QUERIES)


@pytest.mark.usefixtures("two_tenants")
async def test_without_the_filter_only_ones_own_rows_are_seen(request_db: Database) -> None:
    await assert_only_own_rows_are_seen(request_db, "items", "acme")


@pytest.mark.usefixtures("two_tenants")
async def test_a_row_of_another_tenant_is_not_changed(request_db: Database) -> None:
    async with request_db.tenant_transaction("acme") as conn:
        assert await conn.execute("UPDATE items SET title = 'x' WHERE tenant_id = 'other'") == "UPDATE 0"


@pytest.mark.usefixtures("two_tenants")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE items SET tenant_id = 'other'",
        "DELETE FROM items",
        "SELECT value FROM outbox",
        "UPDATE outbox SET value = NULL",
    ],
)
async def test_requests_may_not(request_db: Database, statement: str) -> None:
    await assert_refused(request_db, statement, "acme")


@pytest.mark.parametrize("table", TABLES)
async def test_security_is_forced_and_the_tenant_leads_the_key(projector_db: Database, table: str) -> None:
    await assert_forced_and_led_by_the_tenant(projector_db, f"catalog.{table}")


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_id_finds_nothing_on_any_route(
    client: httpx.AsyncClient, keys: Keys, monkeypatch: pytest.MonkeyPatch, filtered: bool
) -> None:
    if not filtered:
        monkeypatch.setattr(store, "QUERIES", unfiltered(QUERIES))
    body = {"title": "Secret", "mnemonic": "SECRET"}
    for kind in KINDS:
        made = (await client.post(kind.path, json=body, headers=keys.headers())).json()
        url = f"{kind.path}/{made[kind.id_field]}"
        answers = [
            await client.get(url, headers=keys.other_headers),
            await client.put(url, json={**body, "title": "Taken"}, headers=keys.other_headers),
            await client.delete(url, headers=keys.other_headers),
        ]
        listed = await client.get(kind.path, params={"archived": "all"}, headers=keys.other_headers)
        paged = await client.get(kind.path, params={"page": 1}, headers=keys.other_headers)

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert listed.json() == []
        assert (paged.json()["data"], paged.json()["pagination"]["total"]) == ([], 0)
        assert (await client.get(url, headers=keys.headers())).json() == made
