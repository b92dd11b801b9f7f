"""The surroundings of a service that keeps objects: its migrated schema, its two roles, a log in memory, and what
every tenant table of it must refuse.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import pytest

from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.pg.roles import projector_role, request_role
from tests.support.postgres import TestServer


@dataclass(frozen=True, slots=True)
class Schema:
    """A service's schema and what makes it. The tests of a service say theirs in a fixture `service_schema`."""

    service: str
    setup: Callable[[str], Awaitable[None]]


@pytest.fixture
async def service_url(postgres_server: TestServer, service_schema: Schema) -> AsyncIterator[str]:
    """The URL of a database with the service's schema and nothing in it."""
    template = await postgres_server.template(service_schema.service, service_schema.setup)
    async with postgres_server.database(template=template) as url:
        yield url


@pytest.fixture
async def projector_db(service_url: str, service_schema: Schema) -> AsyncIterator[Database]:
    """The database as the service's projector role."""
    async with await _connected(service_url, service_schema, projector_role(service_schema.service)) as db:
        yield db


@pytest.fixture
async def request_db(service_url: str, service_schema: Schema) -> AsyncIterator[Database]:
    """The database as the service's request role."""
    async with await _connected(service_url, service_schema, request_role(service_schema.service)) as db:
        yield db


async def _connected(url: str, schema: Schema, role: str) -> Database:
    return await Database.connect(url, role=role, application_name="test", search_path=(schema.service,))


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
