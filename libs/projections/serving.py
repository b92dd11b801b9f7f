"""A member's part in keeping a consumer up to date, from joining its group to leaving it.

It writes only partitions whose owner epoch it raised itself, and goes on with a batch until that is committed, fenced
or no longer wanted: no record is passed over. While it is behind, it polls and decodes the next batch as PostgreSQL
applies the one before; that next batch is written after it or not at all.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from libs.background.waiting import wait_unless
from libs.contracts.topics import Topic
from libs.eventlog.port import Positions, StoredRecord, Subscription, TopicPartition
from libs.projections import positions
from libs.projections.batch import BatchOutcome, BatchWriter, DecodedBatch
from libs.projections.batch_size import BatchSize
from libs.projections.dead_letter_copies import DeadLetterCopies
from libs.projections.failures import MAY_PASS, will_pass
from libs.projections.parked_tenants import name_tenants
from libs.projections.positions import Held, Position, ProjectionStopped, create_positions
from libs.projections.running import RunnerParts
from libs.projections.work import Work
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import PROJECTION_BATCH_DURATION_SECONDS, PROJECTION_BATCH_SIZE

E = TypeVar("E")
_log = get_logger(__name__)
_SECOND = timedelta(seconds=1)
# A poll that brought this share of what it may bring was not the last for long.
_BEHIND_SHARE = 0.2


class Rejoin(Exception):
    """The membership does not deliver what it should; leave the group and join again."""


@dataclass(frozen=True, slots=True)
class Delivery(Generic[E]):
    """The records of one poll, and the partitions held when it returned."""

    batch: DecodedBatch[E]
    held: Held


class Serving(Generic[E]):
    """One membership; `run` it once."""

    def __init__(
        self,
        parts: RunnerParts,
        work: Work[E],
        topics: Sequence[Topic],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._parts = parts
        self._consumer = work.consumer
        self._topics = topics
        self._clock = clock
        self._writer = BatchWriter(parts.db, work, parts.settings, clock=clock)
        self._copies = DeadLetterCopies(
            parts.log, parts.db, work.consumer, idle_s=parts.settings.append_idle_s, clock=clock
        )
        self._backoff = parts.backoff()
        self._size = BatchSize(parts.settings.max_records)
        self._held: dict[TopicPartition, Position] = {}
        self._named: dict[TopicPartition, int] = {}
        self._ahead: Delivery[E] | None = None
        self._as_of: dict[TopicPartition, datetime] = {}
        self._next_tick = 0.0
        self._rests_until = -math.inf
        self._moved_at = self._whole_at = time.monotonic()
        self._hinted: Positions = {}

    async def run(self) -> None:
        """Serve until stopping. Raises GenerationChanged, ProjectionStopped, Rejoin, what passes in joining, bugs."""
        subscription = await self._parts.log.subscribe(
            self._consumer.group, self._topics, member=self._parts.member, on_assigned=self._assigned
        )
        try:
            while not self._parts.stopping.is_set():
                await self._round(subscription)
        except ProjectionStopped:
            await self._copies.publish()
            raise
        finally:
            await subscription.stop()

    async def _round(self, subscription: Subscription) -> None:
        try:
            delivery, self._ahead = self._ahead or await self._fetch(subscription), None
            if delivery.batch.records:
                await self._work_off(subscription, delivery)
            if time.monotonic() >= self._next_tick:
                self._next_tick = time.monotonic() + self._parts.settings.tick_s
                await self._tick(subscription)
            self._backoff.reset()
        except MAY_PASS as error:
            if not will_pass(error):
                raise
            await self._wait_after(error)

    async def _fetch(self, subscription: Subscription) -> Delivery[E]:
        await self._linger()
        records = await subscription.poll(timeout_s=self._parts.settings.poll_timeout_s, max_records=self._size.records)
        # Taken before anything is awaited, so that records never meet an epoch younger than their delivery.
        held = dict(self._held)
        self._parts.figures.polled()
        if records and not self._is_behind(records):
            self._rests_until = time.monotonic() + self._parts.settings.linger_s
        return Delivery(await self._writer.decode(records), held)

    async def _linger(self) -> None:
        """Let records gather after a poll that brought few."""
        rest_s = self._rests_until - time.monotonic()
        if rest_s > 0:
            await wait_unless(self._parts.stopping, rest_s)

    def _is_behind(self, records: Sequence[StoredRecord]) -> bool:
        """Return whether there seems to be more than a poll has brought."""
        return len(records) >= _BEHIND_SHARE * self._size.records

    async def _work_off(self, subscription: Subscription, delivery: Delivery[E]) -> None:
        """Write the delivery; when there seems to be more, fetch the next one meanwhile."""
        if not self._is_behind(delivery.batch.records):
            began_s = time.monotonic()
            await self._write(delivery)
            ended_s = time.monotonic()
            rest_s = min(ended_s - began_s, self._parts.settings.linger_limit_s)
            self._rests_until = max(self._rests_until, ended_s + rest_s)
            return
        async with _beside(self._fetch(subscription)) as fetching:
            await self._write(delivery)
        self._ahead = await fetching

    async def _write(self, delivery: Delivery[E]) -> None:
        """Keep at the same batch until it is done with."""
        held = self._as_committed(delivery.held)
        while not self._parts.stopping.is_set():
            began_s = time.perf_counter()
            try:
                outcome = await self._writer.write_decoded(delivery.batch, held)
            except MAY_PASS as error:
                if not will_pass(error):
                    raise
                await self._wait_after(error)
            else:
                name = f"{self._consumer.service}.{self._consumer.name}"
                took_s = time.perf_counter() - began_s
                self._size.note(took_s)
                PROJECTION_BATCH_DURATION_SECONDS.labels(name).observe(took_s)
                PROJECTION_BATCH_SIZE.labels(name).observe(len(delivery.batch.records))
                self._note(delivery, held, outcome)
                return

    def _as_committed(self, delivered: Held) -> Held:
        """Return the delivered epochs with the positions that batches written since have reached under them."""
        return {place: self._held[place] if self._owns(place, at) else at for place, at in delivered.items()}

    def _owns(self, place: TopicPartition, at: Position) -> bool:
        """Return whether the partition was neither lost nor taken over again since.

        A poll under way may do either.
        """
        return place in self._held and self._held[place].owner_epoch == at.owner_epoch

    def _note(self, delivery: Delivery[E], held: Held, outcome: BatchOutcome) -> None:
        figures = self._parts.figures
        figures.batches += 1
        figures.applied += outcome.applied
        figures.parked += outcome.parked
        figures.fenced += len(outcome.fenced)
        self._moved_at = time.monotonic()
        for place, offset in outcome.positions.items():
            if self._owns(place, held[place]):
                self._held[place] = Position(offset, held[place].owner_epoch)
        now = self._clock()
        for place, part in delivery.batch.parts.items():
            self._as_of[place] = positions.accept_time(part[-1], now)
        for place in outcome.fenced:
            if place in held and self._owns(place, held[place]):
                del self._held[place]
        if outcome.parked:
            self._copies.expect()
        if outcome.stopped:
            raise ProjectionStopped(outcome.stopped)

    async def _wait_after(self, error: Exception) -> None:
        self._parts.figures.retries += 1
        _log.warning("projection_waits", projection=self._consumer.group, error=str(error))
        await self._backoff.pause()

    async def _assigned(self, places: frozenset[TopicPartition]) -> Positions:
        """Own the partitions before anything of them is delivered; goes on until PostgreSQL agrees."""
        while True:
            try:
                return await self._take_over(places)
            except MAY_PASS as error:
                if self._parts.stopping.is_set() or not will_pass(error):
                    raise
                await self._wait_after(error)

    async def _take_over(self, places: frozenset[TopicPartition]) -> Positions:
        async with positions.entered(
            self._parts.db, self._consumer, idle_s=self._parts.settings.idle_in_transaction_s
        ) as inside:
            await create_positions(inside.conn, inside.tables, dict.fromkeys(places, 0))
            taken = await positions.take_over(inside, places, self._parts.member)
        self._held.update(taken)
        _log.info("partitions_taken", projection=self._consumer.group, member=self._parts.member, partitions=len(taken))
        return {place: position.next_offset for place, position in taken.items()}

    async def _tick(self, subscription: Subscription) -> None:
        """Check that the consumer may write; renew what is level, report progress, name and copy the parked."""
        held = {place: self._held[place] for place in subscription.assignment if place in self._held}
        asked_at = self._clock()
        ends = await self._parts.log.end_offsets(self._topics)
        beginnings = await self._parts.log.beginning_offsets(self._topics)
        self._measure(held, beginnings, ends, asked_at)
        level = {place: at for place, at in held.items() if self._parts.figures.lag.get(place) == 0}
        async with positions.entered(
            self._parts.db,
            self._consumer,
            idle_s=self._parts.settings.idle_in_transaction_s,
            state=self._consumer.state,
        ) as inside:
            if level:
                await positions.renew(inside, level, asked_at)
            self._parts.figures.parked_now = await positions.count_parked(inside)
        self._as_of.update(dict.fromkeys(level, asked_at))
        await self._name_tenants()
        await self._hint(subscription, held)
        await self._copies.publish()
        self._check_membership(subscription, held)

    async def _name_tenants(self) -> None:
        """Note whose parked records are, once after partitions changed hands: who held them may not have done so."""
        epochs = {place: at.owner_epoch for place, at in self._held.items()}
        if epochs != self._named:
            await name_tenants(self._parts.db, self._consumer, idle_s=self._parts.settings.idle_in_transaction_s)
            self._named = epochs

    def _measure(self, held: Held, beginnings: Positions, ends: Positions, asked_at: datetime) -> None:
        reached = {place: max(at.next_offset, beginnings.get(place, 0)) for place, at in held.items()}
        self._parts.figures.lag = {place: max(0, ends.get(place, 0) - at) for place, at in reached.items()}
        waiting = [self._as_of.get(place) for place, lag in self._parts.figures.lag.items() if lag]
        self._parts.figures.behind_s = max(((asked_at - at) / _SECOND for at in waiting if at is not None), default=0.0)

    async def _hint(self, subscription: Subscription, held: Held) -> None:
        hint = {place: at.next_offset for place, at in held.items()}
        if hint and hint != self._hinted:
            await subscription.commit_hint(hint)
            self._hinted = hint

    def _check_membership(self, subscription: Subscription, held: Held) -> None:
        """Raise Rejoin when a client believes in a lost assignment or stays silent while records wait."""
        now = time.monotonic()
        if not subscription.assignment - held.keys():
            self._whole_at = now
        if not self._parts.figures.lag_records:
            self._moved_at = now
        if now - min(self._whole_at, self._moved_at) > self._parts.settings.stall_timeout_s:
            raise Rejoin(f"nothing was delivered for {self._parts.settings.stall_timeout_s} s while records wait")


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, E]) -> AsyncIterator[asyncio.Task[E]]:
    """Run `work` beside the block until both have ended; only a cancelled block cancels it.

    A poll that is cancelled can leave a client unusable, so a block that fails waits for it too.
    """
    task = asyncio.create_task(work)
    try:
        try:
            yield task
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            await asyncio.wait({task})
    finally:
        task.cancel()
        if task.done() and not task.cancelled():
            task.exception()  # looked at, also when the block's own failure is what counts
