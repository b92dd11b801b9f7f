"""The number store's statements, and how they are run on a watched connection."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from libs.pg.sql_files import SqlFile
from services.gateway.numbering.connections import Watched
from services.gateway.numbering.numbers import LogEnds

sql = SqlFile.load(Path(__file__).with_name("queries.sql"))


async def fetch_log_ends(conn: Watched, log_id: str) -> LogEnds:
    """Return how far the log of that id was read for its numbers."""
    rows = await conn.fetch(sql.log_ends, log_id)
    return LogEnds(log_id, {row["partition"]: row["next_offset"] for row in rows})


async def note_log_ends(conn: Watched, ends: LogEnds, gateway_id: uuid.UUID | None) -> None:
    """Note how far the log was read, by a gateway with a lease or, without one, in a comparison's transaction."""
    await conn.fetch(sql.note_log_ends, ends.log_id, *columns(sorted(ends.offsets.items()), 2), gateway_id)


def columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Return rows as the arrays that unnest takes, also when there are none."""
    return [[row[column] for row in rows] for column in range(width)]
