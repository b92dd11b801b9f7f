"""What goes into the log: order, partitions, the record as it was, failures one by one, offsets."""

import asyncio

import msgspec

from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.errors import AppendFailed
from libs.eventlog.partitioner import partition_of
from libs.eventlog.port import (
    Appended,
    EventLog,
    Record,
    TopicPartition,
)
from tests.support.eventlog import (
    LATEST,
    MANY,
    ONE,
    ROOM_FOR_OVERHEAD,
    ContractPart,
    OpenLog,
    all_partitions,
    places,
    read_topic,
    record,
)

BASE_MS = 1_700_000_000_000


class AppendingContract(ContractPart):
    """Appending, and reading back what was appended."""

    async def test_offsets_of_a_partition_follow_each_other(self, log: EventLog) -> None:
        first = places(await log.append([record(f"k{n}") for n in range(3)]))
        second = places(await log.append([record("k")]))
        assert [place.offset for place in first + second] == [0, 1, 2, 3]
        assert {(place.topic, place.partition) for place in first} == {(ONE.name, 0)}

    async def test_a_key_goes_to_the_partition_kafka_would_choose(self, log: EventLog) -> None:
        keys = [f"tenant:{n}" for n in range(40)] + ["", "ä€", "x" * 200]
        outcomes = places(await log.append([record(key, topic=MANY) for key in keys]))
        assert [place.partition for place in outcomes] == [partition_of(key, 6) for key in keys]

    async def test_records_of_a_key_stay_in_order(self, log: EventLog) -> None:
        await log.append([record(f"k{n % 7}", str(n).encode(), topic=MANY) for n in range(200)])
        stored = await read_topic(log, MANY)
        for key in {one.key for one in stored}:
            values = [int(one.value or b"") for one in stored if one.key == key]
            assert values == sorted(values)
        assert len(stored) == 200

    async def test_a_record_comes_back_as_it_was(self, log: EventLog) -> None:
        sent = [
            record("a", b"{}", headers=(("ce_id", b"1"), ("twice", b"x"), ("twice", b"y"), ("empty", b""))),
            record("b", b""),
            record("c", bytes(range(256)), timestamp_ms=1_600_000_000_123),
            record("ключ", b"v", headers=(("name-ü", "ü".encode()),)),
        ]
        await log.append(sent)
        stored = await read_topic(log, ONE)
        assert [Record(one.topic, one.key or "", one.value, one.headers, one.timestamp_ms) for one in stored] == sent
        assert [one.offset for one in stored] == [0, 1, 2, 3]

    async def test_a_tombstone_is_not_an_empty_value(self, log: EventLog) -> None:
        await log.append([record("a", b"", topic=LATEST), record("b", None, topic=LATEST)])
        assert [one.value for one in await read_topic(log, LATEST)] == [b"", None]

    async def test_a_large_record_comes_back(self, log: EventLog) -> None:
        value = bytes(range(256)) * ((MAX_RECORD_BYTES - ROOM_FOR_OVERHEAD) // 256)
        places(await log.append([record("large", value)]))
        assert [one.value for one in await read_topic(log, ONE)] == [value]

    async def test_an_oversize_record_fails_alone(self, log: EventLog) -> None:
        batch = [record("a", b"1"), record("b", b"x" * (MAX_RECORD_BYTES + 1)), record("c", b"3")]
        outcomes = await log.append(batch)
        refused = outcomes[1]
        assert isinstance(refused, AppendFailed)
        assert not refused.unknown
        places([outcomes[0], outcomes[2]])
        assert [one.value for one in await read_topic(log, ONE)] == [b"1", b"3"]

    async def test_a_record_for_an_unknown_topic_fails_alone(self, log: EventLog) -> None:
        outcomes = await log.append([msgspec.structs.replace(record(), topic="contract.absent"), record()])
        refused = outcomes[0]
        assert isinstance(refused, AppendFailed)
        assert not refused.unknown
        places(outcomes[1:])

    async def test_appending_nothing_is_allowed(self, log: EventLog) -> None:
        assert list(await log.append([])) == []

    async def test_many_tasks_append_at_once(self, log: EventLog) -> None:
        async def send(task: int) -> list[Appended]:
            batches = [
                [record(f"t{task}", f"{task}:{n}".encode(), topic=MANY) for n in (2 * m, 2 * m + 1)] for m in range(5)
            ]
            return [place for batch in batches for place in places(await log.append(batch))]

        outcomes = await asyncio.gather(*(send(task) for task in range(50)))
        stored = {(one.topic_partition, one.offset): one.value for one in await read_topic(log, MANY)}
        assert len(stored) == 500
        for task, appended in enumerate(outcomes):
            found = [stored[TopicPartition(place.topic, place.partition), place.offset] for place in appended]
            assert found == [f"{task}:{n}".encode() for n in range(10)]

    async def test_what_one_client_appends_another_reads(self, log: EventLog, open_log: OpenLog) -> None:
        other = await open_log()
        await log.append([record("a", b"1")])
        assert [one.value for one in await read_topic(other, ONE)] == [b"1"]

    async def test_an_empty_topic_begins_and_ends_at_zero(self, log: EventLog) -> None:
        expected = dict.fromkeys(all_partitions(MANY) + all_partitions(ONE), 0)
        assert dict(await log.beginning_offsets([MANY, ONE])) == expected
        assert dict(await log.end_offsets([MANY, ONE])) == expected

    async def test_the_end_is_the_next_offset(self, log: EventLog) -> None:
        await log.append([record() for _ in range(3)])
        assert dict(await log.end_offsets([ONE])) == {TopicPartition(ONE.name, 0): 3}
        assert dict(await log.beginning_offsets([ONE])) == {TopicPartition(ONE.name, 0): 0}

    async def test_a_time_is_found_by_the_first_record_from_it_on(self, log: EventLog) -> None:
        await log.append([record("k", timestamp_ms=BASE_MS + 10 * number) for number in range(1_000)])
        await log.append([record("k", timestamp_ms=BASE_MS)])
        expected = {-5: 0, 0: 0, 1: 1, 10: 1, 5_001: 501, 9_990: 999, 9_991: 1_001}
        found = {after: await log.offsets_at([ONE], BASE_MS + after) for after in expected}
        assert {after: offsets[TopicPartition(ONE.name, 0)] for after, offsets in found.items()} == expected

    async def test_a_time_is_found_among_records_that_waited_to_be_relayed(self, log: EventLog) -> None:
        late = {number for number in range(1_000) if number % 7 or number % 100 < 20}
        times = [BASE_MS + (0 if number in late else number) for number in range(1_000)]
        await log.append([record("k", timestamp_ms=time) for time in times])
        for at_ms in range(BASE_MS - 1, BASE_MS + 1_001, 83):
            first = next((offset for offset, time in enumerate(times) if time >= at_ms), len(times))
            assert dict(await log.offsets_at([ONE], at_ms)) == {TopicPartition(ONE.name, 0): first}

    async def test_a_time_is_looked_for_in_every_partition(self, log: EventLog) -> None:
        appended = places(await log.append([record(f"k{n}", topic=MANY, timestamp_ms=BASE_MS + n) for n in range(60)]))
        wanted = dict(await log.end_offsets([MANY, LATEST]))
        for number, place in reversed(list(enumerate(appended))):
            if number >= 30:
                wanted[TopicPartition(place.topic, place.partition)] = place.offset
        assert dict(await log.offsets_at([MANY, LATEST], BASE_MS + 30)) == wanted
