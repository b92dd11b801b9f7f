"""The Kafka log as the port has it: one producer, one consumer for offsets, and what was made of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from libs.contracts.topics import Topic, with_partitions
from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.eventlog.kafka.appender import Producer
from libs.eventlog.kafka.consumer import KafkaConsumer
from libs.eventlog.kafka.fetcher import KafkaFetcher
from libs.eventlog.kafka.reader import KafkaReader
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.kafka.subscription import KafkaSubscription
from libs.eventlog.kafka.topics import Admin
from libs.eventlog.port import AppendOutcome, AssignmentListener, Positions, Record, TopicPartition
from libs.eventlog.shared_reading import SharedReading

_Question = Callable[[KafkaConsumer, Sequence[TopicPartition]], Awaitable[Positions]]


class KafkaEventLog:
    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin = Admin(settings)
        self._producer = Producer(settings)
        self._shared = SharedReading(lambda: KafkaFetcher(settings))
        self._offsets: KafkaConsumer | None = None

    async def start(self) -> None:
        self._offsets = await KafkaConsumer.open(self._settings)
        await self._producer.start()

    async def stop(self) -> None:
        """Readers and subscriptions are their owners' to stop."""
        await self._producer.stop()
        offsets, self._offsets = self._offsets, None
        if offsets is not None:
            await offsets.close()

    async def check(self) -> str | None:
        return await self._producer.check()

    async def identity(self) -> str:
        return await self._admin.identity()

    async def ensure_topics(self, topics: Sequence[Topic]) -> None:
        await self._admin.ensure(topics)

    async def check_topics(self, topics: Sequence[Topic]) -> None:
        await self._admin.check(topics)

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        return await self._producer.append(records)

    async def beginning_offsets(self, topics: Sequence[Topic]) -> Positions:
        return await self._ask(topics, lambda offsets, places: offsets.beginning_offsets(places))

    async def end_offsets(self, topics: Sequence[Topic]) -> Positions:
        return await self._ask(topics, lambda offsets, places: offsets.end_offsets(places))

    async def offsets_at(self, topics: Sequence[Topic], timestamp_ms: int) -> Positions:
        return await self._ask(topics, lambda offsets, places: offsets.offsets_at(places, timestamp_ms))

    async def reader(self, positions: Positions) -> KafkaReader:
        """Raise LogUnavailable."""
        reader = KafkaReader(self._settings, positions)
        await reader.open()
        return reader

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> KafkaSubscription:
        """Raise LogUnavailable, and LogMismatch for topics that do not exist."""
        await self._check_existence(topics)
        names = [topic.name for topic in topics]
        subscription = KafkaSubscription(
            self._settings, self._shared.reader(), group, names, member=member, on_assigned=on_assigned
        )
        await subscription.open()
        return subscription

    async def _ask(self, topics: Sequence[Topic], question: _Question) -> Positions:
        if self._offsets is None:
            raise LogUnavailable("this client of the log is not running")
        made = with_partitions(topics, self._settings.partitions)
        places = [TopicPartition(topic.name, number) for topic in made for number in range(topic.partitions)]
        try:
            return await question(self._offsets, places)
        except LogUnavailable:
            await self._check_existence(topics)
            raise

    async def _check_existence(self, topics: Sequence[Topic]) -> None:
        if missing := await self._admin.missing(topics):
            raise LogMismatch(f"unknown topics: {', '.join(missing)}")
