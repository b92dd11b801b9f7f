"""Reading partitions of the PostgreSQL log from given positions, woken by hints."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.fetching import advance
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.eventlog.postgres.fetcher import PostgresFetcher
from libs.eventlog.postgres.rows import TopicRow
from libs.eventlog.postgres.statements import SQL
from libs.eventlog.postgres.topics import Topics
from libs.pg.database import Connection, Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.hints import Hints


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning and the end of a partition."""

    beginning: int
    end: int


async def heads(conn: Connection, rows: Sequence[TopicRow]) -> dict[TopicPartition, Head]:
    """Return the heads of the topics' partitions."""
    names = {row.id: row.name for row in rows}
    found = await conn.fetch(SQL.heads, list(names))
    return {TopicPartition(names[topic_id], partition): Head(first, end) for topic_id, partition, first, end in found}


async def offsets_at(conn: Connection, rows: Sequence[TopicRow], timestamp_ms: int) -> dict[TopicPartition, int]:
    """Return the offset of the first record of each partition from a timestamp on, its end where there is none."""
    names = {row.id: row.name for row in rows}
    found = await conn.fetch(SQL.offsets_at, list(names), timestamp_ms)
    return {TopicPartition(names[topic_id], partition): offset for topic_id, partition, offset in found}


class PostgresReader:
    """A reader over exactly the partitions of its positions."""

    def __init__(self, db: Database, hints: Hints, topics: Topics, positions: Positions) -> None:
        self._fetcher = PostgresFetcher(db, topics)
        self._hints = hints
        self._topics = topics
        self._positions = dict(positions)
        self._stopped = asyncio.Event()

    @property
    def positions(self) -> Positions:
        return dict(self._positions)

    async def stop(self) -> None:
        self._stopped.set()
        self._hints.wake_all()

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        wanted = await self._topic_ids()
        with self._hints.interested(lambda hint: wanted.intersection(hint.split()[1:]) != set()) as news:
            while not self._stopped.is_set():
                news.clear()
                fetched = await self._fetcher.fetch(self._positions, timeout_s=0, max_records=max_records)
                records = advance(self._positions, fetched)
                left = deadline - time.monotonic()
                if records or left <= 0:
                    return records
                await wait_unless(news, min(left, self._hints.poll_interval_s))
        return []

    async def _topic_ids(self) -> set[str]:
        names = {place.topic for place in self._positions}
        try:
            known = await self._topics.known(names)
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error
        return {str(known[name].id) for name in names if name in known}
