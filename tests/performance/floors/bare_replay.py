"""The floor of a rebuild: read the log from its beginning and COPY it into a table with three B-trees.

Positions move in the same transaction. Columns come from the envelope alone: no value is parsed, no repeat looked for,
nothing counted. On Kafka the bare client reads, on PostgreSQL the log's own reader. Prints records and seconds as JSON.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import asyncpg
import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.open import open_log
from libs.eventlog.settings import LogSettings

_RECORDS = 20_000
_COLUMNS = ("tenant_id", "number", "interaction_id", "created_at", "body")
_DDL = """
DROP TABLE IF EXISTS bare_replay, bare_replay_positions;
CREATE TABLE bare_replay (tenant_id text, number bigint, interaction_id uuid, created_at timestamptz, body json,
    PRIMARY KEY (tenant_id, number), UNIQUE (tenant_id, interaction_id));
CREATE INDEX ON bare_replay (tenant_id, created_at);
CREATE TABLE bare_replay_positions (partition int PRIMARY KEY, next_offset bigint NOT NULL);
"""
_ADVANCE = """
INSERT INTO bare_replay_positions SELECT * FROM unnest($1::int[], $2::bigint[])
ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset
"""
_Row = tuple[str, int, str, datetime, str]
_Batch: TypeAlias = tuple[list[_Row], dict[int, int]]


class Replayed(msgspec.Struct, frozen=True):
    """What was replayed, and how long reading and writing took."""

    records: int
    seconds: float


async def replay(settings: LogSettings) -> Replayed:
    """Everything the log holds now."""
    conn = await asyncpg.connect(settings.database_url)
    await conn.execute(_DDL)
    source = _from_kafka(settings) if settings.kafka_bootstrap_servers else _from_log(settings)
    begun_s, records = time.perf_counter(), 0
    async for rows, offsets in source:
        async with conn.transaction():
            await conn.copy_records_to_table("bare_replay", records=rows, columns=_COLUMNS)
            await conn.execute(_ADVANCE, list(offsets), list(offsets.values()))
        records += len(rows)
    took_s = time.perf_counter() - begun_s
    await conn.close()
    return Replayed(records, took_s)


async def _from_kafka(settings: LogSettings) -> AsyncIterator[_Batch]:
    topic = settings.topic_prefix + INTERACTIONS.name
    places = [TopicPartition(topic, number) for number in range(INTERACTIONS.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers or "",
        enable_auto_commit=False,
        fetch_max_bytes=16 * 1024 * 1024,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    await consumer.start()
    try:
        consumer.assign(places)
        for place in places:
            consumer.seek(place, 0)
        ends = await consumer.end_offsets(places)
        left = sum(ends.values())
        while left:
            found = await consumer.getmany(timeout_ms=500, max_records=_RECORDS)
            rows = [_row(r.headers, r.value or b"", r.timestamp or 0) for part in found.values() for r in part]
            left -= len(rows)
            if rows:
                yield rows, {place.partition: part[-1].offset + 1 for place, part in found.items()}
    finally:
        await consumer.stop()


async def _from_log(settings: LogSettings) -> AsyncIterator[_Batch]:
    log = await open_log(settings)
    await log.start()
    try:
        reader = await log.reader(await log.beginning_offsets([INTERACTIONS]))
        left = sum((await log.end_offsets([INTERACTIONS])).values())
        while left:
            found = await reader.poll(timeout_s=0.5, max_records=_RECORDS)
            left -= len(found)
            if found:
                rows = [_row(record.headers, record.value or b"", record.timestamp_ms) for record in found]
                yield rows, {record.partition: record.offset + 1 for record in found}
        await reader.stop()
    finally:
        await log.stop()


def _row(headers: Sequence[tuple[str, bytes | None]], value: bytes, timestamp_ms: int) -> _Row:
    of = dict(headers)
    return (
        (of["ce_tenantid"] or b"").decode(),
        int(of["ce_sequence"] or b"0"),
        (of["ce_id"] or b"").decode(),
        datetime.fromtimestamp(timestamp_ms / 1000, UTC),
        value.decode(),
    )


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(uvloop.run(replay(LogSettings()))).decode())
