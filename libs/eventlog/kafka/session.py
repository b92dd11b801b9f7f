"""One idempotent producer from its start to its first failure, and what was handed to it.

A session that fails once is over: aiokafka retries an idempotent batch for ever, so only a new producer id makes sure
that nothing is appended long after its caller was answered. It counts on after a batch that was refused: of a topic
that refused one the session takes no more, all others it goes on with until another session has taken its place.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    CorruptRecordException,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnsupportedForMessageFormatError,
)
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata, TopicPartition

from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.kafka.teardown import abandon_producer, bounded
from libs.eventlog.port import Appended, AppendOutcome, Record
from libs.telemetry.logger import get_logger

_logger = get_logger(__name__)

# The broker checks these of a topic before it appends, so the record is surely not in the log.
_REFUSALS = (
    CorruptRecordException,
    InvalidTimestampError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnsupportedForMessageFormatError,
)


class Call:
    """The records of one append and their outcomes; `done` resolves when the last outcome is known."""

    __slots__ = ("_missing", "begun", "done", "outcomes", "records")

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.begun = time.monotonic()
        self.outcomes: list[AppendOutcome | None] = [None] * len(records)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._missing = len(records)

    def settle(self, index: int, outcome: AppendOutcome) -> None:
        """Note a record's outcome."""
        self.outcomes[index] = outcome
        self._missing -= 1
        if self._missing == 0 and not self.done.done():
            self.done.set_result(None)


_Entry = tuple[Call, int]
"""One record: its call, and its index in there."""


class Lane:
    """A partition's waiting records, and the one batch under way. Put records into `waiting`, then `send_soon`."""

    __slots__ = ("name", "partition", "sending", "topic", "waiting")

    def __init__(self, topic: str, name: str, partition: int) -> None:
        self.topic = topic
        self.name = name
        self.partition = partition
        self.waiting: deque[_Entry] = deque()
        self.sending: list[_Entry] = []

    def oldest(self) -> float | None:
        """Return when the call of the oldest unanswered record began."""
        oldest = self.sending or self.waiting
        return oldest[0][0].begun if oldest else None


