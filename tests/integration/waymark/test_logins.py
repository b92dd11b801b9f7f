"""The logins of services: each may act as its own two roles, and everything else is refused, whatever it acts as."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from libs.pg.database import Connection, connect_once
from libs.pg.identifiers import quote_identifier
from libs.pg.login_urls import login_of, url_as
from libs.pg.roles import projector_role, request_role
from tests.support.installation import Installation
from waymark.logins import roles_by_name
from waymark.operator import projectors
from waymark.services import STORING
from waymark.settings import MachineSettings

NAMES = [service.name for service in STORING]
_REACHED = """
SELECT DISTINCT n.nspname
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast%' AND has_schema_privilege(n.oid, 'USAGE')
    AND CASE c.relkind
        WHEN 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE')
        ELSE has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
            OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER')
    END
"""
_RIGHTS_IN_LOG = """
SELECT c.relname, p.right
FROM pg_class AS c CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p ("right")
WHERE c.relnamespace = 'log'::regnamespace AND c.relkind = 'r' AND has_table_privilege(c.oid, p.right)
"""
OUT_OF_REACH = (
    "SELECT * FROM pg_authid",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/waymark-test-of-logins'",
    "SELECT pg_read_file('PG_VERSION')",
    "CREATE ROLE waymark_more",
    "CREATE DATABASE waymark_more",
    "CREATE SCHEMA waymark_more",
    "CREATE EXTENSION dblink",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "SET session_replication_role = replica",
    "SELECT projections.add_schema('{other}', 'forged', 1)",
    "UPDATE projections.log SET log_id = 'forged'",
    "DROP TABLE projections.models",
)


@asynccontextmanager
async def connected(installation: Installation, name: str) -> AsyncIterator[Connection]:
    """A connection as a service's login; the password is the file's."""
    url = url_as(installation.database_url, name, installation.data_dir / "logins.json")
    connection = await connect_once(url, application_name="test")
    try:
        assert await connection.fetchval("SELECT session_user::text") == login_of(name, await _database(connection))
        yield connection
    finally:
        await connection.close()


async def _database(connection: Connection) -> str:
    found: str = await connection.fetchval("SELECT current_database()")
    return found


async def _act_as(connection: Connection, role: str | None) -> None:
    await connection.execute("SET ROLE NONE" if role is None else f"SET ROLE {quote_identifier(role)}")


def test_the_file_of_logins_is_private(postgres_installation: Installation) -> None:
    path = postgres_installation.data_dir / "logins.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(path.read_bytes())) == len(roles_by_name())


@pytest.mark.parametrize("name", [*NAMES, "log"])
async def test_a_login_is_nothing_and_may_take_on_its_own_roles_only(
    postgres_installation: Installation, name: str
) -> None:
    async with connected(postgres_installation, name) as connection:
        powers = await connection.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit FROM pg_roles"
            " WHERE rolname = session_user"
        )
        assert not any(powers or (True,))
        assert await connection.fetch(_REACHED) == []
        others = [
            row["rolname"]
            for row in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname <> session_user")
            if row["rolname"] not in roles_by_name()[name]
        ]
        assert len(others) > len(NAMES)
        for role in others:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _act_as(connection, role)
        for role in roles_by_name()[name]:
            await _act_as(connection, role)


@pytest.mark.parametrize("name", NAMES)
async def test_no_role_reaches_what_is_anothers(postgres_installation: Installation, name: str) -> None:
    async with connected(postgres_installation, name) as connection:
        for role in roles_by_name()[name]:
            await _act_as(connection, role)
            reached = {row["nspname"] for row in await connection.fetch(_REACHED)}
            foreign = {schema for schema in reached if schema != name and not schema.startswith(f"{name}_")}
            # Whoever numbers interactions appends them in the same transaction.
            numbers = name == "gateway" and role == request_role(name)
            assert foreign - {"projections"} == ({"log"} if numbers else set()), role
            if numbers:
                rights = {(row["relname"], row["right"]) for row in await connection.fetch(_RIGHTS_IN_LOG)}
                assert rights == {("heads", "SELECT"), ("heads", "UPDATE"), ("records", "INSERT")}


@pytest.mark.parametrize("name", [service.name for service in STORING if service.has_consumers])
async def test_the_registry_shows_a_service_its_own_rows(postgres_installation: Installation, name: str) -> None:
    async with connected(postgres_installation, name) as connection:
        for role in (projector_role(name), request_role(name)):
            await _act_as(connection, role)
            for table in ("models", "generations", "rebuilds", "reactors"):
                rows = await connection.fetch(f"SELECT DISTINCT service FROM projections.{table}")
                assert {row["service"] for row in rows} <= {name}


@pytest.mark.parametrize("name", NAMES)
async def test_everything_outside_is_refused(postgres_installation: Installation, name: str) -> None:
    other = next(known for known in NAMES if known != name)
    async with connected(postgres_installation, name) as connection:
        for role in (None, *roles_by_name()[name]):
            for statement in OUT_OF_REACH:
                await _act_as(connection, role)
                with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError)):
                    await connection.execute(statement.format(other=other))


@pytest.mark.parametrize("name", [service.name for service in STORING if service.has_consumers])
async def test_operators_look_into_a_services_tables_with_its_login(
    postgres_installation: Installation, name: str
) -> None:
    settings = MachineSettings(
        data_dir=postgres_installation.data_dir, database_url=postgres_installation.database_url
    ).model_copy(update={"database_logins_file": None})
    async with projectors(settings) as projector_of:
        db = await projector_of(name)
        (row,) = await db.fetch("SELECT session_user::text, current_user::text, current_database()")
    assert tuple(row) == (login_of(name, row[2]), projector_role(name), row[2])


async def test_services_are_connected_as_their_logins(postgres_installation: Installation) -> None:
    connection = await connect_once(postgres_installation.database_url, application_name="test")
    try:
        rows = await connection.fetch(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name LIKE 'waymark-%' AND application_name NOT LIKE '%-test'"
        )
        names = {row["usename"] for row in rows}
        assert names == {login_of(name, await _database(connection)) for name in roles_by_name()}
    finally:
        await connection.close()
