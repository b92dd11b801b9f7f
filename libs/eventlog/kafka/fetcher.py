"""Fetches from Kafka with one consumer of no group, which is made anew when it fell silent."""

from __future__ import annotations

from collections.abc import Mapping

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.fetching import Fetched
from libs.eventlog.kafka.consumer import KafkaConsumer
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.port import Positions, StoredRecord, TopicPartition

# A partition without a leader is silent for as long as its broker is away: no reason to give the others up so soon.
_PARTLY = 6


class KafkaFetcher:
    """Keeps a partition assigned once it was fetched from, so that fetching from some now and then costs nothing."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer: KafkaConsumer | None = None
        self._standing: dict[TopicPartition, int] = {}
        self._closings = 0

    async def open(self) -> None:
        """Connect, unless connected. Raises LogUnavailable."""
        if self._consumer is None:
            closings = self._closings
            consumer = await KafkaConsumer.open(self._settings)
            if self._closings != closings:
                await consumer.close()
            else:
                self._consumer, self._standing = consumer, {}

    async def fetch(
        self, positions: Positions, *, timeout_s: float, max_records: int
    ) -> Mapping[TopicPartition, Fetched]:
        await self.open()
        consumer = self._consumer
        if consumer is None:
            return {}
        try:
            standing = await self._stand(consumer, positions, timeout_s)
            taken: Mapping[TopicPartition, list[StoredRecord]] = {}
            if standing:
                taken = await consumer.take(timeout_s=timeout_s, max_records=max_records, partitions=positions)
            if not taken:
                self._check_silence(consumer, positions)
        except LogUnavailable:
            await self.close()
            raise
        if not standing or self._consumer is not consumer:  # the latter: closed meanwhile
            return {}
        # A take that was given up earlier may end now, with partitions that are not asked for any more.
        for place in positions.keys() | taken.keys():
            self._standing[place] = await consumer.position(place)
        return {
            place: Fetched(taken.get(place, []), self._standing[place])
            for place, at in positions.items()
            if self._standing[place] != at
        }

    def expect_records(self) -> None:
        """Do nothing: a fetch waits for records by itself."""

    def is_level(self, positions: Positions, for_s: float) -> bool:  # noqa: ARG002
        """Return False, so that every look waits."""
        return False

    async def close(self) -> None:
        self._closings += 1
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.close()

    def _check_silence(self, consumer: KafkaConsumer, positions: Positions) -> None:
        limit_s = self._settings.silence_limit_s
        of_all, of_some = consumer.silences_s(positions)
        if of_all > limit_s or of_some > _PARTLY * limit_s:
            raise LogUnavailable(f"Kafka said nothing for {max(of_all, of_some):.0f} s")

    async def _stand(self, consumer: KafkaConsumer, positions: Positions, timeout_s: float) -> bool:
        """Have the consumer stand at the positions; False while an earlier take, read from elsewhere, goes on.

        What that one brings is dropped, so the consumer goes back to where it stood in every other partition too.
        """
        if all(self._standing.get(place) == at for place, at in positions.items()):
            return True
        if not await consumer.settle(timeout_s=timeout_s):
            return False
        stand = consumer.seek if positions.keys() <= self._standing.keys() else consumer.read
        self._standing |= positions
        stand(self._standing)
        return True
