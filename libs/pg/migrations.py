"""Brings one service's schema to its newest migration.

A schema's version table lives inside it. Starters that come together take turns under an advisory lock, each migration
run is one transaction, and nothing ever goes back.

A version file is `NNNN_what_it_does.py` with alembic's `revision` and `down_revision`, and an `upgrade()` that calls
`execute_script`.
"""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection as SqlAlchemyConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from libs.pg.database import Connection, connect_once
from libs.pg.errors import MigrationError, MissingRight
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import session_lock

VERSION_TABLE = "schema_version"
_TURN_TIMEOUT_S = 120
_LOCK_TIMEOUT_S = 5
# alembic's `op` is one global per process, so only one migration runs in a process at a time.
_one_at_a_time = threading.Lock()


async def migrate(
    url: str, *, schema: str, version_locations: Sequence[Path], lock_timeout_s: float = _LOCK_TIMEOUT_S
) -> None:
    """Create `schema` if it is missing and apply the migrations it lacks; with none lacking, change nothing.

    `lock_timeout_s` bounds the wait for any one table, so a long transaction elsewhere fails the migration instead of
    queueing everybody behind it. Raises `DatabaseUnavailable`, `MissingRight`, or `MigrationError`.
    """
    await asyncio.to_thread(_migrate_blocking, url, schema, tuple(version_locations), lock_timeout_s)


def execute_script(sql: str) -> None:
    """Run SQL text of any number of statements, inside a migration's transaction."""
    bind = op.get_bind()
    # The driver opens the transaction at its first statement, and the raw connection must find it open.
    bind.exec_driver_sql("SELECT 1")
    driver = bind.connection.driver_connection
    assert driver is not None
    await_only(driver.execute(sql))


def _migrate_blocking(url: str, schema: str, locations: tuple[Path, ...], lock_timeout_s: float) -> None:
    with _one_at_a_time:
        asyncio.run(_migrate(url, schema, locations, lock_timeout_s))


async def _migrate(url: str, schema: str, locations: tuple[Path, ...], lock_timeout_s: float) -> None:
    guard = await connect_once(url, application_name="waymark-migrate")
    try:
        await guard.execute(f"SET lock_timeout = '{_TURN_TIMEOUT_S}s'")
        async with session_lock(guard, f"waymark.migrate.{schema}"):
            await _create_schema(guard, schema)
            await _upgrade(url, schema, locations, lock_timeout_s)
    except asyncpg.exceptions.LockNotAvailableError as error:
        raise MigrationError(
            f"schema {schema}: another process has been migrating it for {_TURN_TIMEOUT_S} s"
        ) from error
    finally:
        await guard.close()


async def _create_schema(connection: Connection, schema: str) -> None:
    if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", quote_identifier(schema)):
        return
    try:
        await connection.execute(f"CREATE SCHEMA {quote_identifier(schema)}")
    except asyncpg.exceptions.InsufficientPrivilegeError as error:
        raise MissingRight(
            f"the database URL's login may not create schema {schema}: GRANT CREATE ON DATABASE"
        ) from error


async def _upgrade(url: str, schema: str, locations: tuple[Path, ...], lock_timeout_s: float) -> None:
    async def connect() -> asyncpg.Connection[asyncpg.Record]:
        connection = await connect_once(url, application_name="waymark-migrate")
        await connection.execute(f"SET lock_timeout = '{int(lock_timeout_s * 1000)}ms'")
        await connection.execute(f"SET search_path = {quote_identifier(schema)}, public")
        return connection

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run, schema, locations)
    except (asyncpg.PostgresError, DBAPIError, CommandError) as error:
        raise MigrationError(f"schema {schema}: {error}") from error
    finally:
        await engine.dispose()


def _run(connection: SqlAlchemyConnection, schema: str, locations: tuple[Path, ...]) -> None:
    script = ScriptDirectory(str(locations[0]), version_locations=[str(location) for location in locations])

    def steps(current: tuple[str, ...], _context: MigrationContext) -> list[RevisionStep]:
        return script._upgrade_revs("heads", current)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(
            connection=connection,
            version_table=VERSION_TABLE,
            version_table_schema=schema,
            transaction_per_migration=False,
        )
        with environment.begin_transaction():
            environment.run_migrations()
