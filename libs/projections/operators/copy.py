"""Moves an installation from one log to another: records first, then objects published again, then every model rebuilt.

Nothing else may write to either log meanwhile. Killed and run again, it goes on after the last acknowledged records;
what was acknowledged but not noted is appended again as the identical record, which every ledger of ids absorbs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from libs.contracts.topics import Topic
from libs.eventlog.errors import AppendFailed, LogMismatch, LogUnavailable
from libs.eventlog.port import EventLog, Positions, Record, StoredRecord, TopicPartition, by_partition
from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from libs.projections.rebuild.requests import REBUILDS
from libs.projections.registry import REGISTRY

COPIES = SqlFile.load(Path(__file__).with_name("copies.sql"))
_AT_ONCE = 1_000
_POLL_TIMEOUT_S = 0.5
_REASON = "the log was copied"

Progress = Callable[[int, int], None]
Republish = Callable[[EventLog], Awaitable[None]]


class CopyRefused(Exception):
    """The copy would mix logs; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many records this run appended to the target."""

    records: int


async def _nothing(_log: EventLog) -> None:
    """No objects to publish again."""


async def copy_log(
    source: EventLog,
    target: EventLog,
    db: Database,
    topics: Sequence[Topic],
    *,
    republish: Republish = _nothing,
    on_progress: Progress = lambda _done, _total: None,
) -> Copied:
    """Copy the topics' records with key, headers, value and timestamp, then make `target` this database's log.

    Within a partition, and so within a key, order is kept; partitions may differ in number. A record without a key
    gets the empty one. `db` is connected as the database URL's login; `on_progress` hears (records done, of how many).
    Raises CopyRefused, LogUnavailable (run it again), LogMismatch.
    """
    copy = _Copy(source, target, db, tuple(topics), await source.identity(), await target.identity(), on_progress)
    if await copy.is_over():
        return Copied(0)
    await target.ensure_topics(topics)
    await copy.begin()
    while await copy.copy_rest():
        pass
    await republish(target)
    await copy.finish()
    return Copied(copy.appended)


class _Copy:
    def __init__(
        self,
        source: EventLog,
        target: EventLog,
        db: Database,
        topics: tuple[Topic, ...],
        source_id: str,
        target_id: str,
        on_progress: Progress,
    ) -> None:
        self._source = source
        self._target = target
        self._db = db
        self._topics = topics
        self._ids = (source_id, target_id)
        self._on_progress = on_progress
        self.appended = 0

    async def is_over(self) -> bool:
        """Whether the target is this database's log already. Raises LogMismatch when the source is not."""
        source_id, target_id = self._ids
        if source_id == target_id:
            raise CopyRefused(f"source and target are the same log, {source_id}")
        async with self._db.transaction() as conn:
            known = await conn.fetchval(REGISTRY.known_log)
        if known not in (None, source_id, target_id):
            raise LogMismatch(f"this database belongs to log {known}, which is neither {source_id} nor {target_id}")
        return bool(known == target_id)

    async def begin(self) -> None:
        """Note the beginning of every partition, unless an earlier run did; a first run wants an empty target."""
        beginnings = await self._source.beginning_offsets(self._topics)
        places = sorted(beginnings)
        async with self._db.transaction() as conn:
            if not await conn.fetch(COPIES.progress, *self._ids):
                await self._check_empty()
            await conn.execute(COPIES.begin, *self._ids, *_columns(places, beginnings))

    async def copy_rest(self) -> bool:
        """Copy up to where the source ends now; False when nothing was left to copy."""
        ends = await self._source.end_offsets(self._topics)
        beginnings = await self._source.beginning_offsets(self._topics)
        starts = await self._progress()
        reader = await self._source.reader(starts)
        total = sum(max(0, ends[place] - max(starts[place], beginnings[place])) for place in ends)
        before = self.appended
        try:
            while _is_short(reader.positions, beginnings, ends):
                await self._append(await reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_AT_ONCE))
                self._on_progress(self.appended, before + total)
        finally:
            await reader.stop()
        return self.appended > before

    async def finish(self) -> None:
        """Adopt the target and ask for the rebuild of every model, at once."""
        async with self._db.transaction() as conn:
            await conn.execute(REGISTRY.replace_log, self._ids[1])
            await conn.execute(REBUILDS.request_all, _REASON)
            await conn.execute(COPIES.forget, *self._ids)

    async def _append(self, records: Sequence[StoredRecord]) -> None:
        if not records:
            return
        outcomes = await self._target.append([_again(record) for record in records])
        failed = next((outcome for outcome in outcomes if isinstance(outcome, AppendFailed)), None)
        if failed:
            raise LogUnavailable(f"the target log did not take every record: {failed}; run the copy again")
        reached = {place: part[-1].offset + 1 for place, part in by_partition(records).items()}
        async with self._db.transaction() as conn:
            await conn.execute(COPIES.advance, *self._ids, *_columns(sorted(reached), reached))
        self.appended += len(records)

    async def _check_empty(self) -> None:
        ends = await self._target.end_offsets(self._topics)
        filled = [place for place, end in sorted(ends.items()) if end]
        if filled:
            raise CopyRefused(
                f"the target log has records already ({filled[0].topic}/{filled[0].partition} ends at"
                f" {ends[filled[0]]}): copy into an empty one, for instance with another topic prefix"
            )

    async def _progress(self) -> dict[TopicPartition, int]:
        async with self._db.transaction() as conn:
            rows = await conn.fetch(COPIES.progress, *self._ids)
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def _again(record: StoredRecord) -> Record:
    return Record(record.topic, record.key or "", record.value, record.headers, record.timestamp_ms)


def _is_short(reached: Positions, beginnings: Positions, ends: Positions) -> bool:
    return any(max(reached.get(place, 0), beginnings[place]) < end for place, end in ends.items())


def _columns(places: Sequence[TopicPartition], offsets: Positions) -> tuple[list[str], list[int], list[int]]:
    return (
        [place.topic for place in places],
        [place.partition for place in places],
        [offsets[place] for place in places],
    )
