"""What the in-memory log does beyond the contract: its faults, and leases by the clock it is given."""

import pytest

from libs.contracts.topics import Topic
from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.memory import MemoryBroker, MemoryEventLog
from libs.eventlog.port import Appended, Positions, Record, TopicPartition

TOPIC = Topic("t", key="k", description="d", partitions=2)


def record(key: str = "k") -> Record:
    return Record("t", key, b"v", (), 1)


async def nowhere(_places: frozenset[TopicPartition]) -> Positions:
    return {}


async def opened(broker: MemoryBroker | None = None) -> MemoryEventLog:
    log = MemoryEventLog(broker)
    await log.start()
    await log.ensure_topics([TOPIC])
    return log


async def test_switched_off_it_refuses_and_keeps_what_it_has() -> None:
    log = await opened()
    await log.append([record()])
    log.broker.available = False
    (outcome,) = await log.append([record()])
    assert isinstance(outcome, AppendFailed)
    assert not outcome.unknown
    with pytest.raises(LogUnavailable):
        await log.end_offsets([TOPIC])
    log.broker.available = True
    assert sum((await log.end_offsets([TOPIC])).values()) == 1


async def test_a_forgotten_acknowledgement_is_unknown_and_landed() -> None:
    log = await opened()
    log.broker.forget_acknowledgements = True
    (outcome,) = await log.append([record()])
    assert isinstance(outcome, AppendFailed)
    assert outcome.unknown
    assert sum((await log.end_offsets([TOPIC])).values()) == 1


async def test_one_record_can_be_refused() -> None:
    log = await opened()
    log.broker.refuse = lambda one: "planned" if one.key == "bad" else None
    refused, taken = await log.append([record("bad"), record("good")])
    assert isinstance(refused, AppendFailed)
    assert isinstance(taken, Appended)


async def test_deleted_records_move_the_beginning() -> None:
    log = await opened()
    await log.append([record() for _ in range(5)])
    place = max((await log.end_offsets([TOPIC])).items(), key=lambda item: item[1])[0]
    log.broker.delete_before(place, 3)
    assert (await log.beginning_offsets([TOPIC]))[place] == 3
    reader = await log.reader({place: 0})
    assert [one.offset for one in await reader.poll(timeout_s=0, max_records=10)] == [3, 4]


async def test_a_silent_member_loses_its_partitions_and_notices() -> None:
    now = 0.0
    broker = MemoryBroker(clock=lambda: now, session_timeout_s=10)
    log = await opened(broker)
    silent = await log.subscribe("g", [TOPIC], member="silent", on_assigned=nowhere)
    await silent.poll(timeout_s=0, max_records=1)
    other = await log.subscribe("g", [TOPIC], member="other", on_assigned=nowhere)
    now = 9.0
    await other.poll(timeout_s=0, max_records=1)
    assert not other.assignment
    now = 11.0
    await other.poll(timeout_s=0, max_records=1)
    assert len(other.assignment) == 2
    await log.append([record("a"), record("b"), record("c")])
    assert not await silent.poll(timeout_s=0, max_records=10)
    assert not silent.assignment


async def test_a_second_process_of_one_name_takes_over() -> None:
    log = await opened()
    earlier = await log.subscribe("g", [TOPIC], member="a", on_assigned=nowhere)
    await earlier.poll(timeout_s=0, max_records=1)
    later = await log.subscribe("g", [TOPIC], member="a", on_assigned=nowhere)
    await later.poll(timeout_s=0, max_records=1)
    assert len(later.assignment) == 2
    await log.append([record("a"), record("b")])
    assert not await earlier.poll(timeout_s=0, max_records=10)
    assert not earlier.assignment
    await earlier.stop()
    assert len(await later.poll(timeout_s=0, max_records=10)) == 2
