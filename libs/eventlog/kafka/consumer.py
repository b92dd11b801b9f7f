"""One aiokafka consumer, polled so that no call to it is ever cancelled, and watched for falling silent.

aiokafka may wait without end for an assignment, and may stop fetching after a broker's restart without saying so; what
is here never waits longer than asked, and tells for how long nothing was heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from libs.contracts.envelope import Headers
from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.eventlog.header_codec import pack_headers
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.kafka.teardown import bounded, close_consumer
from libs.eventlog.port import Positions, StoredRecord, TopicPartition

_GRACE_S = 0.1
_CLOSE_TIMEOUT_S = 2.0
# A caller that stayed away for longer than this was not listening: the silence before says nothing about the broker.
_ABSENCE_S = 2.0

Batch = dict[KafkaPartition, list[ConsumerRecord]]


@dataclass(slots=True)
class _Heard:
    """A partition's times: of its newest fetch's answer, by aiokafka's clock and ours, and of the last look at it."""

    fetch: int
    at: float
    looked_at: float


class KafkaConsumer:
    """An open consumer. One caller at a time."""

    def __init__(self, client: AIOKafkaConsumer, settings: KafkaSettings) -> None:
        self._client = client
        self._settings = settings
        self._pending: asyncio.Task[Batch] | None = None
        self._asked_at = self._heard_at = time.monotonic()
        self._left_at = self._asked_at
        self._heard: dict[TopicPartition, _Heard] = {}

    @classmethod
    async def open(
        cls, settings: KafkaSettings, *, group: str | None = None, member: str | None = None
    ) -> KafkaConsumer:
        """Connect, reading nothing yet. Raises LogUnavailable within about a request's timeout."""
        client = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers,
            **settings.access.options,
            client_id=settings.client_id,
            group_id=None if group is None else settings.to_kafka(group),
            group_instance_id=member,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            fetch_max_bytes=settings.fetch_bytes,
            max_partition_fetch_bytes=settings.partition_fetch_bytes,
            request_timeout_ms=int(_request_timeout_s(settings, group) * 1000),
            rebalance_timeout_ms=int(settings.rebalance_timeout_s * 1000),
            session_timeout_ms=int(settings.session_timeout_s * 1000),
            heartbeat_interval_ms=int(settings.heartbeat_s * 1000),
            max_poll_interval_ms=int(settings.max_poll_interval_s * 1000),
        )
        consumer = cls(client, settings)
        try:
            await asyncio.wait_for(client.start(), settings.request_timeout_s)
        except (KafkaError, TimeoutError, OSError) as error:
            await consumer.close()
            raise LogUnavailable(f"Kafka at {settings.bootstrap_servers} does not answer: {error!r}") from error
        except asyncio.CancelledError:
            await consumer.close()
            raise
        return consumer

    def join(self, topics: Sequence[str], listener: ConsumerRebalanceListener) -> None:
        """Start joining the group; the listener hears of the partitions."""
        self._client.subscribe([self._settings.to_kafka(topic) for topic in topics], listener=listener)

    def read(self, positions: Positions) -> None:
        """Read exactly these partitions, from these positions."""
        self._client.assign([self._to_kafka(tp) for tp in positions])
        self.seek(positions)

    def seek(self, positions: Positions) -> None:
        """Go on from these positions. Raises KafkaError for a partition that is not assigned."""
        for tp, position in positions.items():
            self._client.seek(self._to_kafka(tp), position)
        self.note_life()

    def pause(self, partitions: frozenset[TopicPartition]) -> None:
        """Fetch nothing of these partitions for as long as they are assigned."""
        self._client.pause(*(self._to_kafka(tp) for tp in partitions))

    async def position(self, partition: TopicPartition) -> int:
        """Return where the next take goes on; also past records that are not delivered (markers, compacted ones)."""
        return await self._client.position(self._to_kafka(partition))

    async def take(
        self, *, timeout_s: float, max_records: int, partitions: Collection[TopicPartition] = ()
    ) -> dict[TopicPartition, list[StoredRecord]]:
        """Return the fetched records of `partitions`, or of all, after waiting `timeout_s` at most.

        A call that is cancelled loses nothing: the next one goes on with it. Raises LogUnavailable for what the broker
        or the group refuses; LogMismatch when a position is beyond the end.
        """
        self._note_call()
        if self._pending is None:
            work = self._client.getmany(
                *map(self._to_kafka, partitions), timeout_ms=max(0, int(timeout_s * 1000)), max_records=max_records
            )
            self._pending = asyncio.ensure_future(work)
        pending = self._pending
        await asyncio.wait({pending}, timeout=timeout_s + _GRACE_S)
        if not pending.done() or self._pending is not pending:  # the latter: closed meanwhile
            return {}
        self._pending = None
        try:
            batch = pending.result()
        except OffsetOutOfRangeError as error:
            await self._seek_into_range(error)
            return {}
        except NoOffsetForPartitionError:
            return {}
        except KafkaError as error:
            raise LogUnavailable(f"Kafka stopped delivering: {error!r}") from error
        taken = dict(self._stored(place, records) for place, records in batch.items())
        for place in taken:
            self._heard.pop(place, None)
        return taken

    async def settle(self, *, timeout_s: float) -> bool:
        """End the take that is still under way and drop its records, read before a seek to come; False: not ended."""
        self._note_call()
        pending = self._pending
        if pending is None:
            return True
        await asyncio.wait({pending}, timeout=timeout_s + _GRACE_S)
        if not pending.done() or self._pending is not pending:
            return False
        self._pending = None
        pending.exception()
        return True

    def note_life(self) -> None:
        """Count every silence from now."""
        self._heard_at = time.monotonic()
        self._heard.clear()

    def group_silence_s(self) -> float:
        """Return for how many seconds a caller of `take` has heard nothing from the group."""
        self._left_at = time.monotonic()
        return self._left_at - self._heard_at

    def silences_s(self, partitions: Collection[TopicPartition]) -> tuple[float, float]:
        """Return the shortest and longest silences of the partitions, in seconds; an empty answer ends a silence."""
        self._left_at = time.monotonic()
        silences = [self._silence_of(tp, self._left_at) for tp in partitions if self._has(tp)]
        return min(silences, default=0.0), max(silences, default=0.0)

    def _note_call(self) -> None:
        """Begin to listen anew after an absence; what a call itself waits is silence, however long it took."""
        self._asked_at = time.monotonic()
        if self._asked_at - self._left_at > _ABSENCE_S:
            self._heard_at = self._asked_at

    def _silence_of(self, partition: TopicPartition, now: float) -> float:
        fetch = self._client.last_poll_timestamp(self._to_kafka(partition)) or 0
        heard = self._heard.setdefault(partition, _Heard(fetch, now, now))
        if heard.fetch != fetch or self._asked_at - heard.looked_at > _ABSENCE_S:
            heard.fetch, heard.at = fetch, now
        heard.looked_at = now
        return now - heard.at

    async def commit(self, positions: Positions, *, timeout_s: float) -> None:
        """Tell the group's coordinator these positions, for who looks at lag; failures are swallowed."""
        offsets = {self._to_kafka(tp): position for tp, position in positions.items() if self._has(tp)}
        if offsets:
            await bounded(self._client.commit(offsets), timeout_s=timeout_s)

    async def beginning_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the first offset of each partition. Raises LogUnavailable after a request's timeout."""
        return await self._offsets(self._client.beginning_offsets, partitions)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the next offset of each partition. Raises LogUnavailable after a request's timeout."""
        return await self._offsets(self._client.end_offsets, partitions)

    async def offsets_at(self, partitions: Sequence[TopicPartition], timestamp_ms: int) -> dict[TopicPartition, int]:
        """Return the offset of each partition's first record from a timestamp on, its end without one.

        Raises LogUnavailable after a request's timeout.
        """

        async def find(places: list[KafkaPartition]) -> dict[KafkaPartition, int]:
            ends: dict[KafkaPartition, int] = await self._client.end_offsets(places)
            # Negative timestamps are no times to the broker; no record has one.
            found = await self._client.offsets_for_times(dict.fromkeys(places, max(0, timestamp_ms)))
            return {place: ends[place] if one is None else one.offset for place, one in found.items()}

        return await self._offsets(find, partitions)

    async def close(self) -> None:
        """Stop within a bound; a static member keeps its place in the group."""
        await close_consumer(self._client, timeout_s=_CLOSE_TIMEOUT_S)
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.cancel()
            await asyncio.wait({pending})
            if not pending.cancelled():
                pending.exception()

    def partitions(self, kafka_partitions: set[KafkaPartition]) -> frozenset[TopicPartition]:
        """Return partitions as the port names them."""
        return frozenset(TopicPartition(self._settings.to_canonical(tp.topic), tp.partition) for tp in kafka_partitions)

    def _has(self, partition: TopicPartition) -> bool:
        return self._to_kafka(partition) in self._client.assignment()

    async def _offsets(
        self,
        ask: Callable[[list[KafkaPartition]], Awaitable[dict[KafkaPartition, int]]],
        partitions: Sequence[TopicPartition],
    ) -> dict[TopicPartition, int]:
        try:
            async with asyncio.timeout(self._settings.request_timeout_s):
                offsets = await ask([self._to_kafka(tp) for tp in partitions])
        except (KafkaError, TimeoutError) as error:
            raise LogUnavailable(f"Kafka does not tell its offsets: {error!r}") from error
        return {tp: offsets[self._to_kafka(tp)] for tp in partitions}

    async def _seek_into_range(self, error: OffsetOutOfRangeError) -> None:
        """Go on at the beginning where retention took what was asked; a position beyond the end is another log's."""
        asked = {tp: offset for tp, offset in error.args[0].items() if tp in self._client.assignment()}
        places = sorted(self.partitions(set(asked)))
        beginnings, ends = await self.beginning_offsets(places), await self.end_offsets(places)
        for place in places:
            offset = asked[self._to_kafka(place)]
            if offset > ends[place]:
                raise LogMismatch(f"position {offset} of {place} is beyond the log's end, {ends[place]}")
        with contextlib.suppress(KafkaError):  # not assigned any more
            self.seek({tp: beginnings[tp] for tp in places if asked[self._to_kafka(tp)] < beginnings[tp]})

    def _to_kafka(self, partition: TopicPartition) -> KafkaPartition:
        return KafkaPartition(self._settings.to_kafka(partition.topic), partition.partition)

    def _stored(
        self, place: KafkaPartition, records: Sequence[ConsumerRecord]
    ) -> tuple[TopicPartition, list[StoredRecord]]:
        topic, partition = self._settings.to_canonical(place.topic), place.partition
        return TopicPartition(topic, partition), [
            StoredRecord(topic, partition, one.offset, _text(one.key), one.value, _packed(one.headers), one.timestamp)
            for one in records
        ]


def _request_timeout_s(settings: KafkaSettings, group: str | None) -> float:
    """Return the request timeout: a member's join waits at the broker for the whole rebalance."""
    if group is None:
        return settings.request_timeout_s
    return settings.rebalance_timeout_s + settings.session_timeout_s


def _packed(headers: Sequence[tuple[str, bytes | None]]) -> bytes:
    """Return headers packed, a foreign producer's null values as empty ones: packed they are a quarter as large."""
    for _, value in headers:
        if value is None:
            return pack_headers(tuple((name, content or b"") for name, content in headers))
    return pack_headers(cast("Headers", headers))


def _text(key: bytes | None) -> str | None:
    try:
        return None if key is None else key.decode()
    except UnicodeDecodeError:
        return None
