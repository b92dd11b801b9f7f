"""The tenants of parked records that a process of an earlier version parked: it did not say whose they are.

Requests see a parked record by its tenant. Whoever owns the table notes it from the record's headers.
"""

from __future__ import annotations

import asyncpg

from libs.contracts.envelope import tenant_of
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Database
from libs.pg.sql_files import interpolate
from libs.projections.consumer import RegisteredConsumer
from libs.projections.parking import unpack_headers
from libs.projections.positions import entered
from libs.projections.registry import PARKING

ParkedPlace = tuple[str, int, int]
"""Topic, partition and offset of a parked record."""

BEFORE_ALL: ParkedPlace = ("", -1, -1)
_AT_ONCE = 500


async def name_tenants(db: Database, consumer: RegisteredConsumer, *, idle_s: float) -> None:
    """Note the tenant of every parked record whose headers name one; `db` has the service's projector role."""
    after: ParkedPlace | None = BEFORE_ALL
    while after is not None:
        try:
            async with entered(db, consumer, idle_s=idle_s) as inside:
                after = await name_some_tenants(inside.conn, inside.tables.parked, after)
        except asyncpg.UndefinedColumnError:
            # Created by a process of an earlier version: setup adds the column.
            return


async def name_some_tenants(conn: Connection, parked: str, after: ParkedPlace) -> ParkedPlace | None:
    """Note tenants in the table `parked`, as `name_tenants` does, of a number of records after a place.

    Returns the last record's place, None when there was none.
    """
    rows = await conn.fetch(interpolate(PARKING.tenantless, parked=parked), *after, _AT_ONCE)
    named = [(*place, tenant) for *place, headers in rows if (tenant := tenant_of(unpack_headers(headers)))]
    if named:
        await conn.execute(interpolate(PARKING.set_tenants, parked=parked), *as_columns(named))
    return tuple(rows[-1])[:3] if rows else None
