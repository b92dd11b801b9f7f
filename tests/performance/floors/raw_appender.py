"""Appends bodies as they are, with no key of their own, and returns once they are acknowledged.

On Kafka through the bare client, on PostgreSQL through the log's own appender, which is the least there is there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import count
from typing import Protocol

from aiokafka import AIOKafkaProducer

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Appended, Record
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.settings import LogSettings


class RawAppender(Protocol):
    """Either log."""

    async def start(self) -> None:
        """Connect."""
        ...

    async def stop(self) -> None:
        """Let go."""
        ...

    async def append(self, body: bytes) -> None:
        """One record."""
        ...

    async def append_all(self, bodies: Sequence[bytes]) -> None:
        """All of a bulk body's records, in one partition."""
        ...


class KafkaAppender:
    """Idempotent, `acks=all`, 2 ms of lingering: as durable as ours."""

    def __init__(self, settings: LogSettings) -> None:
        self._bootstrap = settings.kafka_bootstrap_servers or ""
        self._topic = settings.topic_prefix + INTERACTIONS.name
        self._turns = count()
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """As the protocol says."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=2,
            max_batch_size=256 * 1024,
        )
        await self._producer.start()

    async def stop(self) -> None:
        """As the protocol says."""
        assert self._producer is not None
        await self._producer.stop()

    async def append(self, body: bytes) -> None:
        """As the protocol says."""
        assert self._producer is not None
        await self._producer.send_and_wait(self._topic, body)

    async def append_all(self, bodies: Sequence[bytes]) -> None:
        """As the protocol says."""
        assert self._producer is not None
        batch = self._producer.create_batch()
        for body in bodies:
            if batch.append(timestamp=None, key=None, value=body) is None:
                raise ValueError("the bulk body is over one Kafka batch")
        partition = next(self._turns) % INTERACTIONS.partitions
        await (await self._producer.send_batch(batch, self._topic, partition=partition))


class PostgresAppender:
    """The log's group of whatever waits, in one transaction."""

    def __init__(self, settings: LogSettings) -> None:
        assert settings.database_url is not None
        self._log = PostgresEventLog(settings.database_url)
        self._turns = count()

    async def start(self) -> None:
        """As the protocol says."""
        await self._log.start()

    async def stop(self) -> None:
        """As the protocol says."""
        await self._log.stop()

    async def append(self, body: bytes) -> None:
        """As the protocol says."""
        await self.append_all((body,))

    async def append_all(self, bodies: Sequence[bytes]) -> None:
        """As the protocol says."""
        key, now_ms = str(next(self._turns) & 63), int(time.time() * 1000)
        outcomes = await self._log.append([Record(INTERACTIONS.name, key, body, (), now_ms) for body in bodies])
        if not all(isinstance(outcome, Appended) for outcome in outcomes):
            raise RuntimeError(f"the log did not take all: {outcomes[:3]}")


def open_appender(settings: LogSettings) -> RawAppender:
    """For whichever log the settings name."""
    return KafkaAppender(settings) if settings.kafka_bootstrap_servers else PostgresAppender(settings)
