"""The schema `log`: its tables, its role, and who else may append. Everything here is safe to run again."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from libs.eventlog.errors import LogMismatch
from libs.pg.database import Connection
from libs.pg.errors import MissingRight
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import ensure_role

LOG_ROLE = "waymark_log"
LAYOUT = 1
_SET_LAYOUT = "INSERT INTO log.identity (layout) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET layout = $1"
_DDL = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")


async def ensure_schema(conn: Connection) -> None:
    """Create what is missing, as the database URL's own login; does nothing when the layout is the present one.

    Raises MissingRight when the login may not, LogMismatch for a layout newer than this program knows.
    """
    if await _is_present(conn):
        return
    found = await _layout(conn)
    if found is not None and found > LAYOUT:
        raise LogMismatch(f"the log's tables have layout {found}, this program knows {LAYOUT}: use a newer one")
    await ensure_role(conn, LOG_ROLE)
    if found == LAYOUT:
        return
    try:
        async with conn.transaction():
            await lock_in_transaction(conn, "waymark.log.schema")
            await conn.execute(_DDL)
            await conn.execute(_SET_LAYOUT, LAYOUT)
    except asyncpg.InsufficientPrivilegeError as error:
        raise MissingRight(f"the database URL's login may not create the schema log: {error}") from error


async def _is_present(conn: Connection) -> bool:
    """Return whether the login may act as the log's role, to which everything looks as it should."""
    try:
        async with conn.transaction():
            await conn.execute(f"SET LOCAL ROLE {LOG_ROLE}")
            return await _layout(conn) == LAYOUT
    except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError):
        return False


async def allow_append(conn: Connection, role: str) -> None:
    """Let `role` call `append_in`, and nothing else of the log. Run as the login that owns the schema."""
    name = quote_identifier(role)
    await conn.execute(
        f"GRANT USAGE ON SCHEMA log TO {name};"
        f"GRANT SELECT, UPDATE ON log.heads TO {name};"
        f"GRANT INSERT ON log.records TO {name};"
        f"GRANT EXECUTE ON FUNCTION log.make_room TO {name};"
    )


async def _layout(conn: Connection) -> int | None:
    if await conn.fetchval("SELECT to_regclass('log.identity') IS NULL"):
        return None
    layout = await conn.fetchval("SELECT layout FROM log.identity")
    return None if layout is None else int(layout)
