"""What is fetched once for several readers, and when one of them reads by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.eventlog import shared_reading
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.fetching import Fetched
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.eventlog.shared_reading import SharedReader, SharedReading

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)


class Log:
    """Records by partition; every fetch of every fetcher is noted."""

    def __init__(self, **counts: int) -> None:
        self.ends = {ONE: counts.get("one", 0), TWO: counts.get("two", 0)}
        self.gone: set[tuple[TopicPartition, int]] = set()
        self.fetches: list[dict[TopicPartition, int]] = []
        self.value = b"v"
        self.available = True
        self.let_through = asyncio.Event()
        self.let_through.set()
        self.opened = 0

    def fetcher(self) -> LogFetcher:
        return LogFetcher(self)

    def between(self, place: TopicPartition, start: int, end: int) -> list[StoredRecord]:
        kept = [offset for offset in range(start, end) if (place, offset) not in self.gone]
        return [StoredRecord(*place, offset, "k", self.value, (), 1) for offset in kept]


class LogFetcher:
    def __init__(self, log: Log) -> None:
        self._log = log
        self.is_open = False
        self._ends: dict[TopicPartition, int] = {}

    async def fetch(
        self, positions: Positions, *, timeout_s: float, max_records: int
    ) -> Mapping[TopicPartition, Fetched]:
        log, fetched = self._log, {}
        if not self.is_open:
            self.is_open = True
            log.opened += 1
        log.fetches.append(dict(positions))
        ends = dict(log.ends)
        self._ends = {}
        await log.let_through.wait()
        if not log.available:
            raise LogUnavailable("switched off")
        share = max(1, max_records // len(positions))
        for place, at in positions.items():
            end = min(ends[place], at + share)
            if at < end:
                fetched[place] = Fetched(log.between(place, at, end), end)
        self._ends = {place: ends[place] for place in positions}
        return fetched

    def expect_records(self) -> None:
        self._ends = {}

    def is_level(self, positions: Positions, for_s: float) -> bool:
        return for_s > 0 and all(self._ends.get(place, at + 1) <= at for place, at in positions.items())

    async def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._log.opened -= 1


def reader_at(shared: SharedReading, **positions: int) -> SharedReader:
    reader = shared.reader()
    reader.seek({place: positions[name] for place, name in ((ONE, "one"), (TWO, "two")) if name in positions})
    return reader


async def take(reader: SharedReader, limit: int = 100) -> list[tuple[int, int]]:
    return [(one.partition, one.offset) for one in await reader.take(timeout_s=0, max_records=limit)]


async def take_all(reader: SharedReader, limit: int = 100) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while taken := await take(reader, limit):
        found += taken
    return found


async def test_readers_at_one_place_fetch_once() -> None:
    log = Log(one=10)
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0), reader_at(shared, one=0)
    assert await take(first) == await take(second) == [(0, offset) for offset in range(10)]
    assert log.fetches == [{ONE: 0}]


async def test_looks_at_the_same_time_are_one() -> None:
    log = Log(one=10)
    log.let_through.clear()
    shared = SharedReading(log.fetcher)
    readers = [reader_at(shared, one=0) for _ in range(3)]
    taking = [asyncio.create_task(take(reader)) for reader in readers]
    await asyncio.sleep(0)
    log.let_through.set()
    assert [len(await one) for one in taking] == [10, 10, 10]
    assert len(log.fetches) == 1


async def test_a_look_under_way_does_not_answer_for_what_came_after_it_began() -> None:
    log = Log()
    log.let_through.clear()
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0), reader_at(shared, one=0)
    early = asyncio.create_task(take(first))
    await asyncio.sleep(0.001)
    late = asyncio.create_task(take(second))
    await asyncio.sleep(0.001)
    log.ends[ONE] = 1
    log.fetches.clear()
    log.let_through.set()
    assert await late == [(0, 0)]
    await early


async def test_a_look_that_found_everything_answers_until_records_are_expected() -> None:
    log = Log(one=3)
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0), reader_at(shared, one=0)
    for reader in (first, second):
        assert len(await reader.take(timeout_s=0, max_records=100, level_for_s=60)) == 3
        assert not await reader.take(timeout_s=0, max_records=100, level_for_s=60)
    assert log.fetches == [{ONE: 0}]
    log.ends[ONE] = 4
    second.expect_records()
    for reader in (first, second):
        assert len(await reader.take(timeout_s=0, max_records=100, level_for_s=60)) == 1
    assert log.fetches == [{ONE: 0}, {ONE: 3}]


async def test_a_look_that_found_everything_answers_for_its_own_partitions_alone() -> None:
    log = Log(one=3, two=2)
    shared = SharedReading(log.fetcher)
    reader = reader_at(shared, one=0)
    assert len(await reader.take(timeout_s=0, max_records=100, level_for_s=60)) == 3
    reader.seek({ONE: 3, TWO: 0})
    assert len(await reader.take(timeout_s=0, max_records=100, level_for_s=60)) == 2


async def test_a_reader_whose_records_are_not_kept_reads_by_itself_until_it_is_level() -> None:
    log = Log(one=50)
    log.value = b"x" * 1_000
    shared = SharedReading(log.fetcher, kept_bytes=10_000)
    quick, slow = reader_at(shared, one=0), reader_at(shared, one=0)
    await take(slow, 1)
    await take_all(quick)
    log.ends[ONE] = 60
    assert len(await take(quick)) == 10
    assert slow.is_behind
    log.fetches.clear()
    assert await take(slow, 20) == [(0, offset) for offset in range(1, 21)]
    assert log.fetches == [{ONE: 1}]
    assert log.opened == 2
    assert (await take_all(slow, 20))[-1] == (0, 59)
    assert not slow.is_behind
    assert log.opened == 1


async def test_a_slow_reader_keeps_no_more_than_the_bound() -> None:
    log = Log(one=0)
    log.value = b"x" * 1_000
    shared = SharedReading(log.fetcher, kept_bytes=20_000)
    quick, _slow = reader_at(shared, one=0), reader_at(shared, one=0)
    for _ in range(20):
        log.ends[ONE] += 5
        await take_all(quick)
        assert shared.stretches[ONE].size_bytes <= 20_000


async def test_what_everyone_has_taken_is_forgotten() -> None:
    log = Log(one=10, two=10)
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0, two=0), reader_at(shared, one=0)
    await take_all(first)
    assert shared.stretches[ONE].size_bytes > 0
    assert shared.stretches[TWO].size_bytes == 0
    await take_all(second)
    assert shared.stretches[ONE].size_bytes == 0


async def test_nothing_is_fetched_for_a_reader_that_has_enough() -> None:
    log = Log(one=100_000, two=0)
    log.value = b"x" * 10_000
    shared = SharedReading(log.fetcher)
    busy, waiting = reader_at(shared, one=0), reader_at(shared, two=0)
    await take(busy, 10)
    for _ in range(10):
        await take(waiting)
    assert shared.stretches[ONE].end <= 10_000
    assert await take(busy, 10) == [(0, offset) for offset in range(10, 20)]


async def test_readers_a_little_apart_share_what_the_later_one_reads() -> None:
    log = Log(one=100)
    shared = SharedReading(log.fetcher)
    ahead, after = reader_at(shared, one=40), reader_at(shared, one=10)
    assert await take(ahead) == [(0, offset) for offset in range(40, 100)]
    assert await take(after) == [(0, offset) for offset in range(10, 100)]
    assert log.fetches == [{ONE: 10}]


async def test_where_the_foremost_is_far_ahead_the_window_is() -> None:
    log = Log(one=100_010)
    shared = SharedReading(log.fetcher)
    behind = reader_at(shared, one=0)
    await take(behind, 5)
    ahead = reader_at(shared, one=100_000)
    log.fetches.clear()
    assert await take(ahead) == [(0, offset) for offset in range(100_000, 100_010)]
    assert log.fetches == [{ONE: 100_000}]
    assert behind.is_behind
    assert await take(behind, 5) == [(0, offset) for offset in range(5, 10)]


async def test_in_a_backlog_the_fastest_waits_for_those_close_behind() -> None:
    log = Log(one=60_000)
    shared = SharedReading(log.fetcher)
    fast, slow = reader_at(shared, one=0), reader_at(shared, one=0)

    async def work_off(reader: SharedReader, limit: int, pause_s: float) -> None:
        while reader.positions[ONE] < 60_000:
            await take(reader, limit)
            await asyncio.sleep(pause_s)

    await asyncio.gather(work_off(fast, 5_000, 0), work_off(slow, 1_000, 0.001))
    assert len(log.fetches) <= 60_000 / 5_000 + 1


async def seconds_until_taken(reader: SharedReader) -> float:
    began_s = time.monotonic()
    while not await take(reader, 5_000):
        pass
    return time.monotonic() - began_s


@pytest.mark.parametrize("is_moving", [True, False])
async def test_a_reader_that_stands_still_is_waited_for_by_nobody(
    monkeypatch: pytest.MonkeyPatch, is_moving: bool
) -> None:
    monkeypatch.setattr(shared_reading, "_PATIENCE_S", 0.3)
    monkeypatch.setattr(shared_reading, "_MOVING_S", 60.0 if is_moving else 0.0)
    log = Log(one=20_000)
    shared = SharedReading(log.fetcher)
    fast, _ = reader_at(shared, one=0), reader_at(shared, one=0)
    await take(fast, 5_000)
    assert (await seconds_until_taken(fast) >= 0.3) == is_moving


async def test_readers_of_other_partitions_wait_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_reading, "_PATIENCE_S", 60.0)
    monkeypatch.setattr(shared_reading, "_MOVING_S", 60.0)
    log = Log(one=20_000, two=10)
    shared = SharedReading(log.fetcher)
    fast, _, other = reader_at(shared, one=0), reader_at(shared, one=0), reader_at(shared, two=0)
    await take(fast, 5_000)
    assert await take(fast, 5_000) == []
    log.ends[TWO] = 20
    assert len(await take_all(other)) == 20
    assert await take(fast, 5_000) == []


async def test_gaps_are_passed_over() -> None:
    log = Log(one=10)
    log.gone = {(ONE, offset) for offset in (0, 1, 5, 8, 9)}
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0), reader_at(shared, one=0)
    for reader in (first, second):
        assert await take_all(reader, 2) == [(0, offset) for offset in (2, 3, 4, 6, 7)]
        assert reader.positions == {ONE: 10}


async def test_an_outage_is_told_to_all_and_moves_nobody() -> None:
    log = Log(one=10)
    log.available = False
    shared = SharedReading(log.fetcher)
    readers = [reader_at(shared, one=0) for _ in range(2)]
    taken = await asyncio.gather(*(take(reader) for reader in readers), return_exceptions=True)
    assert [type(one) for one in taken] == [LogUnavailable, LogUnavailable]
    log.available = True
    assert [len(await take(reader)) for reader in readers] == [10, 10]


async def test_a_reader_that_is_given_up_in_the_middle_of_a_look_does_not_end_it_for_others() -> None:
    log = Log(one=10)
    log.let_through.clear()
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0), reader_at(shared, one=0)
    given_up, waiting = asyncio.create_task(take(first)), asyncio.create_task(take(second))
    await asyncio.sleep(0.001)
    given_up.cancel()
    await asyncio.wait({given_up})
    await first.stop()
    log.let_through.set()
    assert len(await waiting) == 10


async def test_after_the_last_reader_nothing_is_held() -> None:
    log = Log(one=10)
    shared = SharedReading(log.fetcher)
    first, second = reader_at(shared, one=0), reader_at(shared, one=0)
    await take(first, 1)
    await first.stop()
    assert len(await take(second)) == 10
    await second.stop()
    await second.stop()
    assert not shared.stretches
    assert log.opened == 0


async def test_a_position_beyond_the_log_waits_for_it() -> None:
    log = Log(one=10)
    shared = SharedReading(log.fetcher)
    reader_at(shared, one=0)
    beyond = reader_at(shared, one=20)
    assert await take(beyond) == []
    log.ends[ONE] = 21
    assert await take(beyond) == [(0, 20)]


Step = tuple[int, int]


@given(
    starts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=4),
    steps=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 40)), max_size=40),
    kept=st.sampled_from([1_000, 20_000, 10_000_000]),
)
@pytest.mark.asyncio
async def test_every_reader_is_given_everything_after_its_place_once(
    starts: list[tuple[int, int]], steps: list[Step], kept: int
) -> None:
    """Step (n, limit): the n-th reader takes; beyond the readers, the log grows."""
    log = Log(one=30, two=60)
    shared = SharedReading(log.fetcher, kept_bytes=kept)
    readers = [reader_at(shared, one=one, two=two) for one, two in starts]
    taken: list[list[tuple[int, int]]] = [[] for _ in readers]
    for which, limit in steps:
        if which < len(readers):
            taken[which] += await take(readers[which], limit)
        else:
            log.ends[ONE] += limit
    log.ends[ONE] = max(log.ends[ONE], 60)
    for reader, before, (one, two) in zip(readers, taken, starts, strict=True):
        found = before + await take_all(reader, 17)
        assert [offset for partition, offset in found if partition == 0] == list(range(one, log.ends[ONE]))
        assert [offset for partition, offset in found if partition == 1] == list(range(two, 60))
