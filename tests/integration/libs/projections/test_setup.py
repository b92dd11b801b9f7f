"""Setup over what an earlier version left: tables of the owner's, and parked records that say nobody's name."""

from __future__ import annotations

import secrets
import string

import asyncpg
import pytest

from libs.contracts.envelope import Envelope, encode_headers
from libs.eventlog.port import Record
from libs.pg.database import Connection, connect_once
from libs.pg.roles import projector_role
from libs.projections.rebuild.requests import request_rebuild
from libs.projections.setup import setup_projections
from tests.support.projections import SERVICE, TOPIC, Sums, World, expected, opened_world, running, toy
from tests.support.reactors import ActingWorld, Echoes
from tests.support.waiting import eventually

MODEL, REACTOR = "toys_sums_g1", "toys"
LONG = "".join(secrets.choice(string.printable) for _ in range(20_000))
"""A name that no index takes, however well it is compressed."""


def broken(tenant_id: str) -> Record:
    """A record that names its tenant and cannot be applied."""
    envelope = Envelope(id="1", source="s", type="t", time="2026-01-01T00:00:00Z", tenant_id=tenant_id)
    return Record(TOPIC.name, f"{tenant_id}:key-0", b"{", encode_headers(envelope), 1)


async def as_before(conn: Connection, schema: str, parked: str) -> None:
    """Take the tenant out of a table of parked records and give all that the projector owns there to the owner."""
    await conn.execute(
        f"DROP POLICY all_tenants ON {schema}.{parked}; DROP POLICY own_tenant ON {schema}.{parked};"
        f"ALTER TABLE {schema}.{parked} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {schema}.{parked} DROP COLUMN tenant_id"
    )
    rows = await conn.fetch(
        "SELECT format('%I.%I', relnamespace::regnamespace::text, relname) AS name, relkind FROM pg_class"
        " WHERE relnamespace = $1::regnamespace AND relowner = $2::regrole AND relkind IN ('r', 'S')",
        schema,
        projector_role(SERVICE),
    )
    for name, kind in rows:
        await conn.execute(f"ALTER {'TABLE' if kind == b'r' else 'SEQUENCE'} {name} OWNER TO CURRENT_USER")
    await conn.execute(f"ALTER SCHEMA {schema} OWNER TO CURRENT_USER")


async def owners(conn: Connection, schema: str) -> set[str]:
    rows = await conn.fetch(
        "SELECT DISTINCT relowner::regrole::text AS name FROM pg_class"
        " WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'S')",
        schema,
    )
    return {row["name"] for row in rows}


async def test_a_model_goes_on_as_its_projectors_and_its_parked_records_get_their_tenants(world: World) -> None:
    good = [toy(number) for number in range(20)]
    await world.append([*good, broken("acme"), broken("other"), broken(LONG)])
    async with running(world.runner()):
        await eventually(world.is_level)
    owner = await connect_once(world.url, application_name="test")
    try:
        await as_before(owner, MODEL, "parked")
        for _ in range(2):
            await setup_projections(world.url, SERVICE)
        assert await owners(owner, MODEL) == {projector_role(SERVICE)}
    finally:
        await owner.close()
    async with opened_world(world.url, world.log) as after:
        assert {row["tenant_id"] for row in await after.parked()} == {"acme", "other", None}
        async with after.request.tenant_transaction("acme") as conn:
            rows = await conn.fetch(f"SELECT tenant_id, reason FROM {MODEL}.parked")
            assert [row["tenant_id"] for row in rows] == ["acme"]
        async with running(after.runner()) as runner:
            await request_rebuild(after.projector, SERVICE, Sums.name, reason="to see that it can be")
            await eventually(lambda: runner.figures.generation == 2)
        assert await after.view() == expected(good)


async def test_a_reactor_goes_on(acting_world: ActingWorld) -> None:
    await acting_world.append([toy(1), broken("acme")])
    async with running(acting_world.reactor()):
        await eventually(acting_world.has_reacted)
    owner = await connect_once(acting_world.url, application_name="test")
    try:
        await as_before(owner, REACTOR, "echoes_parked")
        await setup_projections(acting_world.url, SERVICE)
        assert await owner.fetchval("SELECT tenant_id FROM toys.echoes_parked") == "acme"
    finally:
        await owner.close()
    await acting_world.append([toy(2), broken("other")])
    async with opened_world(acting_world.url, acting_world.log) as opened:
        after = ActingWorld(opened.url, opened.log, opened.projector, opened.request)
        async with running(after.reactor(Echoes())):
            await eventually(after.has_reacted)
        assert await after.reacted() == (4, 2, 2)


async def test_what_a_service_puts_on_its_own_tables_never_runs_as_the_owner(world: World) -> None:
    await world.append([broken("acme")])
    async with running(world.runner()):
        await eventually(world.is_level)
    async with world.projector.transaction() as conn:
        await conn.execute(
            f"SET LOCAL search_path = {MODEL}; DROP POLICY own_tenant ON parked; DROP POLICY all_tenants ON parked;"
            "ALTER TABLE parked DROP COLUMN tenant_id; CREATE FUNCTION grab() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RESET ROLE; CREATE TABLE public.gained (); RETURN new; END';"
            "CREATE TRIGGER grab BEFORE UPDATE ON parked FOR EACH ROW EXECUTE FUNCTION grab();"
            "ALTER TABLE parked ENABLE ALWAYS TRIGGER grab"
        )
    await setup_projections(world.url, SERVICE)
    async with world.projector.transaction() as conn:
        assert await conn.fetchval("SELECT to_regclass('public.gained')") is None


async def test_no_login_makes_a_schema_for_another_service(world: World) -> None:
    projector = projector_role(SERVICE)
    owner = await connect_once(world.url, application_name="test")
    try:
        # In a transaction that is never committed: roles belong to the server, which other tests share.
        await owner.execute(
            "BEGIN; CREATE ROLE waymark_stranger LOGIN NOINHERIT; CREATE ROLE waymark_foreign_projector;"
            f"GRANT {projector} TO waymark_stranger;"
            f"SET LOCAL SESSION AUTHORIZATION waymark_stranger; SET LOCAL ROLE {projector}"
        )
        assert await owner.fetchval(f"SELECT projections.add_schema('{SERVICE}', 'others', 1)") == "toys_others_g1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="may not act as"):
            await owner.execute("SELECT projections.add_schema('foreign', 'sums', 1)")
    finally:
        await owner.close()
