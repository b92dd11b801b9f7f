"""A member of a Kafka consumer group whose positions are its owner's, not the group's.

The member's own consumer never fetches: its partitions stay paused, and it is there for the membership alone. Records
come through what the process reads together, from the positions that the owner named when the assignment was announced.
Whatever was taken across a rebalance is dropped and taken again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from aiokafka import ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.kafka.consumer import KafkaConsumer
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.port import AssignmentListener, Positions, StoredRecord, TopicPartition
from libs.eventlog.shared_reading import SharedReader

# How soon a poll that waits for records notices a new assignment.
_SLICE_S = 0.1
_HINT_TIMEOUT_S = 1.0


class _Assignments(ConsumerRebalanceListener):
    """The partitions the group gave its member. Called within aiokafka's own task, so it only notes and never waits."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self.held: frozenset[TopicPartition] = frozenset()
        self.announced = False
        self.joined = False

    async def on_partitions_revoked(self, revoked: set[KafkaPartition]) -> None:  # noqa: ARG002
        self.held, self.announced, self.joined = frozenset(), False, False
        self._consumer.note_life()

    async def on_partitions_assigned(self, assigned: set[KafkaPartition]) -> None:
        self.held, self.joined = self._consumer.partitions(assigned), True
        self._consumer.pause(self.held)
        self._consumer.note_life()


class KafkaSubscription:
    """One caller of `poll` at a time."""

    def __init__(
        self,
        settings: KafkaSettings,
        reader: SharedReader,
        group: str,
        topics: Sequence[str],
        *,
        member: str,
        on_assigned: AssignmentListener,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._group = group
        self._topics = tuple(topics)
        self._member = member
        self._on_assigned = on_assigned
        self._consumer: KafkaConsumer | None = None
        self._assignments: _Assignments | None = None
        self._kept_alive_at = 0.0
        self._stopped = False

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        known = self._assignments
        return known.held if known is not None and known.announced else frozenset()

    async def open(self) -> None:
        """Connect and start joining, unless that was done. Raises LogUnavailable."""
        if self._consumer is None:
            consumer = await KafkaConsumer.open(self._settings, group=self._group, member=self._member)
            if self._stopped:
                await consumer.close()
                return
            self._consumer, self._assignments = consumer, _Assignments(consumer)
            consumer.join(self._topics, self._assignments)

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        while not self._stopped:
            await self.open()
            left = deadline - time.monotonic()
            records = await self._take(max(0.0, min(left, _SLICE_S)), max_records)
            if records or left <= 0:
                return records
        return []

    async def commit_hint(self, positions: Positions) -> None:
        if self._consumer is not None:
            await self._consumer.commit(positions, timeout_s=_HINT_TIMEOUT_S)

    async def stop(self) -> None:
        self._stopped = True
        await self._reader.stop()
        await self._close()

    async def _take(self, timeout_s: float, max_records: int) -> list[StoredRecord]:
        consumer, assignments = self._consumer, self._assignments
        if consumer is None or assignments is None:  # stopped meanwhile
            return []
        try:
            if assignments.joined and not assignments.announced:
                await self._announce(consumer, assignments)
            if not assignments.announced or not assignments.held:
                return await self._wait(consumer, assignments, timeout_s)
            await self._keep_alive(consumer)
            records = await self._reader.take(timeout_s=timeout_s, max_records=max_records)
        except LogUnavailable:
            await self._close()
            raise
        if not assignments.announced or self._consumer is not consumer:  # reassigned or stopped meanwhile
            return []
        return records

    async def _wait(self, consumer: KafkaConsumer, assignments: _Assignments, timeout_s: float) -> list[StoredRecord]:
        """Wait for an assignment; a group that says nothing for too long is joined anew."""
        self._reader.seek({})
        await consumer.take(timeout_s=timeout_s, max_records=1)
        if consumer.group_silence_s() > self._silence_limit_s(assignments):
            await self._close()
        return []

    async def _keep_alive(self, consumer: KafkaConsumer) -> None:
        """Poll the member's own consumer now and then: one that is not polled leaves its group, and tells no errors."""
        if time.monotonic() - self._kept_alive_at > self._settings.heartbeat_s:
            await consumer.take(timeout_s=0, max_records=1)
            self._kept_alive_at = time.monotonic()

    async def _announce(self, consumer: KafkaConsumer, assignments: _Assignments) -> None:
        """Ask the owner for positions and read from them, unless the group decided anew meanwhile."""
        held = assignments.held
        given = await self._on_assigned(held) if held else {}
        missing = sorted(tp for tp in held if tp not in given)
        beginnings = await consumer.beginning_offsets(missing) if missing else {}
        if assignments.held is not held:
            return
        positions = {tp: given.get(tp, beginnings.get(tp, 0)) for tp in held}
        try:
            # Without a position a paused partition is asked for the group's own over and over.
            consumer.seek(positions)
        except KafkaError:  # revoked in this moment: the group's next decision is announced in its turn
            return
        self._reader.seek(positions)
        assignments.announced = True

    def _silence_limit_s(self, assignments: _Assignments) -> float:
        if not assignments.joined:
            return self._settings.rebalance_timeout_s + self._settings.silence_limit_s
        return self._settings.idle_limit_s

    async def _close(self) -> None:
        consumer, self._consumer, self._assignments = self._consumer, None, None
        self._reader.seek({})
        if consumer is not None:
            await consumer.close()
