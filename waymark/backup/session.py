"""The database connection of a backup or a restore: no time limit of the login ends it, and what ends it is told."""

from __future__ import annotations

from typing import Final

import asyncpg

from libs.pg.database import Connection
from waymark.backup.tables import BACKUP_SQL
from waymark.errors import CommandFailed

ENDED: Final = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises when the server gives up a statement or the connection, or refuses either."""


async def lift_limits(conn: Connection) -> None:
    """Let the session take as long as it does, whatever was set for the login or the database."""
    await conn.fetch(BACKUP_SQL.lift_limits)


def ended(what: str, error: Exception) -> CommandFailed:
    """Return what to raise for `error`; its details, which quote rows, are left out."""
    return CommandFailed(f"the database ended the {what}: {error.args[0] if error.args else type(error).__name__}")
