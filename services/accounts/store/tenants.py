"""Reads and writes of tenants; operator and set-up work, under the projector role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

from libs.contracts import credentials
from libs.contracts.times import from_ms
from libs.objects.kinds import OnLog
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.accounts.model import Tenant

QUERIES = SqlFile.load(Path(__file__).with_name("tenants.sql"))


async def insert_tenant(conn: Connection, tenant_id: str, *, at: datetime) -> Tenant | None:
    """Insert a tenant and return it; None when there is one of that id."""
    row = await conn.fetchrow(QUERIES.insert_tenant, tenant_id, at)
    return None if row is None else _tenant(row)


async def get_tenant(conn: Connection, tenant_id: str) -> Tenant | None:
    """Return the tenant."""
    row = await conn.fetchrow(QUERIES.get_tenant, tenant_id)
    return None if row is None else _tenant(row)


async def count_active_tenants(conn: Connection, *, limit: int) -> int:
    """Return how many tenants are active; `limit` stands for more."""
    count: int = await conn.fetchval(QUERIES.count_active_tenants, limit)
    return count


async def lock_tenant(conn: Connection, tenant: Tenant) -> Tenant | None:
    """Hold the tenant against other writers until the transaction ends, and return it as it is now."""
    row = await conn.fetchrow(QUERIES.lock_tenant, tenant.tenant_id)
    return None if row is None else _tenant(row)


async def every_tenant(conn: Connection) -> AsyncIterator[Tenant]:
    """Yield all tenants, by id, by a cursor in the caller's transaction."""
    async for row in conn.cursor(QUERIES.every_tenant):
        yield _tenant(row)


async def take_up_tenants(conn: Connection, found: Sequence[OnLog[credentials.Tenant]]) -> int:
    """Make tenants as records have them, where there is none or an older version; return how many."""
    rows = [(one.record.tenant_id, one.record.status, one.record.version, from_ms(one.timestamp_ms)) for one in found]
    return len(await conn.fetch(QUERIES.take_up_tenants, *as_columns(rows)))


def _tenant(row: Row) -> Tenant:
    return Tenant(**dict(row))
