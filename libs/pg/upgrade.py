"""Brings one service's schema to its newest migration.

A schema's version table lives inside it. Starters that come together take turns under an advisory lock, everything a
start applies is one transaction, and nothing ever goes back.
"""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from libs.lazy import lazy_imports
from libs.pg.database import Connection, connect_once
from libs.pg.errors import DatabaseUnavailable, MigrationError, MissingRight, is_unavailable
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import session_lock

with lazy_imports():
    from libs.pg import migrations

VERSION_TABLE = "schema_version"
_TURN_TIMEOUT_S = 120.0
_LOCK_TIMEOUT_S = 5.0


async def migrate(
    url: str,
    *,
    schema: str,
    version_locations: Sequence[Path],
    to: str | None = None,
    lock_timeout_s: float = _LOCK_TIMEOUT_S,
) -> None:
    """Create `schema` if it is missing and apply the migrations it lacks; with none lacking, change nothing.

    An empty schema may be brought `to` an older version than the newest.

    The schema comes first on the migrations' search path, `public` second. `lock_timeout_s` bounds the wait for any one
    table, so that a long transaction elsewhere fails the migration instead of queueing everybody behind it. Raises
    `DatabaseUnavailable`, `MissingRight`, or `MigrationError`.
    """
    connection = await connect_once(url, application_name="waymark-migrate")
    try:
        await _set_lock_timeout(connection, _TURN_TIMEOUT_S)
        async with session_lock(connection, f"waymark.migrate.{schema}"):
            await _set_lock_timeout(connection, lock_timeout_s)
            await _create_schema(connection, schema)
            await _upgrade(connection, schema, version_locations, to)
    except asyncpg.PostgresError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(f"schema {schema}: the database went away: {error}") from error
        raise MigrationError(f"schema {schema}: {error}") from error
    finally:
        await connection.close()


async def _set_lock_timeout(connection: Connection, timeout_s: float) -> None:
    await connection.execute(f"SET lock_timeout = {int(timeout_s * 1000)}")


async def _create_schema(connection: Connection, schema: str) -> None:
    # IF NOT EXISTS asks for the right to create even when there is nothing to create.
    if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", quote_identifier(schema)):
        return
    try:
        await connection.execute(f"CREATE SCHEMA {quote_identifier(schema)}")
    except asyncpg.exceptions.InsufficientPrivilegeError as error:
        raise MissingRight(
            f"the database URL's login lacks CREATE on the database, needed for schema {schema}"
        ) from error


async def _upgrade(connection: Connection, schema: str, version_locations: Sequence[Path], to: str | None) -> None:
    known = versions_of(version_locations)
    wanted = to or known[-1]
    current = await current_version(connection, schema)
    if current == wanted:
        return
    if current is not None and current not in known:
        raise MigrationError(
            f"schema {schema} is at {current}, this version of Waymark knows it up to {known[-1]}: a newer version has"
            " brought the database forward. Start that one, or restore the backup from before it into an empty database"
        )
    script = migrations.script(schema, version_locations, current, wanted, version_table=VERSION_TABLE)
    async with connection.transaction():
        await connection.execute(f"SET LOCAL search_path = {quote_identifier(schema)}, public")
        await connection.execute(script)


async def current_version(connection: Connection, schema: str) -> str | None:
    """Return the version that a schema is at, None before its first migration."""
    table = f"{quote_identifier(schema)}.{VERSION_TABLE}"
    if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
        return None
    version = await connection.fetchval(f"SELECT version_num FROM {table}")
    return None if version is None else str(version)


def versions_of(version_locations: Sequence[Path]) -> Sequence[str]:
    """Return the versions there are, oldest first, by the names of the files, which begin with theirs."""
    return sorted(file.name.partition("_")[0] for location in version_locations for file in location.glob("*_*.py"))
