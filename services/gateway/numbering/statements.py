"""The number store's statements, and how they are run on a watched connection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from libs.pg.database import Row
from libs.pg.sql_files import SqlFile
from services.gateway.numbering.connections import Watched
from services.gateway.numbering.numbers import LogEnds

sql = SqlFile.load(Path(__file__).with_name("queries.sql"))


async def fetch(conn: Watched, statement: str, *arguments: object) -> list[Row]:
    """Return the rows of one watched statement."""
    with conn.watch() as raw:
        return await raw.fetch(statement, *arguments)


async def fetch_log_ends(conn: Watched, log_id: str) -> LogEnds:
    """Return how far the log of that id was read for its numbers."""
    rows = await fetch(conn, sql.log_ends, log_id)
    return LogEnds(log_id, {row["partition"]: row["next_offset"] for row in rows})


def columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Return rows as the arrays that unnest takes, also when there are none."""
    return [[row[column] for row in rows] for column in range(width)]
