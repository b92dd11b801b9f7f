"""A member's view of its group: the partitions it holds now, read from where its listener says.

Nothing of a partition is delivered before the listener named its position, nor after the lease on it may be over.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import AssignmentListener, Positions, StoredRecord, TopicPartition
from libs.eventlog.postgres.membership import Membership
from libs.eventlog.postgres.reader import heads, tells_of_records
from libs.eventlog.postgres.rows import TopicRow
from libs.eventlog.shared_reading import SharedReader
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.hints import Hints


class PostgresSubscription:
    """One member; `poll` is the only place where its assignment changes."""

    def __init__(
        self,
        db: Database,
        hints: Hints,
        reader: SharedReader,
        membership: Membership,
        topics: Sequence[TopicRow],
        *,
        group: str,
        on_assigned: AssignmentListener,
    ) -> None:
        self._db = db
        self._hints = hints
        self._reader = reader
        self._membership = membership
        self._topics = topics
        self._hint = f"group {group}"
        self._on_assigned = on_assigned
        self._topic_ids = frozenset(str(topic.id) for topic in topics)
        self._group_changed = True
        self._settled_at = 0.0
        self._stopped = False
        # For as long as it lives: a hint between two polls counts for the second.
        self._interest = contextlib.ExitStack()
        self._news = self._interest.enter_context(hints.interested(self._concerns))

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._reader.positions)

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        self._membership.note_poll()
        while not self._stopped:
            self._news.clear()
            # A poll that does not wait looks, however short the last answer was.
            records = await self._poll_once(max_records, self._hints.poll_interval_s if timeout_s > 0 else 0.0)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            pause_s = min(left, self._hints.poll_interval_s, self._membership.heartbeat_s)
            await wait_unless(self._news, pause_s)
        return []

    async def commit_hint(self, positions: Positions) -> None:
        with contextlib.suppress(DatabaseUnavailable):
            await self._membership.note_offsets(positions)

    async def stop(self) -> None:
        """The partitions are free at once."""
        if not self._stopped:
            self._stopped = True
            self._news.set()
            self._interest.close()
            await self._reader.stop()
            await self._membership.leave()

    def _concerns(self, hint: str) -> bool:
        if hint == self._hint:
            self._group_changed = True
            return True
        has_records = tells_of_records(hint, self._topic_ids)
        if has_records:
            self._reader.expect_records()
        return has_records

    async def _poll_once(self, max_records: int, level_for_s: float) -> list[StoredRecord]:
        try:
            await self._follow_group()
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error
        before = dict(self._reader.positions)
        records = await self._reader.take(timeout_s=0, max_records=max_records, level_for_s=level_for_s)
        if not self._membership.has_lease:
            # The process slept past its lease between asking and now: another may hold these already.
            self._reader.seek(before)
            return []
        return records

    async def _follow_group(self) -> None:
        membership = self._membership
        if not membership.has_lease:
            # Whatever is held after this was anybody's meanwhile: the listener is asked again for all of it.
            self._reader.seek({})
        if membership.is_replaced:
            return
        due = time.monotonic() - self._settled_at >= membership.heartbeat_s
        if self._group_changed or due or not membership.has_lease:
            self._group_changed = False
            self._settled_at = time.monotonic()
            try:
                await membership.settle()
            except DatabaseUnavailable:
                # It may have been committed all the same, and what was given up is another's then.
                self._group_changed = True
                raise
        await self._follow(membership.held)

    async def _follow(self, held: frozenset[TopicPartition]) -> None:
        kept = {place: position for place, position in self._reader.positions.items() if place in held}
        if len(kept) != len(self._reader.positions):
            self._reader.seek(kept)
        if added := held - frozenset(kept):
            given = await self._on_assigned(added)
            beginnings = await self._beginnings(added)
            self._reader.seek(kept | beginnings | {place: at for place, at in given.items() if place in held})

    async def _beginnings(self, places: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        async with self._db.transaction(readonly=True) as conn:
            found = await heads(conn, self._topics)
        return {place: found[place].beginning for place in places}
