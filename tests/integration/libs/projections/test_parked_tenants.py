"""Parked records of a process of an earlier version, which does not say whose they are, get their tenants."""

from __future__ import annotations

import pytest

from libs.pg.database import connect_once
from libs.projections import parked_tenants
from libs.projections.parking import pack_headers
from tests.support.projections import TOPIC, World, expected, opened_world, raw, running, toy
from tests.support.reactors import ActingWorld
from tests.support.waiting import eventually

MODEL, REACTOR = "toys_sums_g1.parked", "toys.echoes_parked"
_AS_BEFORE = """
INSERT INTO {table} (topic, partition, "offset", stage, reason, first_seen, ordinal, value, headers, timestamp_ms)
SELECT $1, 0, "offset", 'decode', 'unreadable', now(), 1, '{{', headers, 1
FROM unnest($2::bigint[], $3::bytea[]) AS p ("offset", headers)
"""


async def park_as_before(world: World, table: str, tenants: list[str | None], *, first: int = 1_000) -> None:
    """Park records of the tenants, the first at the offset `first`, as a process of an earlier version does."""
    offsets = [first + at for at in range(len(tenants))]
    headers = [pack_headers(raw(1, None, tenant=tenant).headers) for tenant in tenants]
    async with world.projector.transaction() as conn:
        await conn.execute(_AS_BEFORE.format(table=table), TOPIC.name, offsets, headers)


async def tenants_of(world: World, table: str) -> list[str | None]:
    async with world.projector.transaction() as conn:
        return [
            row[0] for row in await conn.fetch(f'SELECT tenant_id FROM {table} ORDER BY topic, partition, "offset"')
        ]


async def begun(world: World) -> None:
    """Run the model once, over one good record."""
    await world.append([toy(1)])
    async with running(world.runner()):
        await eventually(world.is_level)


async def test_they_get_them_when_the_projection_starts_however_many_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked_tenants, "_AT_ONCE", 2)
    await begun(world)
    before = ["acme", None, None, None, "other", "acme", "x" * 64]
    await park_as_before(world, MODEL, before)
    async with running(world.runner()):
        await eventually(lambda: _are(world, MODEL, [*before[:-1], None]))
    async with world.request.tenant_transaction("other") as conn:
        assert [row["reason"] for row in await conn.fetch(f"SELECT reason FROM {MODEL}")] == ["unreadable"]


async def test_they_get_them_although_the_projection_is_stopped(world: World) -> None:
    await begun(world)
    await park_as_before(world, MODEL, ["acme"])
    async with world.projector.transaction() as conn:
        await conn.execute("UPDATE projections.generations SET stopped_at = now(), stopped_reason = 'of the test'")
    async with running(world.runner()):
        await eventually(lambda: _are(world, MODEL, ["acme"]))


async def test_they_get_them_when_partitions_change_hands(world: World) -> None:
    await begun(world)
    async with running(world.runner()) as lasting:
        await eventually(lambda: len(lasting.figures.lag) == TOPIC.partitions)
        async with running(world.runner(member="of an earlier version")) as other:
            # Both are past what they look at when they start.
            await eventually(lambda: 0 < len(lasting.figures.lag) < TOPIC.partitions and other.figures.lag)
            await eventually(lambda: len(lasting.figures.lag) + len(other.figures.lag) == TOPIC.partitions)
            await park_as_before(world, MODEL, ["acme"])
        await eventually(lambda: _are(world, MODEL, ["acme"]))


async def test_those_of_a_reactor_get_them(acting_world: ActingWorld) -> None:
    await acting_world.append([toy(1)])
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    await park_as_before(acting_world, REACTOR, ["acme", None])
    async with running(acting_world.reactor()):
        await eventually(lambda: _are(acting_world, REACTOR, ["acme", None]))


async def test_a_table_that_waits_for_setup_stops_nothing(world: World) -> None:
    await begun(world)
    await world.append([toy(2)])
    async with opened_world(world.url, world.log) as after:
        owner = await connect_once(world.url, application_name="test")
        try:
            await owner.execute(
                f"DROP POLICY own_tenant ON {MODEL}; DROP POLICY all_tenants ON {MODEL};"
                f"ALTER TABLE {MODEL} DISABLE ROW LEVEL SECURITY; ALTER TABLE {MODEL} DROP COLUMN tenant_id"
            )
        finally:
            await owner.close()
        async with running(after.runner()):
            await eventually(after.is_level)
        assert await after.view() == expected([toy(1), toy(2)])


async def _are(world: World, table: str, tenants: list[str | None]) -> bool:
    return await tenants_of(world, table) == tenants
