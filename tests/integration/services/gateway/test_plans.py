"""How PostgreSQL runs the statements of requests, for the role that they have: a group may be of very many tenants."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from libs.contracts.paths import GATEWAY
from libs.pg.database import Connection, connect_once
from libs.pg.roles import request_role
from services.gateway.events.receipts import sql as events_sql
from services.gateway.numbering.statements import sql

# Few receipts of each of many tenants: as far as statistics tell, those of a group's tenants are cheaply read whole.
_ROWS = """
INSERT INTO gateway.receipts (tenant_id, kind, value, item, interaction_id, number, uow_id, created_ms)
SELECT 'tenant-' || n % 1000, 'key', 'key-' || n, 0, gen_random_uuid(), n, '', 0 FROM generate_series(1, 20000) AS n;
INSERT INTO gateway.event_receipts (tenant_id, key, body_hash, accepted_ms, actor_id, actor_type)
SELECT 'tenant-' || n % 1000, 'key-' || n, '', 0, '', '' FROM generate_series(1, 20000) AS n;
ANALYZE gateway.receipts, gateway.event_receipts;
"""
_PARAMETER = re.compile(r"\$(\d+)")


@pytest.fixture
async def requests(service_url: str) -> AsyncIterator[Connection]:
    """A connection as requests have it, planning once for all values as prepared statements come to be."""
    conn = await connect_once(service_url, application_name="test")
    try:
        await conn.execute(f"{_ROWS} SET ROLE {request_role(GATEWAY)}; SET plan_cache_mode = force_generic_plan")
        await conn.execute("SET waymark.tenant_ids = 'tenant-1,tenant-2'")
        yield conn
    finally:
        await conn.close()


async def plan_of(conn: Connection, statement: str) -> str:
    values = ", ".join(["NULL"] * max(int(number) for number in _PARAMETER.findall(statement)))
    await conn.execute(f"PREPARE planned AS {statement}")
    lines = await conn.fetch(f"EXPLAIN (COSTS OFF) EXECUTE planned({values})")
    await conn.execute("DEALLOCATE planned")
    return "\n".join(line[0] for line in lines)


async def test_the_tenants_of_a_group_are_worked_out_once_and_keys_find_the_rows(requests: Connection) -> None:
    whole_key = {
        sql.find_receipts: "tenant_id = s.tenant_id) AND (kind = s.kind) AND (value = s.value",
        sql.mark_receipts: "tenant_id = m.tenant_id) AND (kind = m.kind) AND (value = m.value) AND (item = m.item",
        sql.free_receipts: "tenant_id = m.tenant_id) AND (kind = m.kind) AND (value = m.value) AND (item = m.item",
        events_sql.find_receipt: "tenant_id = $1) AND (key = $2",
    }
    for statement, key in whole_key.items():
        plan = await plan_of(requests, statement)
        assert f"Index Cond: (({key}))" in plan, plan
        assert "hashed SubPlan" in plan, plan
        assert "current_setting" not in plan, plan


async def test_no_group_statement_looks_its_tenants_up_row_by_row(requests: Connection) -> None:
    for statement in (sql.allocate, sql.allocate_and_reserve, sql.settle_reservations, sql.write_receipts):
        plan = await plan_of(requests, statement)
        assert "SubPlan" in plan, plan
        assert "current_setting" not in plan, plan
