"""Fetching from the PostgreSQL log: one statement for any number of partitions.

Offsets become visible in their order (appending locks a partition's head until commit), so what lies below a head that
was seen is all there is: a gap was made by retention or compaction and is passed over.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.fetching import Fetched
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.eventlog.postgres.statements import SQL
from libs.eventlog.postgres.topics import Topics
from libs.pg.database import Database, Row
from libs.pg.errors import DatabaseUnavailable

MAX_FETCH_BYTES = 16 * 1024 * 1024
"""The bytes of values that one fetch brings; the last record of each partition may go beyond them."""
_KNOWN_WEIGHT = 8


class PostgresFetcher:
    """Never waits for records: whoever polls listens for hints."""

    def __init__(self, db: Database, topics: Topics) -> None:
        self._db = db
        self._topics = topics
        self._ends: dict[TopicPartition, int] = {}
        self._last: frozenset[TopicPartition] = frozenset()
        self._began_at = -math.inf
        self._has_news = False

    async def fetch(
        self,
        positions: Positions,
        *,
        timeout_s: float,  # noqa: ARG002
        max_records: int,
    ) -> Mapping[TopicPartition, Fetched]:
        self._last, self._began_at, self._has_news = frozenset(), time.monotonic(), False
        try:
            topics = await self._topics.known({place.topic for place in positions})
            asked = [place for place in positions if place.topic in topics]
            rows = await self._db.fetch(
                _fetch_of(max(self._shares(positions, asked, max_records), default=0)),
                [topics[place.topic].id for place in asked],
                [place.partition for place in asked],
                [positions[place] for place in asked],
                self._shares(positions, asked, MAX_FETCH_BYTES),
            )
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error
        fetched = self._fetched(positions, asked, rows, max_records)
        self._last = frozenset(asked)
        return fetched

    def expect_records(self) -> None:
        self._has_news = True

    def is_level(self, positions: Positions, for_s: float) -> bool:
        if self._has_news or time.monotonic() - self._began_at >= for_s:
            return False
        return all(place in self._last and self._ends.get(place, math.inf) <= at for place, at in positions.items())

    async def close(self) -> None:
        """Hold nothing."""

    def _shares(self, positions: Positions, places: Sequence[TopicPartition], total: int) -> list[int]:
        """Return the share of each partition: most for those known to have records, at least one for all."""
        weights = [_KNOWN_WEIGHT if self._ends.get(place, 0) > positions[place] else 1 for place in places]
        return [max(1, total * weight // sum(weights)) for weight in weights]

    def _fetched(
        self, positions: Positions, asked: Sequence[TopicPartition], rows: Sequence[Row], max_records: int
    ) -> dict[TopicPartition, Fetched]:
        fetched: dict[TopicPartition, Fetched] = {}
        left = max_records
        for place, records in self._by_place(asked, rows).items():
            end = self._ends[place]
            if records and left:
                kept = records[:left]
                left -= len(kept)
                fetched[place] = Fetched(kept, kept[-1].offset + 1)
            elif not records and positions[place] < end:
                fetched[place] = Fetched([], end)
        return fetched

    def _by_place(
        self, asked: Sequence[TopicPartition], rows: Sequence[Row]
    ) -> dict[TopicPartition, list[StoredRecord]]:
        """Return the records of every partition there is, and note where it ends."""
        found: dict[TopicPartition, list[StoredRecord]] = {}
        for at, end, offset, key, value, headers, timestamp_ms in rows:
            place = asked[at - 1]
            if place not in found:
                found[place] = []
                self._ends[place] = end
            if offset is not None:
                topic, partition = place
                record = StoredRecord(topic, partition, offset, key.decode(), value, headers, timestamp_ms)
                found[place].append(record)
        return found


def _fetch_of(limit: int) -> str:
    """Return the statement that fetches at least `limit` records of each partition, at most an eighth more.

    There are few of them, each planned once: the planner has to know the limit, or it takes it for a tenth of the rows.
    """
    step = 1 << max(0, limit.bit_length() - 4)
    return _fetch_with(-(-limit // step) * step)


@lru_cache
def _fetch_with(limit: int) -> str:
    return SQL.fetch.replace("$5", str(limit))
