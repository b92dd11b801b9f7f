"""One batch of records becomes one PostgreSQL transaction, or nothing.

The steps, and what holds when the process dies after each:

1. *poll* (done by the caller, outside the transaction) — nothing has changed; the records are read again from the
   stored positions.
2. *decode*, setting invalid records aside (still outside, and for one batch while the one before it goes through the
   steps below) — nothing has changed, and nothing was looked up that could.
3. *begin and lock* the batch's position rows in (topic, partition) order — the server rolls back and frees the rows.
4. *drop* the records of fenced partitions (the row's owner epoch is not the writer's: somebody else has taken the
   partition over), *skip* the records below the stored position, and give up when the database fell behind what it had
   committed — nothing has changed. An invalid record that is dropped or skipped is not set aside.
5. *fold*, finding records at fault by halving inside savepoints, and *emit* the records that come of it (`work.py`
   says how; `reactor.py` what holds when that is an append) — rows are written but not committed: rolled back.
6. *park* what is invalid and *advance* the positions — still not committed: rolled back. No order of 5 and 6 can be
   observed.
7. *commit* — rows, parked records, counts and positions are all there, or, when the server never finished the commit,
   none is. The writer that lost the answer tries the same batch again, and step 4 skips it if it had been committed.
8. *commit hint and dead-letter copies* (done by the caller) — only dashboards lag; a copy not marked as published is
   published again.

So a record is applied or parked exactly once for each generation of a read model, and for each reactor, whoever reads
it however often, and a process that wakes up after losing a partition finds a higher epoch under the lock and writes
nothing of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from libs.eventlog.port import Positions, StoredRecord, TopicPartition, by_partition
from libs.pg.database import Database
from libs.projections import positions
from libs.projections.parking import (
    Decoded,
    Fault,
    decode_all,
    exceeds,
    fold_or_fault,
    park,
    recently_parked,
    tell_parked,
    without_discarded,
)
from libs.projections.positions import Entered, Held
from libs.projections.running import RunnerSettings
from libs.projections.work import Work

E = TypeVar("E")
_DECODED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """The result of one batch: new positions, the number of records applied, those parked, and the partitions whose
    records were dropped as fenced.

    `stopped` is the reason when this batch parked one record too many.
    """

    positions: Positions
    applied: int
    faults: Sequence[Fault]
    fenced: frozenset[TopicPartition]
    stopped: str | None = None

    @property
    def parked(self) -> int:
        """The number of records that the batch parked."""
        return len(self.faults)


@dataclass(frozen=True, slots=True)
class DecodedBatch(Generic[E]):
    """The records of one poll, the events in them, and the records that are invalid; each in the poll's order.

    `parts` are the records once more, by partition.
    """

    records: Sequence[StoredRecord]
    parts: Mapping[TopicPartition, Sequence[StoredRecord]]
    decoded: Sequence[Decoded[E]]
    invalid: Sequence[Fault]


class BatchWriter(Generic[E]):
    """Writes a consumer's batches, as long as it stays in the state in which the work was given."""

    def __init__(
        self,
        db: Database,
        work: Work[E],
        settings: RunnerSettings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._work = work
        self._settings = settings
        self._clock = clock

    async def decode(self, records: Sequence[StoredRecord]) -> DecodedBatch[E]:
        """Take step 2, letting others run now and then. Raises bugs only."""
        decoded: list[Decoded[E]] = []
        invalid: list[Fault] = []
        for start in range(0, len(records), _DECODED_AT_ONCE):
            good, bad = decode_all(self._work.decode, records[start : start + _DECODED_AT_ONCE])
            decoded += good
            invalid += bad
            await asyncio.sleep(0)
        return DecodedBatch(records, by_partition(records), decoded, invalid)

    async def write(self, records: Sequence[StoredRecord], held: Held) -> BatchOutcome:
        """Take steps 2 to 7; otherwise as `write_decoded`."""
        return await self.write_decoded(await self.decode(records), held)

    async def write_decoded(self, batch: DecodedBatch[E], held: Held) -> BatchOutcome:
        """Take steps 3 to 7. `held` has the epochs as of the poll's return, and positions as last committed.

        Raises GenerationChanged, ProjectionStopped, PositionsLost (read again), transient errors (try the same batch
        again), and bugs.
        """
        outcome = await self._commit(batch, held)
        if outcome.faults:
            tell_parked(self._work.consumer.group, outcome.faults)
        return outcome

    async def _commit(self, batch: DecodedBatch[E], held: Held) -> BatchOutcome:
        consumer = self._work.consumer
        async with positions.entered(
            self._db, consumer, idle_s=self._settings.idle_in_transaction_s, state=consumer.state
        ) as inside:
            places = batch.parts.keys()
            ours = positions.owned(await positions.lock(inside, places), held)
            fenced = frozenset(places - ours.keys())
            fresh = _unread(batch, ours)
            if not fresh.records:
                return BatchOutcome(ours, 0, (), fenced)
            return await self._fold(inside, fresh, ours, fenced)

    async def _fold(
        self, inside: Entered, fresh: DecodedBatch[E], ours: Positions, fenced: frozenset[TopicPartition]
    ) -> BatchOutcome:
        records = fresh.records
        folded = await fold_or_fault(inside.conn, self._work.fold, fresh.decoded)
        if folded.records:
            await self._work.emit(inside.conn, folded.records)
        faults = [*fresh.invalid, *folded.faults]
        if faults:
            faults = await without_discarded(inside, self._work.consumer, faults)
        now = self._clock()
        stopped = await self._park(inside, records, faults, now) if faults else None
        parked = Counter(fault.record.topic_partition for fault in faults)
        moved = positions.advances(fresh.parts, parked, now)
        await positions.advance(inside, moved)
        reached = {**ours, **{place: step.next_offset for place, step in moved.items()}}
        return BatchOutcome(reached, len(records) - len(faults), faults, fenced, stopped)

    async def _park(
        self, inside: Entered, fresh: Sequence[StoredRecord], faults: Sequence[Fault], now: datetime
    ) -> str | None:
        allowed, window = self._settings.parked_allowed, self._settings.parking_window
        before = await park(inside, fresh, faults, now)
        parked = await recently_parked(inside, max(before - window, inside.parking_floor))
        if not exceeds(parked, allowed=allowed, window=window):
            return None
        reason = (
            f"more than {allowed} of {window} consecutive records were parked, of several tenants;"
            f" the last: {faults[-1].reason}"
        )
        consumer = self._work.consumer
        await inside.conn.execute(consumer.registry.stop, reason, *consumer.key)
        return reason


def _unread(batch: DecodedBatch[E], next_offsets: Positions) -> DecodedBatch[E]:
    """Return the part of a batch that step 4 leaves."""
    if all(positions.is_unread(part[0], next_offsets) for part in batch.parts.values()):
        return batch
    records = [record for record in batch.records if positions.is_unread(record, next_offsets)]
    return DecodedBatch(
        records,
        by_partition(records),
        [item for item in batch.decoded if positions.is_unread(item.record, next_offsets)],
        [fault for fault in batch.invalid if positions.is_unread(fault.record, next_offsets)],
    )
