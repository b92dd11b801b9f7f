"""Tells a database into which a restore was begun and did not end: nothing starts on it, a restore begins anew."""

from __future__ import annotations

from libs.pg.database import Connection
from waymark.errors import CommandFailed

_SCHEMA = "waymark_restore"
"""There from the begin of a restore to its end."""


class RestoreNotEnded(CommandFailed):
    """A restore of this database was begun and did not end."""


async def is_unfinished(conn: Connection) -> bool:
    """Return whether a restore was begun and did not end."""
    return bool(await conn.fetchval("SELECT to_regnamespace($1) IS NOT NULL", _SCHEMA))


async def note_begin(conn: Connection) -> None:
    """Note that a restore begins."""
    await conn.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")


async def note_end(conn: Connection) -> None:
    """Note that the restore has ended; in the transaction that loaded what it restored."""
    await conn.execute(f"DROP SCHEMA {_SCHEMA}")


async def refuse_unfinished(conn: Connection) -> None:
    """Raise RestoreNotEnded when a restore of the database was begun and did not end."""
    if await is_unfinished(conn):
        raise RestoreNotEnded(
            "a restore into this database was begun and has not ended: run `waymark restore` again, which begins anew"
        )
