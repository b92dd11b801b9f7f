"""Moves an installation from one log to another: records first, then objects published again, then every model rebuilt.

Nothing else may write to either log meanwhile. Killed and run again, it goes on after the last acknowledged records;
what was acknowledged but not noted is appended again as the identical record, which every ledger of ids absorbs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libs.contracts.topics import Topic
from libs.eventlog.errors import AppendFailed, LogMismatch, LogUnavailable
from libs.eventlog.port import EventLog, Positions, Record, StoredRecord, TopicPartition, by_partition
from libs.pg.columns import keyed_columns
from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from libs.projections.feeds import Feed, PartitionsInTurn, PartitionsTogether
from libs.projections.operators.acting import Acting, acting_consumers, moved, read_by_all
from libs.projections.operators.entering import ProjectorOf
from libs.projections.projection import Projection
from libs.projections.rebuild.requests import REBUILDS
from libs.projections.registry import REGISTRY

COPIES = SqlFile.load(Path(__file__).with_name("copies.sql"))
_AT_ONCE = 1_000
_POLL_TIMEOUT_S = 0.5
_REASON = "the log was copied"

Progress = Callable[[int, int], None]
Republish = Callable[[EventLog], Awaitable[None]]


class CopyRefused(Exception):
    """The copy would mix logs; the message gives the way out."""


@dataclass(frozen=True, slots=True)
class Copied:
    """The number of records that this run appended to the target."""

    records: int


async def _nothing(_log: EventLog) -> None:
    """Publish no objects again."""


async def copy_log(
    source: EventLog,
    target: EventLog,
    db: Database,
    projector_of: ProjectorOf,
    topics: Sequence[Topic],
    *,
    projections: Sequence[Projection[Any]] = (),
    republish: Republish = _nothing,
    on_progress: Progress = lambda _done, _total: None,
) -> Copied:
    """Copy the topics' records with key, headers, value and timestamp, then make `target` this database's log.

    Topics that the source lacks, as one of an earlier release may, are made there. Within a partition, and so within a
    key, order is kept. Both logs have as many partitions as `topics`, so that what is meant for one of them lands
    there. A record without a key gets the empty one. `db` is connected as the owner; `projections` are the
    installation's; `on_progress` hears (records done, of how many). Raises CopyRefused, LogUnavailable (run it again),
    LogMismatch.
    """
    copy = _Copy(
        source, target, db, projector_of, tuple(topics), await source.identity(), await target.identity(), on_progress
    )
    if await copy.is_over():
        return Copied(0)
    acting = await acting_consumers(db, projections, await source.identity())
    for log in (source, target):
        await log.ensure_topics(topics)
    await copy.begin()
    starts = await copy.copy_until(await read_by_all(projector_of, acting, await source.end_offsets(topics)))
    while await copy.copy_rest():
        pass
    await republish(target)
    await copy.finish(acting, starts)
    return Copied(copy.appended)


class _Copy:
    def __init__(
        self,
        source: EventLog,
        target: EventLog,
        db: Database,
        projector_of: ProjectorOf,
        topics: tuple[Topic, ...],
        source_id: str,
        target_id: str,
        on_progress: Progress,
    ) -> None:
        self._source = source
        self._target = target
        self._db = db
        self._projector_of = projector_of
        self._topics = topics
        self._ids = (source_id, target_id)
        self._on_progress = on_progress
        self.appended = 0

    async def is_over(self) -> bool:
        """Return whether the target is this database's log already. Raises LogMismatch when the source is not."""
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
        async with self._db.transaction() as conn:
            if not await conn.fetch(COPIES.progress, *self._ids):
                await self._check_empty()
            await conn.execute(COPIES.begin, *self._ids, *keyed_columns(sorted(beginnings.items()), 3))

    async def copy_until(self, goal: Positions) -> Positions:
        """Copy exactly up to `goal`, unless an earlier run did; return where the target ended then."""
        boundary: Positions = await self._positions(COPIES.boundary)
        if not boundary:
            await self._copy(PartitionsInTurn(self._source, await self._positions(COPIES.progress)), goal)
            boundary = await self._target.end_offsets(self._topics)
            async with self._db.transaction() as conn:
                await conn.execute(COPIES.note_boundary, *self._ids, *keyed_columns(sorted(boundary.items()), 3))
        return boundary

    async def copy_rest(self) -> bool:
        """Copy up to where the source ends now; False when nothing was left to copy."""
        reader = await self._source.reader(await self._positions(COPIES.progress))
        return await self._copy(PartitionsTogether(reader), await self._source.end_offsets(self._topics))

    async def _copy(self, feed: Feed, goal: Positions) -> bool:
        beginnings = await self._source.beginning_offsets(self._topics)
        held = {place: offset for place, offset in goal.items() if offset > beginnings[place]}
        starts = await self._positions(COPIES.progress)
        total = sum(max(0, offset - max(starts[place], beginnings[place])) for place, offset in held.items())
        before = self.appended
        try:
            while not feed.has_reached(held):
                await self._append(await feed.poll(held, timeout_s=_POLL_TIMEOUT_S, max_records=_AT_ONCE))
                self._on_progress(self.appended, before + total)
        finally:
            await feed.stop()
        return self.appended > before

    async def finish(self, acting: Sequence[Acting], starts: Positions) -> None:
        """Adopt the target, put what acts on records at `starts`, and ask for every model's rebuild.

        All of it is done before any is committed, the adoption last: cut short between, the copy run again mends it.
        """
        async with self._db.transaction() as conn, moved(self._projector_of, acting, starts, self._ids[1]):
            await conn.execute(REGISTRY.replace_log, self._ids[1])
            await conn.execute(REBUILDS.request_all, _REASON)
            await conn.execute(COPIES.forget, *self._ids)
            await conn.execute(COPIES.forget_boundary, *self._ids)

    async def _append(self, records: Sequence[StoredRecord]) -> None:
        if not records:
            return
        outcomes = await self._target.append([_again(record) for record in records])
        failed = next((outcome for outcome in outcomes if isinstance(outcome, AppendFailed)), None)
        if failed:
            raise LogUnavailable(f"the target log did not take every record: {failed}; run the copy again")
        reached = {place: part[-1].offset + 1 for place, part in by_partition(records).items()}
        async with self._db.transaction() as conn:
            await conn.execute(COPIES.advance, *self._ids, *keyed_columns(sorted(reached.items()), 3))
        self.appended += len(records)

    async def _check_empty(self) -> None:
        ends = await self._target.end_offsets(self._topics)
        filled = [place for place, end in sorted(ends.items()) if end]
        if filled:
            raise CopyRefused(
                f"the target log has records already ({filled[0].topic}/{filled[0].partition} ends at"
                f" {ends[filled[0]]}): copy into an empty one, for instance with another topic prefix"
            )

    async def _positions(self, statement: str) -> dict[TopicPartition, int]:
        async with self._db.transaction() as conn:
            rows = await conn.fetch(statement, *self._ids)
        return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def _again(record: StoredRecord) -> Record:
    return Record(record.topic, record.key or "", record.value, record.headers, record.timestamp_ms)
