"""A replica of a topic: complete at start, caught up on demand, alive over outages."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import REFERENCE, Topic
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Positions, Record, StoredRecord
from libs.eventlog.replica import Replica
from tests.support.waiting import eventually


def record(key: str, value: bytes = b"{}") -> Record:
    return Record(REFERENCE.name, key, value, (), 1)


@pytest.fixture
async def log() -> MemoryEventLog:
    log = MemoryEventLog()
    await log.ensure_topics([REFERENCE])
    return log


class Applied:
    def __init__(self) -> None:
        self.keys: list[str | None] = []

    def __call__(self, stored: StoredRecord) -> None:
        if stored.value == b"bad":
            raise InvalidRecord("not a reference record")
        self.keys.append(stored.key)


@pytest.fixture
async def replica(log: MemoryEventLog) -> AsyncIterator[tuple[Replica, Applied]]:
    applied = Applied()
    replica = Replica(log, REFERENCE, applied)
    yield replica, applied
    await replica.stop()


async def test_start_returns_with_everything_applied(log: MemoryEventLog, replica: tuple[Replica, Applied]) -> None:
    await log.append([record(f"k{n}") for n in range(2_500)])
    await replica[0].start()
    assert replica[1].keys == [f"k{n}" for n in range(2_500)]
    assert replica[0].ready
    assert replica[0].lag == 0


async def test_start_on_an_empty_topic_is_ready(replica: tuple[Replica, Applied]) -> None:
    await replica[0].start()
    assert replica[0].ready


async def test_catch_up_sees_what_was_appended_before_it(log: MemoryEventLog, replica: tuple[Replica, Applied]) -> None:
    await replica[0].start()
    for n in range(50):
        await log.append([record(f"k{n}")])
        await replica[0].catch_up()
        assert replica[1].keys[-1] == f"k{n}"


async def test_catch_up_fails_while_the_log_is_gone(log: MemoryEventLog, replica: tuple[Replica, Applied]) -> None:
    await replica[0].start()
    log.broker.available = False
    with pytest.raises(LogUnavailable):
        await replica[0].catch_up(timeout_s=0.1)


async def test_goes_on_after_an_outage(log: MemoryEventLog, replica: tuple[Replica, Applied]) -> None:
    await replica[0].start()
    log.broker.available = False
    log.broker.announce()
    with pytest.raises(LogUnavailable):
        await replica[0].catch_up(timeout_s=0.1)
    log.broker.available = True
    await log.append([record("after")])
    await replica[0].catch_up(timeout_s=5.0)
    assert replica[1].keys == ["after"]


async def test_starts_once_an_outage_is_over(log: MemoryEventLog, replica: tuple[Replica, Applied]) -> None:
    await log.append([record("early")])
    log.broker.available = False
    starting = asyncio.create_task(replica[0].start())
    await eventually(lambda: replica[0].is_running)
    assert not replica[0].ready
    log.broker.available = True
    await starting
    assert replica[1].keys == ["early"]


async def test_an_invalid_record_is_counted_and_passed_over(
    log: MemoryEventLog, replica: tuple[Replica, Applied]
) -> None:
    await log.append([record("a"), record("b", b"bad"), record("c")])
    await replica[0].start()
    assert replica[1].keys == ["a", "c"]
    assert replica[0].invalid_records == 1
    assert replica[0].last_invalid == "waymark.reference.v1/0@1: not a reference record"


async def test_another_error_of_apply_is_raised_to_those_who_wait(log: MemoryEventLog) -> None:
    def apply(_record: StoredRecord) -> None:
        raise KeyError("a bug")

    replica = Replica(log, REFERENCE, apply)
    await log.append([record("a")])
    with pytest.raises(KeyError):
        await replica.start()
    with pytest.raises(KeyError):
        await replica.catch_up()
    await replica.stop()


async def test_concurrent_catch_ups_share_questions(log: MemoryEventLog, replica: tuple[Replica, Applied]) -> None:
    await replica[0].start()
    asked = 0
    ask = log.end_offsets

    async def counted(topics: object) -> object:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return await ask(topics)  # type: ignore[arg-type]

    log.end_offsets = counted  # type: ignore[method-assign,assignment]
    await log.append([record("a")])
    await asyncio.gather(*(replica[0].catch_up() for _ in range(100)))
    assert replica[1].keys == ["a"]
    assert asked <= 2


async def test_a_question_on_its_way_does_not_answer_a_later_call(
    log: MemoryEventLog, replica: tuple[Replica, Applied], monkeypatch: pytest.MonkeyPatch
) -> None:
    await replica[0].start()
    asked, answer = asyncio.Event(), asyncio.Event()
    ask = log.end_offsets

    async def slow(topics: Sequence[Topic]) -> Positions:
        ends = await ask(topics)
        asked.set()
        await answer.wait()
        return ends

    monkeypatch.setattr(log, "end_offsets", slow)
    earlier = asyncio.create_task(replica[0].catch_up(timeout_s=5))
    await asked.wait()
    applied_at_return: list[int] = []

    async def later_call() -> None:
        await replica[0].catch_up(timeout_s=5)
        applied_at_return.append(len(replica[1].keys))

    monkeypatch.setattr(log.broker, "announce", lambda: None)  # the reader is not woken: only the question can tell
    await log.append([record("a")])
    later = asyncio.create_task(later_call())
    answer.set()
    await asyncio.gather(earlier, later)
    assert applied_at_return == [1]


async def test_catch_up_after_stop_is_refused(replica: tuple[Replica, Applied]) -> None:
    await replica[0].start()
    await replica[0].stop()
    await replica[0].stop()
    with pytest.raises(LogUnavailable):
        await replica[0].catch_up()
