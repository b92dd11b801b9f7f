"""Reading partitions of the PostgreSQL log from given positions, woken by hints."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection, Sequence
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
from libs.pg.hints import EVERYTHING, Hints


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


def tells_of_records(hint: str, topic_ids: Collection[str]) -> bool:
    """Return whether something was appended to any of the topics, or may have been."""
    kind, _, rest = hint.partition(" ")
    return hint == EVERYTHING or (kind == "records" and any(topic_id in topic_ids for topic_id in rest.split()))


class PostgresReader:
    """A reader over exactly the partitions of its positions."""

    def __init__(self, db: Database, hints: Hints, topics: Topics, positions: Positions) -> None:
        self._fetcher = PostgresFetcher(db, topics)
        self._hints = hints
        self._topics = topics
        self._positions = dict(positions)
        self._stopped = asyncio.Event()
        self._topic_ids: frozenset[str] = frozenset()
        # For as long as it lives: a hint between two polls counts for the second.
        self._interest = contextlib.ExitStack()
        self._news = self._interest.enter_context(hints.interested(self._concerns))

    @property
    def positions(self) -> Positions:
        return dict(self._positions)

    async def stop(self) -> None:
        self._stopped.set()
        self._news.set()
        self._interest.close()

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        await self._know_topics()
        while not self._stopped.is_set():
            self._news.clear()
            # A poll that does not wait looks, however short the last answer was.
            is_level = timeout_s > 0 and self._fetcher.is_level(self._positions, self._hints.poll_interval_s)
            records = [] if is_level else await self._look(max_records)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            await wait_unless(self._news, min(left, self._hints.poll_interval_s))
        return []

    async def _look(self, max_records: int) -> list[StoredRecord]:
        fetched = await self._fetcher.fetch(self._positions, timeout_s=0, max_records=max_records)
        return advance(self._positions, fetched)

    def _concerns(self, hint: str) -> bool:
        has_records = tells_of_records(hint, self._topic_ids)
        if has_records:
            self._fetcher.expect_records()
        return has_records

    async def _know_topics(self) -> None:
        """Look the topics up until there are all of them."""
        names = {place.topic for place in self._positions}
        if len(self._topic_ids) == len(names):
            return
        try:
            known = await self._topics.known(names)
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error
        self._topic_ids = frozenset(str(known[name].id) for name in names if name in known)