class ProducerSession:
    """Appends through one producer; `on_broken` is called once, when it must not be used any more.

    `calls` are how many appends have it in hand. Whoever has waited for something looks at `refusal` before putting
    records into a topic's lanes.

    A broker takes one request at a time, so whatever waits for its partitions goes in rounds: all of it together, the
    next round once the last is answered. Sent one by one, partitions would wait for each other's requests.
    """

    def __init__(
        self, producer: AIOKafkaProducer, settings: KafkaSettings, on_broken: Callable[[ProducerSession, str], None]
    ) -> None:
        self._producer = producer
        self._settings = settings
        self._on_broken = on_broken
        self._lanes: list[Lane] = []
        self._lanes_of: dict[str, list[Lane]] = {}
        self._flushing: asyncio.Handle | None = None
        self._rounds: dict[int | None, asyncio.Task[None]] = {}
        self._failure: str | None = None
        self._refusals: dict[str, str] = {}
        self.calls = 0

    @classmethod
    async def open(cls, settings: KafkaSettings, on_broken: Callable[[ProducerSession, str], None]) -> ProducerSession:
        """Connect and obtain a producer id. Raises LogUnavailable within about a request's timeout."""
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap_servers,
            **settings.access.options,
            client_id=settings.client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,  # what comes during one round is the next: nothing is gained by waiting
            request_timeout_ms=int(settings.request_timeout_s * 1000),
            max_batch_size=settings.batch_bytes,
            compression_type=None,
        )
        try:
            await asyncio.wait_for(producer.start(), settings.request_timeout_s)
        except (KafkaError, TimeoutError, OSError) as error:
            await abandon_producer(producer, timeout_s=1.0)
            raise LogUnavailable(f"Kafka at {settings.bootstrap_servers} does not answer: {error!r}") from error
        except asyncio.CancelledError:
            await abandon_producer(producer, timeout_s=1.0)
            raise
        return cls(producer, settings, on_broken)

    @property
    def refuses(self) -> bool:
        """Whether there is a topic of which the session takes no more."""
        return bool(self._refusals)

    def refusal(self, topic: str) -> AppendFailed | None:
        """Return why the session takes no more of a topic, if so."""
        reason = self._refusals.get(topic)
        return None if reason is None else AppendFailed(reason, unknown=False)

    def known_lanes(self, topic: str) -> Sequence[Lane] | None:
        """Return a topic's partitions when they are known already."""
        return self._lanes_of.get(topic)

    async def learn_lanes(self, topic: str) -> Sequence[Lane]:
        """Ask for a topic's partitions; raises AppendFailed when it is unknown or nobody answers."""
        name = self._settings.to_kafka(topic)
        try:
            async with asyncio.timeout(self._settings.delivery_timeout_s):
                count = len(await self._producer.partitions_for(name))
        except (KafkaError, TimeoutError) as error:
            raise AppendFailed(f"topic {topic} is not known to Kafka: {error!r}", unknown=False) from error
        if topic not in self._lanes_of:
            self._lanes_of[topic] = [Lane(topic, name, partition) for partition in range(count)]
            self._lanes += self._lanes_of[topic]
        return self._lanes_of[topic]

    def send_soon(self) -> None:
        """Send what was put into lanes; each outcome goes to its call, at the latest after the delivery timeout."""
        if self._failure is not None:
            self._fail(self._failure)
        elif self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_soon(self._flush)

    def answer_in_time(self) -> None:
        """Break the session when a record stays unanswered for too long: its caller waits no longer. Call it often."""
        limit = self._settings.delivery_timeout_s
        oldest = min((since for lane in self._lanes if (since := lane.oldest())), default=None)
        if oldest is not None and time.monotonic() - oldest > limit:
            self.give_up(f"Kafka did not acknowledge within {limit} s")

    def give_up(self, reason: str, *, not_sent: Lane | None = None) -> None:
        """Answer everything unanswered as failed, and tell the owner that the session is broken."""
        if self._failure is None:
            self._fail(reason, not_sent=not_sent)
            self._on_broken(self, reason)

    async def stop(self) -> None:
        """Answer what is still unanswered as failed, then end the producer."""
        self._fail("this client of the log is stopped")
        if not await bounded(self._producer.stop(), timeout_s=1.0):
            await self.abandon()

    async def abandon(self) -> None:
        """End the producer without the broker's help; whatever was under way is not sent again."""
        await abandon_producer(self._producer, timeout_s=1.0)

    def _flush(self) -> None:
        """Begin a round at every broker that something waits for and that has none under way."""
        self._flushing = None
        waiting: dict[int | None, list[Lane]] = {}
        for lane in self._lanes:
            if lane.waiting and not lane.sending:
                waiting.setdefault(self._leader(lane), []).append(lane)
        for leader, lanes in waiting.items():
            if leader not in self._rounds:
                work = self._round(leader, [(lane, self._fill(lane)) for lane in lanes])
                self._rounds[leader] = asyncio.create_task(work)
                self._rounds[leader].add_done_callback(self._note_round)

    def _leader(self, lane: Lane) -> int | None:
        """Return the broker that leads a partition; those without one are a group of their own."""
        return self._producer.client.cluster.leader_for_partition(TopicPartition(lane.name, lane.partition))

    async def _round(self, leader: int | None, batches: Sequence[tuple[Lane, BatchBuilder]]) -> None:
        """Send these batches; over once all of them are answered."""
        deliveries = []
        for lane, batch in batches:
            try:
                delivery = await self._producer.send_batch(batch, lane.name, partition=lane.partition)
            except KafkaError as error:
                if self._not_delivered(lane, error):
                    continue
                return
            delivery.add_done_callback(partial(self._delivered, lane))
            deliveries.append(delivery)
        if deliveries:
            await asyncio.wait(deliveries)
        del self._rounds[leader]
        self._flush()

    def _note_round(self, task: asyncio.Task[None]) -> None:
        """Answer what a round left unanswered that ended by an error nobody foresaw."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("round_failed", exc_info=error)
            self.give_up(f"a round of appends failed: {error!r}")

    def _delivered(self, lane: Lane, delivery: asyncio.Future[RecordMetadata]) -> None:
        if delivery.cancelled():
            return
        error = delivery.exception()
        if error is not None:
            self._not_delivered(lane, error)
        elif self._failure is None:
            _acknowledge(lane, delivery.result().offset)

    def _not_delivered(self, lane: Lane, error: BaseException) -> bool:
        """Answer the records that `error` ends as failed, and return whether the session goes on."""
        reason = f"Kafka did not append: {error!r}"
        if isinstance(error, _REFUSALS):
            self._refuse(lane, reason)
            return True
        self.give_up(reason, not_sent=lane if isinstance(error, ClusterAuthorizationFailedError) else None)
        return False

    def _refuse(self, refusing: Lane, reason: str) -> None:
        """Answer the lane's batch, and whatever waits for its topic."""
        self._refusals[refusing.topic] = reason
        refused, refusing.sending = refusing.sending, []
        for lane in self._lanes_of[refusing.topic]:
            refused += lane.waiting
            lane.waiting.clear()
        for call, index in refused:
            call.settle(index, AppendFailed(reason, unknown=False))

    def _fill(self, lane: Lane) -> BatchBuilder:
        batch = self._producer.create_batch()
        while lane.waiting:
            call, index = lane.waiting[0]
            record = call.records[index]
            added = batch.append(
                timestamp=record.timestamp_ms,
                key=record.key.encode(),
                value=record.value,
                headers=list(record.headers),
            )
            if added is None:
                break
            lane.sending.append(lane.waiting.popleft())
        batch.close()
        return batch

    def _fail(self, reason: str, *, not_sent: Lane | None = None) -> None:
        """Answer everything unanswered: what waits was never sent, what is under way may land."""
        self._failure = self._failure or reason
        if self._flushing is not None:
            self._flushing.cancel()
        for lane in self._lanes:
            sent, waiting = lane.sending, lane.waiting
            lane.sending, lane.waiting = [], deque()
            for call, index in sent:
                call.settle(index, AppendFailed(reason, unknown=lane is not not_sent))
            for call, index in waiting:
                call.settle(index, AppendFailed(reason, unknown=False))
        current = asyncio.current_task()
        for task in self._rounds.values():
            if task is not current:
                task.cancel()


def _acknowledge(lane: Lane, base_offset: int) -> None:
    sent, lane.sending = lane.sending, []
    if base_offset < 0:  # a repeat so old that the broker knows of it but not where it lies
        lost = AppendFailed("Kafka has the record but cannot say where", unknown=True)
        for call, index in sent:
            call.settle(index, lost)
        return
    topic, partition = lane.topic, lane.partition
    for offset, (call, index) in enumerate(sent, base_offset):
        call.settle(index, Appended(topic, partition, offset))
