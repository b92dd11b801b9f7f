"""Row-level security keeps tenants apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import asyncpg
import pytest

from libs.contracts.events import SYSTEM
from libs.pg.database import Database
from libs.pg.sql_files import prepare_all
from services.catalog.changes import Changes
from services.catalog.store import QUERIES

TABLES = ("items", "idempotency_receipts")


@pytest.fixture
async def two_tenants(projector_db: Database) -> None:
    """The starter set for two tenants."""
    async with projector_db.transaction() as conn:
        for tenant_id in ("acme", "other"):
            await Changes().ensure_starter_set(conn, tenant_id, SYSTEM)


async def test_every_statement_fits_the_schema(projector_db: Database) -> None:
    async with projector_db.acquire() as conn:
        assert await prepare_all(conn, [QUERIES]) == len(QUERIES)


@pytest.mark.usefixtures("two_tenants")
async def test_without_the_filter_only_ones_own_rows_are_seen(request_db: Database) -> None:
    async with request_db.tenant_transaction("acme") as conn:
        seen = await conn.fetch("SELECT DISTINCT tenant_id FROM items")
        changed = await conn.execute("UPDATE items SET title = 'x' WHERE tenant_id = 'other'")

    assert [row["tenant_id"] for row in seen] == ["acme"]
    assert changed == "UPDATE 0"


@pytest.mark.usefixtures("two_tenants")
async def test_without_a_tenant_nothing_is_seen(request_db: Database) -> None:
    async with request_db.transaction() as conn:
        assert await conn.fetchval("SELECT count(*) FROM items") == 0


@pytest.mark.usefixtures("two_tenants")
async def test_a_row_of_another_tenant_cannot_be_written(request_db: Database) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with request_db.tenant_transaction("acme") as conn:
            await conn.execute("UPDATE items SET tenant_id = 'other'")


async def test_requests_can_neither_delete_items_nor_read_the_outbox(request_db: Database) -> None:
    for statement in ("DELETE FROM items", "SELECT value FROM outbox", "UPDATE outbox SET value = NULL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with request_db.tenant_transaction("acme") as conn:
                await conn.execute(statement)


@pytest.mark.parametrize("table", TABLES)
async def test_security_is_forced_and_the_tenant_leads_the_key(projector_db: Database, table: str) -> None:
    async with projector_db.transaction() as conn:
        forced = await conn.fetchval(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::regclass", f"catalog.{table}"
        )
        leading = await conn.fetchval(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
            " WHERE i.indrelid = $1::regclass AND i.indisprimary",
            f"catalog.{table}",
        )

    assert forced
    assert leading == "tenant_id"
