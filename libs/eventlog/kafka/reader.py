"""Reads given partitions from given positions, making its consumer anew when the old one fell silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.kafka.consumer import Consumer
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.port import Positions, StoredRecord


class KafkaReader:
    """As `Reader` of the port. One caller at a time."""

    def __init__(self, settings: KafkaSettings, positions: Positions) -> None:
        self._settings = settings
        self._positions = dict(positions)
        self._partitions = frozenset(positions)
        self._consumer: Consumer | None = None
        self._stopped = False

    @property
    def positions(self) -> Positions:
        """As the port says."""
        return dict(self._positions)

    async def open(self) -> None:
        """Connect, unless connected. Raises LogUnavailable."""
        if self._consumer is None and self._partitions:
            consumer = await Consumer.open(self._settings)
            if self._stopped:
                await consumer.close()
                return
            consumer.read(self._positions)
            self._consumer = consumer

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        """As the port says."""
        deadline = time.monotonic() + timeout_s
        while not self._stopped and self._partitions:
            await self.open()
            records = await self._take(max(0.0, deadline - time.monotonic()), max_records)
            if records or time.monotonic() >= deadline:
                return records
        if not self._stopped:
            await asyncio.sleep(timeout_s)
        return []

    async def stop(self) -> None:
        """As the port says."""
        self._stopped = True
        await self._close()

    async def _take(self, timeout_s: float, max_records: int) -> list[StoredRecord]:
        consumer = self._consumer
        if consumer is None:  # stopped meanwhile
            return []
        try:
            records = await consumer.take(timeout_s=timeout_s, max_records=max_records)
        except LogUnavailable:
            await self._close()
            raise
        if self._consumer is not consumer:  # stopped meanwhile
            return []
        for place in self._partitions:
            self._positions[place] = await consumer.position(place)
        if not records and consumer.silence_s(self._partitions) > self._settings.silence_limit_s:
            await self._close()
        return records

    async def _close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.close()
