"""Roles and row-level security: who is made, who sees what, and which right is missing."""

import asyncio
import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from libs.pg.database import Connection, Database, connect_once
from libs.pg.errors import MissingRight
from libs.pg.roles import (
    UnsafeRole,
    ensure_roles,
    grant_schema,
    grant_tables,
    projector_role,
    request_role,
    tenant_policies,
)
from tests.support.postgres import TestServer, database_name, with_login

# Roles belong to the server, which the workers share.
SERVICE = f"pgtest_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
OWNER = f"{SERVICE}_owner"
PASSWORD = "pgtest-password"  # for a server that does not trust its socket
ROWS = [("acme", 1), ("acme", 2), ("other", 3)]


@pytest.fixture
async def owner_url(database_url: str) -> AsyncIterator[str]:
    """The database, with one table of two tenants, owned by a login that may create roles and is no superuser."""
    administrator = await connect_once(database_url, application_name="test")
    # NOINHERIT for PostgreSQL 15, where inheriting is the login's affair and not the membership's.
    await administrator.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE NOINHERIT PASSWORD '{PASSWORD}'")
    await administrator.execute(f'GRANT CREATE ON DATABASE "{database_name(database_url)}" TO {OWNER}')
    try:
        url = with_login(database_url, OWNER, PASSWORD)
        owner = await connect_once(url, application_name="test")
        await ensure_roles(owner, SERVICE)
        await owner.execute("CREATE SCHEMA pgtest; CREATE TABLE pgtest.things (tenant_id text, n int)")
        await owner.executemany("INSERT INTO pgtest.things VALUES ($1, $2)", ROWS)
        await owner.execute(tenant_policies("pgtest.things", SERVICE) + grant_schema("pgtest", SERVICE))
        await owner.execute(grant_tables(["pgtest.things"], SERVICE, request="SELECT, INSERT, UPDATE, DELETE"))
        await owner.close()
        yield url
    finally:
        await administrator.execute("DROP SCHEMA IF EXISTS pgtest CASCADE")
        for role in (projector_role(SERVICE), request_role(SERVICE)):
            await administrator.execute(f"DROP ROLE IF EXISTS {role}")
        await administrator.execute(f"DROP OWNED BY {OWNER}; DROP ROLE {OWNER}")
        await administrator.close()


async def things(connection: Connection, where: str = "true") -> list[tuple[str, int]]:
    return [tuple(row) for row in await connection.fetch(f"SELECT * FROM things WHERE {where} ORDER BY n")]


async def as_role(url: str, role: str | None) -> Database:
    return await Database.connect(url, role=role, application_name="test", search_path=["pgtest"])


async def test_a_request_sees_its_own_tenant_without_any_filter(owner_url: str) -> None:
    async with await as_role(owner_url, request_role(SERVICE)) as database:
        async with database.tenant_transaction("acme") as connection:
            assert await things(connection) == ROWS[:2]
        async with database.tenant_transaction("other") as connection:
            assert await things(connection) == ROWS[2:]


async def test_a_request_sees_nothing_of_another_tenant_even_when_it_asks(owner_url: str) -> None:
    async with (
        await as_role(owner_url, request_role(SERVICE)) as database,
        database.tenant_transaction("acme") as connection,
    ):
        assert await things(connection, "tenant_id = 'other'") == []
        assert await connection.execute("UPDATE things SET n = 0 WHERE tenant_id = 'other'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM things WHERE n = 3") == "DELETE 0"


@pytest.mark.parametrize(
    "statement", ["INSERT INTO things VALUES ('other', 4)", "UPDATE things SET tenant_id = 'other'"]
)
async def test_a_request_cannot_write_into_another_tenant(owner_url: str, statement: str) -> None:
    async with await as_role(owner_url, request_role(SERVICE)) as database:
        with pytest.raises(asyncpg.exceptions.InsufficientPrivilegeError, match="row-level security"):
            async with database.tenant_transaction("acme") as connection:
                await connection.execute(statement)


async def test_a_request_without_a_tenant_sees_nothing(owner_url: str) -> None:
    async with await as_role(owner_url, request_role(SERVICE)) as database:
        async with database.transaction() as connection:
            assert await things(connection) == []
        async with database.tenant_transaction("acme") as connection:
            await things(connection)
        async with database.transaction() as connection:
            assert await things(connection) == []


async def test_the_projector_sees_and_writes_all_tenants(owner_url: str) -> None:
    async with (
        await as_role(owner_url, projector_role(SERVICE)) as database,
        database.transaction() as connection,
    ):
        assert await things(connection) == ROWS
        await connection.execute("INSERT INTO things VALUES ('third', 4)")
        assert await connection.fetchval("SELECT count(*) FROM things") == 4


async def test_the_owner_is_held_to_the_policies_too(owner_url: str) -> None:
    async with await as_role(owner_url, None) as database, database.transaction() as connection:
        assert await things(connection) == []


async def test_the_roles_cannot_log_in_nor_pass_row_level_security(owner_url: str) -> None:
    connection = await connect_once(owner_url, application_name="test")
    rows = await connection.fetch(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = ANY($1::text[])",
        [projector_role(SERVICE), request_role(SERVICE)],
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [(False,) * 5] * 2


async def test_starters_in_one_and_in_different_databases_all_succeed(postgres_server: TestServer) -> None:
    service = "pgtest_crowd"
    async with postgres_server.database() as first, postgres_server.database() as second:
        connections = [await connect_once(url, application_name="test") for url in (first, second) * 5]
        try:
            await asyncio.gather(*(ensure_roles(connection, service) for connection in connections))
            await asyncio.gather(*(ensure_roles(connection, service) for connection in connections))
            for connection in connections:
                await connection.execute(f"SET ROLE {request_role(service)}; RESET ROLE")
        finally:
            await connections[0].execute(f"DROP ROLE {projector_role(service)}, {request_role(service)}")
            for connection in connections:
                await connection.close()


async def test_starters_without_superuser_all_succeed(owner_url: str) -> None:
    service = "pgtest_few"
    connections = [await connect_once(owner_url, application_name="test") for _ in range(5)]
    try:
        await asyncio.gather(*(ensure_roles(connection, service) for connection in connections))
        for connection in connections:
            await connection.execute(f"SET ROLE {request_role(service)}; RESET ROLE")
    finally:
        await connections[0].execute(f"DROP ROLE {projector_role(service)}, {request_role(service)}")
        for connection in connections:
            await connection.close()


async def test_a_login_that_may_not_create_roles_is_told_which_right_it_lacks(database_url: str) -> None:
    connection = await connect_once(database_url, application_name="test")
    try:
        await connection.execute("CREATE ROLE pgtest_plain; SET ROLE pgtest_plain")
        with pytest.raises(MissingRight, match="pgtest_plain lacks CREATEROLE"):
            await ensure_roles(connection, "pgtest_refused")
    finally:
        await connection.execute("RESET ROLE; DROP ROLE pgtest_plain")
        await connection.close()


async def test_a_role_of_our_name_that_passes_row_level_security_is_refused(database_url: str) -> None:
    connection = await connect_once(database_url, application_name="test")
    try:
        await connection.execute("CREATE ROLE waymark_pgtest_unsafe_projector BYPASSRLS")
        with pytest.raises(UnsafeRole):
            await ensure_roles(connection, "pgtest_unsafe")
    finally:
        await connection.execute("DROP ROLE waymark_pgtest_unsafe_projector")
        await connection.close()
