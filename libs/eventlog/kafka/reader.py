"""Reads given partitions from given positions, belonging to no group."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from libs.eventlog.fetching import advance
from libs.eventlog.kafka.fetcher import KafkaFetcher
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.port import Positions, StoredRecord


class KafkaReader:
    """A reader over exactly the partitions of its positions. One caller at a time."""

    def __init__(self, settings: KafkaSettings, positions: Positions) -> None:
        self._fetcher = KafkaFetcher(settings)
        self._positions = dict(positions)
        self._stopped = False

    @property
    def positions(self) -> Positions:
        return dict(self._positions)

    async def open(self) -> None:
        """Connect. Raises LogUnavailable."""
        if self._positions:
            await self._fetcher.open()

    async def poll(self, *, timeout_s: float, max_records: int) -> Sequence[StoredRecord]:
        deadline = time.monotonic() + timeout_s
        while not self._stopped and self._positions:
            left = max(0.0, deadline - time.monotonic())
            fetched = await self._fetcher.fetch(self._positions, timeout_s=left, max_records=max_records)
            records = advance(self._positions, fetched)
            if records or time.monotonic() >= deadline:
                return records
        if not self._stopped:
            await asyncio.sleep(timeout_s)
        return []

    async def stop(self) -> None:
        self._stopped = True
        await self._fetcher.close()
