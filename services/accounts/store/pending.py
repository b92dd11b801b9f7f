"""What waits in the outbox, read by key (projector role)."""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile

QUERIES = SqlFile.load(Path(__file__).with_name("pending.sql"))


async def pending_records(conn: Connection, topic: str) -> frozenset[str]:
    """The keys of the topic's records that wait to be appended."""
    return frozenset(row["record_key"] for row in await conn.fetch(QUERIES.pending_records, topic))
