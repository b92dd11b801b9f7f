"""A broker that says nothing is noticed, however slowly its caller comes round, and whatever the caller asks for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition

from libs.eventlog.kafka import consumer as consumer_module
from libs.eventlog.kafka.consumer import KafkaConsumer
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.port import TopicPartition

PLACES = [TopicPartition("t", partition) for partition in range(3)]


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def monotonic(self) -> float:
        return self.now_s


class QuietClient:
    """Has every partition, brings no record, and was answered for a partition when `answered` says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.answered: dict[int, int] = dict.fromkeys(range(3), 1)
        self.call_takes_s = 1.0

    def assignment(self) -> set[KafkaPartition]:
        return {KafkaPartition("t", partition) for partition in self.answered}

    def last_poll_timestamp(self, place: KafkaPartition) -> int:
        return self.answered[place.partition]

    async def getmany(self, *_: KafkaPartition, **__: Any) -> dict[KafkaPartition, Sequence[Any]]:
        self._clock.now_s += self.call_takes_s
        return {}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(consumer_module, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@pytest.fixture
def client(clock: Clock) -> QuietClient:
    return QuietClient(clock)


@pytest.fixture
def consumer(client: QuietClient) -> KafkaConsumer:
    return KafkaConsumer(cast(AIOKafkaConsumer, client), KafkaSettings(bootstrap_servers="none"))


async def listen(consumer: KafkaConsumer, places: Collection[TopicPartition], calls: int) -> tuple[float, float]:
    for _ in range(calls):
        await consumer.take(timeout_s=1.0, max_records=1, partitions=places)
        of_all, of_some = consumer.silences_s(places)
    return of_all, of_some


@pytest.mark.parametrize("call_takes_s", [1.0, 5.0])
async def test_silence_grows_however_long_a_call_takes(
    consumer: KafkaConsumer, client: QuietClient, call_takes_s: float
) -> None:
    client.call_takes_s = call_takes_s
    assert await listen(consumer, PLACES, calls=5) == (4 * call_takes_s, 4 * call_takes_s)


async def test_silence_grows_for_a_caller_who_asks_for_some_partitions_in_turn(
    consumer: KafkaConsumer, client: QuietClient
) -> None:
    client.answered = {0: 10, 1: 20, 2: 30}
    for _ in range(5):
        await listen(consumer, PLACES[:1], calls=1)
        silences_s = await listen(consumer, PLACES[1:], calls=1)
    assert silences_s == (8.0, 8.0)


async def test_an_answer_for_some_is_none_for_a_partition_that_is_left_out(
    consumer: KafkaConsumer, client: QuietClient
) -> None:
    for answer in range(5):
        client.answered[0] = client.answered[1] = answer
        silences_s = await listen(consumer, PLACES, calls=1)
    assert silences_s == (0.0, 4.0)


async def test_an_absence_of_the_caller_is_no_silence(
    consumer: KafkaConsumer, client: QuietClient, clock: Clock
) -> None:
    await listen(consumer, PLACES, calls=5)
    clock.now_s += 60.0
    assert max(await listen(consumer, PLACES, calls=1)) <= client.call_takes_s
