"""Brings one service's schema to its newest migration.

A schema's version table lives inside it. Starters that come together take turns under an advisory lock, everything a
start applies is one transaction, and nothing ever goes back.

A version file is `NNNN_what_it_does.py` with alembic's `revision` and `down_revision`, and an `upgrade()` that calls
`execute_script`. alembic orders the files and writes the script; the database driver runs it.
"""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import asyncpg
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from libs.pg.database import Connection, connect_once
from libs.pg.errors import DatabaseUnavailable, MigrationError, MissingRight, is_unavailable
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import session_lock

VERSION_TABLE = "schema_version"
_TURN_TIMEOUT_S = 120.0
_LOCK_TIMEOUT_S = 5.0


async def migrate(
    url: str, *, schema: str, version_locations: Sequence[Path], lock_timeout_s: float = _LOCK_TIMEOUT_S
) -> None:
    """Create `schema` if it is missing and apply the migrations it lacks; with none lacking, change nothing.

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
            await _upgrade(connection, schema, version_locations)
    except asyncpg.PostgresError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(f"schema {schema}: the database went away: {error}") from error
        raise MigrationError(f"schema {schema}: {error}") from error
    except CommandError as error:
        raise MigrationError(f"schema {schema}: {error}") from error
    finally:
        await connection.close()


def execute_script(sql: str) -> None:
    """Add SQL text of any number of statements to the migration."""
    op.get_context().impl.static_output(sql.rstrip().removesuffix(";") + ";")


def read_beside(migration: str) -> str:
    """Return the SQL that lies beside a migration's Python file under the same name."""
    return Path(migration).with_suffix(".sql").read_text(encoding="utf-8")


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


async def _upgrade(connection: Connection, schema: str, version_locations: Sequence[Path]) -> None:
    current = await _current_version(connection, schema)
    script = _script(schema, version_locations, current)
    if not script.strip():
        return
    async with connection.transaction():
        await connection.execute(f"SET LOCAL search_path = {quote_identifier(schema)}, public")
        await connection.execute(script)


async def _current_version(connection: Connection, schema: str) -> str | None:
    table = f"{quote_identifier(schema)}.{VERSION_TABLE}"
    if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
        return None
    version = await connection.fetchval(f"SELECT version_num FROM {table}")
    return None if version is None else str(version)


def _script(schema: str, version_locations: Sequence[Path], current: str | None) -> str:
    """Return the SQL that leads from `current` (None: from nothing) to the newest version, without BEGIN and COMMIT."""
    directory = ScriptDirectory(
        str(version_locations[0]), version_locations=[str(location) for location in version_locations]
    )
    if len(directory.get_heads()) != 1:
        raise MigrationError(f"schema {schema}: its migrations are no single line: {directory.get_heads()}")

    def steps(_revision: object, _context: MigrationContext) -> list[RevisionStep]:
        return directory._upgrade_revs("head", current)  # type: ignore[arg-type]

    output = StringIO()
    with EnvironmentContext(Config(), directory, fn=steps, as_sql=True, starting_rev=current) as environment:
        environment.configure(
            dialect_name="postgresql",
            output_buffer=output,
            version_table=VERSION_TABLE,
            version_table_schema=schema,
            transactional_ddl=False,
        )
        environment.run_migrations()
    return output.getvalue()
