"""What was discarded is shown to its service, and to requests that of their tenant, whatever a statement asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from libs.pg.database import Connection, connect_once
from libs.pg.roles import projector_role, request_role
from libs.projections.setup import setup_projections
from tests.support.projections import SERVICE, World

_ADD = """
INSERT INTO projections.discarded (service, name, log_id, topic, partition, "offset", tenant_id, reason)
SELECT service, 'sums', 'log', 'topic', 0, "offset", tenant_id, 'of the test'
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (service, "offset", tenant_id)
"""
_SEEN = "SELECT service, tenant_id FROM projections.discarded ORDER BY 1, 2"
_ROWS = [(SERVICE, 1, "acme"), (SERVICE, 2, "other"), (SERVICE, 3, None), ("foreign", 4, "acme")]
_OF_EARLIER_VERSIONS = f"""
DROP POLICY own_service ON projections.discarded;
CREATE POLICY projector_of_{SERVICE} ON projections.discarded TO {projector_role(SERVICE)} USING (true);
CREATE POLICY requests_of_{SERVICE} ON projections.discarded TO {request_role(SERVICE)} USING (true);
"""


@pytest.fixture
async def owner(world: World) -> AsyncIterator[Connection]:
    """The login that set the world up, beside records that were discarded of its service and of another."""
    conn = await connect_once(world.url, application_name="test")
    try:
        await conn.execute(_ADD, *zip(*_ROWS, strict=True))
        yield conn
    finally:
        await conn.close()


async def seen(conn: Connection) -> list[tuple[str, str | None]]:
    return [tuple(row) for row in await conn.fetch(_SEEN)]


async def assert_apart(world: World) -> None:
    """The service sees its own, its requests their tenant's."""
    async with world.projector.transaction() as conn:
        assert await seen(conn) == [(SERVICE, "acme"), (SERVICE, "other"), (SERVICE, None)]
    async with world.request.tenant_transaction("acme") as conn:
        assert await seen(conn) == [(SERVICE, "acme")]
    async with world.request.transaction() as conn:
        assert await seen(conn) == []


@pytest.mark.usefixtures("owner")
async def test_a_service_sees_its_own_and_its_requests_their_tenants(world: World) -> None:
    await assert_apart(world)


@pytest.mark.usefixtures("owner")
async def test_a_service_changes_nothing_of_another(world: World) -> None:
    async with world.projector.transaction() as conn:
        assert await conn.execute("DELETE FROM projections.discarded WHERE service = 'foreign'") == "DELETE 0"
        assert await conn.execute("UPDATE projections.discarded SET reason = ''") == "UPDATE 3"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with world.projector.transaction() as conn:
            await conn.execute(_ADD, ["foreign"], [5], ["acme"])


@pytest.mark.usefixtures("owner")
async def test_requests_only_read(world: World) -> None:
    for statement in ("DELETE FROM projections.discarded", "UPDATE projections.discarded SET reason = ''"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            async with world.request.tenant_transaction("acme") as conn:
                await conn.execute(statement)


async def test_setup_puts_one_policy_in_the_place_of_those_of_earlier_versions(world: World, owner: Connection) -> None:
    await owner.execute(_OF_EARLIER_VERSIONS)
    for _ in range(2):
        await setup_projections(world.url, SERVICE)
    await assert_apart(world)
    rows = await owner.fetch("SELECT policyname FROM pg_policies WHERE tablename = 'discarded'")
    assert [row["policyname"] for row in rows] == ["own_service"]
