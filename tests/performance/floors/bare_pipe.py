"""The floor of all projections together: follow the log and COPY what comes into one table with three B-trees.

Positions move in the same transaction. No value is parsed, no header looked at, nothing counted. Runs until SIGTERM.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import asyncpg
import uvloop

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.open import open_log
from libs.eventlog.port import StoredRecord
from libs.eventlog.settings import LogSettings

POSITIONS = "bare_pipe_positions"
_RECORDS = 5_000
_COLUMNS = ("partition", "record_offset", "id", "created_at", "body")
DDL = f"""
CREATE TABLE bare_pipe (partition int, record_offset bigint, id uuid, created_at timestamptz, body bytea,
    PRIMARY KEY (partition, record_offset), UNIQUE (id));
CREATE INDEX ON bare_pipe (created_at);
CREATE TABLE {POSITIONS} (partition int PRIMARY KEY, next_offset bigint NOT NULL);
"""
_ADVANCE = f"""
INSERT INTO {POSITIONS} SELECT * FROM unnest($1::int[], $2::bigint[])
ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset
"""  # a constant's name
_Row = tuple[int, int, uuid.UUID, datetime, bytes]


async def follow(settings: LogSettings) -> None:
    """Everything the log holds, and whatever it gets."""
    conn = await asyncpg.connect(settings.database_url)
    log = await open_log(settings)
    await log.start()
    reader = await log.reader(await log.beginning_offsets([INTERACTIONS]))
    while True:
        if found := await reader.poll(timeout_s=0.5, max_records=_RECORDS):
            offsets = {record.partition: record.offset + 1 for record in found}
            async with conn.transaction():
                await conn.copy_records_to_table("bare_pipe", records=map(_row, found), columns=_COLUMNS)
                await conn.execute(_ADVANCE, list(offsets), list(offsets.values()))


def _row(record: StoredRecord) -> _Row:
    created_at = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    return record.partition, record.offset, uuid.uuid4(), created_at, record.value or b""


if __name__ == "__main__":
    uvloop.run(follow(LogSettings()))
