"""The mark that a database bears while a restore into it has not ended: nothing starts on it, a restore begins anew."""

from __future__ import annotations

from libs.pg.database import Connection
from waymark.errors import CommandFailed

_SCHEMA = "waymark_restore"


class RestoreNotEnded(CommandFailed):
    """A restore of this database was begun and did not end."""


async def is_marked(conn: Connection) -> bool:
    """Return whether a restore was begun and did not end."""
    return bool(await conn.fetchval("SELECT to_regnamespace($1) IS NOT NULL", _SCHEMA))


async def mark(conn: Connection) -> None:
    """Note that a restore begins."""
    await conn.execute(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")


async def unmark(conn: Connection) -> None:
    """Note that the restore has ended; in the transaction that loaded what it restored."""
    await conn.execute(f"DROP SCHEMA {_SCHEMA}")


async def refuse_unfinished(conn: Connection) -> None:
    """Raise RestoreNotEnded when a restore of the database was begun and did not end."""
    if await is_marked(conn):
        raise RestoreNotEnded(
            "a restore into this database was begun and has not ended: run `waymark restore` again, which begins anew"
        )
