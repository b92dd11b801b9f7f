"""The surroundings of a service that keeps objects: its migrated schema, its two roles, a log in memory, and what
every tenant table of it must refuse.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest

from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.pg.roles import projector_role, request_role
from libs.service.service import Service
from libs.service.setup import setup_service
from tests.support.postgres import TestServer
from tests.support.waiting import eventually


def service_under_test(service: Service[Any]) -> Callable[[], Service[Any]]:
    """The fixture that says which service a folder's tests are about; the other fixtures here depend on it."""

    @pytest.fixture(name="service_under_test")
    def declared() -> Service[Any]:
        return service

    return declared


@pytest.fixture
async def service_url(postgres_server: TestServer, service_under_test: Service[Any]) -> AsyncIterator[str]:
    """The URL of a database with the service's schema and nothing in it."""
    setup = partial(setup_service, service_under_test)
    template = await postgres_server.template(service_under_test.name, setup)
    async with postgres_server.database(template=template) as url:
        yield url


@pytest.fixture
async def projector_db(service_url: str, service_under_test: Service[Any]) -> AsyncIterator[Database]:
    """The database as the service's projector role."""
    async with await _connected(service_url, service_under_test, projector_role) as db:
        yield db


@pytest.fixture
async def request_db(service_url: str, service_under_test: Service[Any]) -> AsyncIterator[Database]:
    """The database as the service's request role."""
    async with await _connected(service_url, service_under_test, request_role) as db:
        yield db


async def _connected(url: str, service: Service[Any], role: Callable[[str], str]) -> Database:
    return await Database.connect(url, role=role(service.name), application_name="test", search_path=(service.name,))


@pytest.fixture
async def log() -> MemoryEventLog:
    """A log in memory with all topics."""
    log = MemoryEventLog()
    await log.start()
    await log.ensure_topics(MANIFEST)
    return log


async def assert_forced_and_led_by_the_tenant(db: Database, table: str) -> None:
    """Row-level security of `schema.table` is on for its owner too, and its primary key begins with the tenant."""
    async with db.transaction() as conn:
        forced = await conn.fetchval(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::regclass", table
        )
        leading = await conn.fetchval(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
            " WHERE i.indrelid = $1::regclass AND i.indisprimary",
            table,
        )
    assert forced
    assert leading == "tenant_id"


async def assert_only_own_rows_are_seen(db: Database, table: str, tenant_id: str) -> None:
    """A statement that names no tenant sees the rows of the transaction's tenant, and without one no rows."""
    async with db.tenant_transaction(tenant_id) as conn:
        seen = await conn.fetch(f"SELECT DISTINCT tenant_id FROM {table}")
    async with db.transaction() as conn:
        without = await conn.fetchval(f"SELECT count(*) FROM {table}")
    assert [row["tenant_id"] for row in seen] == [tenant_id]
    assert without == 0


async def assert_refused(db: Database, statement: str, tenant_id: str) -> None:
    """The role may not do this, in its own tenant's name either."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.tenant_transaction(tenant_id) as conn:
            await conn.execute(statement)


async def assert_old_receipts_are_removed(
    db: Database, running: Callable[[], AbstractAsyncContextManager[object]]
) -> None:
    """A running service keeps the one receipt that there is, until it is over a day old."""

    async def count() -> int:
        async with db.transaction() as conn:
            found: int = await conn.fetchval("SELECT count(*) FROM idempotency_receipts")
            return found

    async def age(by: timedelta) -> None:
        async with db.transaction() as conn:
            await conn.execute("UPDATE idempotency_receipts SET created_at = created_at - $1::interval", by)

    async def is_removed() -> bool:
        return await count() == 0

    await age(timedelta(hours=23))
    async with running():
        assert await count() == 1
    await age(timedelta(hours=1))
    async with running():
        await eventually(is_removed)
