"""Reading partitions of the PostgreSQL log from given positions.

Offsets become visible in their order (appending locks a partition's head until commit), so what lies below a head that
was seen is all there is: a gap was made by retention or compaction and is passed over.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.eventlog.postgres.hints import Hints
from libs.eventlog.postgres.rows import TopicRow, stored
from libs.eventlog.postgres.statements import SQL
from libs.eventlog.postgres.topics import Topics
from libs.pg.database import Connection, Database
from libs.pg.errors import DatabaseUnavailable

MAX_POLL_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """Where a partition begins and ends."""

    beginning: int
    end: int


async def heads(conn: Connection, rows: Sequence[TopicRow]) -> dict[TopicPartition, Head]:
    """The heads of the topics' partitions."""
    names = {row.id: row.name for row in rows}
    found = await conn.fetch(SQL.heads, list(names))
    return {TopicPartition(names[topic_id], partition): Head(first, end) for topic_id, partition, first, end in found}


class PostgresReader:
    """A reader over exactly the partitions of its positions, which `seek` may change."""

    def __init__(self, db: Database, hints: Hints, topics: Topics, positions: Positions) -> None:
        self._db = db
        self._hints = hints
        self._topics = topics
        self._positions = dict(positions)
        self._ends: dict[TopicPartition, int] = {}
        self._stopped = asyncio.Event()

    @property
    def positions(self) -> Positions:
        """As the port says."""
        return dict(self._positions)

    def seek(self, positions: Positions) -> None:
        """Read exactly these partitions from here on."""
        self._positions = dict(positions)
        self._ends = {}

    async def stop(self) -> None:
        """As the port says."""
        self._stopped.set()
        self._hints.wake_all()

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        """As the port says."""
        deadline = time.monotonic() + timeout_s
        names = frozenset(place.topic for place in self._positions)
        rows = await self._rows(names)
        wanted = {str(row.id) for row in rows}
        with self._hints.interested(lambda hint: wanted.intersection(hint.split()[1:]) != set()) as news:
            while not self._stopped.is_set():
                news.clear()
                records = await self.take(max_records)
                left = deadline - time.monotonic()
                if records or left <= 0:
                    return records
                await wait_unless(news, min(left, self._hints.poll_interval_s))
        return []

    async def take(self, max_records: int) -> list[StoredRecord]:
        """What is there now, without waiting. Raises LogUnavailable; positions have not moved then."""
        if not self._positions:
            return []
        rows = {row.name: row for row in await self._rows({place.topic for place in self._positions})}
        try:
            async with self._db.transaction(readonly=True) as conn:
                records, moved = await self._fetch(conn, rows, max_records)
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error
        for place, position in moved.items():
            del self._positions[place]  # to the end of the order, so that the next poll begins with another partition
            self._positions[place] = position
        return records

    async def _rows(self, names: set[str] | frozenset[str]) -> list[TopicRow]:
        try:
            known = await self._topics.known(names)
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error
        return [known[name] for name in names if name in known]

    async def _fetch(
        self, conn: Connection, rows: dict[str, TopicRow], max_records: int
    ) -> tuple[list[StoredRecord], dict[TopicPartition, int]]:
        behind = self._behind()
        if not behind:
            await self._look_at_heads(conn, rows)
            behind = self._behind()
        records: list[StoredRecord] = []
        moved: dict[TopicPartition, int] = {}
        bytes_left = MAX_POLL_BYTES
        for index, place in enumerate(behind):
            if len(records) >= max_records or bytes_left <= 0:
                break
            share = math.ceil((max_records - len(records)) / (len(behind) - index))
            topic = rows[place.topic]
            found = await conn.fetch(SQL.fetch, topic.id, place.partition, self._positions[place], share, bytes_left)
            records += [stored(place.topic, place.partition, row) for row in found]
            bytes_left -= sum(len(row["value"] or b"") for row in found)
            moved[place] = found[-1]["record_offset"] + 1 if found else self._ends[place]
        return records, moved

    def _behind(self) -> list[TopicPartition]:
        return [place for place, position in self._positions.items() if position < self._ends.get(place, 0)]

    async def _look_at_heads(self, conn: Connection, rows: dict[str, TopicRow]) -> None:
        found = await heads(conn, list(rows.values()))
        self._ends = {place: found[place].end for place in self._positions if place in found}
