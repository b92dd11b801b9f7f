"""What a stream reads, over a log in memory: by itself, from the shared tail, and by itself again when too slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.contracts.events import encode_event
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Positions, Reader, Record
from libs.records.events import EventRow
from services.queries.stream.events import STREAMED_EVENTS
from services.queries.stream.feed import Feed
from services.queries.stream.tail import Tail
from tests.support.queries.streaming import made
from tests.support.waiting import eventually

TURN_S = 0.05


@pytest.fixture
async def log() -> MemoryEventLog:
    opened = MemoryEventLog()
    await opened.ensure_topics([EVENTS])
    return opened


@asynccontextmanager
async def tail_of(log: MemoryEventLog, **bounds: int) -> AsyncIterator[Tail[EventRow]]:
    tail = Tail(STREAMED_EVENTS, log, **bounds)
    await tail.start()
    try:
        yield tail
    finally:
        await tail.stop()


async def append(log: MemoryEventLog, numbers: range) -> None:
    """Records whose values are the numbers, over all partitions; in parts, so that the tail finds several chunks."""
    for number in numbers:
        await log.append([Record(EVENTS.name, f"key-{number % 7}", b"%d" % number, (), timestamp_ms=1)])


async def taken(feed: Feed[EventRow], count: int) -> list[tuple[str, int, int]]:
    """So many records, by their places."""
    found: list[tuple[str, int, int]] = []

    async def enough() -> bool:
        occurrences, _ = await feed.next(TURN_S)
        found.extend((*occurrence.place, occurrence.offset) for occurrence in occurrences)
        return len(found) >= count

    await eventually(enough)
    return found


async def everything(log: MemoryEventLog, after: Positions) -> list[tuple[str, int, int]]:
    ends = await log.end_offsets([EVENTS])
    return [(*place, offset) for place, end in ends.items() for offset in range(after[place], end)]


async def test_a_slow_stream_goes_back_to_reading_by_itself_and_misses_nothing(log: MemoryEventLog) -> None:
    async with tail_of(log, kept_chunks=3) as tail:
        start = await log.end_offsets([EVENTS])
        slots = asyncio.Semaphore(1)
        slow, quick = (Feed(log, tail, start, slots) for _ in range(2))
        await tail.begun(5)
        await append(log, range(10))
        seen = await taken(slow, 10)
        fast = await taken(quick, 10)
        await append(log, range(10, 40))
        fast += await taken(quick, 30)
        seen += await taken(slow, 30)
        await append(log, range(40, 50))
        seen += await taken(slow, 10)
        fast += await taken(quick, 10)
        assert sorted(seen) == sorted(fast) == sorted(await everything(log, start))
        assert len(set(seen)) == len(seen)
        await slow.close()
        await quick.close()
        assert not slots.locked()


async def test_level_streams_share_one_reader(log: MemoryEventLog) -> None:
    async with tail_of(log) as tail:
        start = await log.end_offsets([EVENTS])
        none = asyncio.Semaphore(0)
        feeds = [Feed(log, tail, start, none) for _ in range(5)]
        await tail.begun(5)
        await append(log, range(20))
        for feed in feeds:
            assert len(await taken(feed, 20)) == 20
            await feed.close()


async def test_an_outage_of_the_log_only_prolongs_the_wait(log: MemoryEventLog) -> None:
    async with tail_of(log) as tail:
        start = await log.end_offsets([EVENTS])
        await append(log, range(5))
        feed = Feed(log, tail, start, asyncio.Semaphore(1))
        assert len(await taken(feed, 5)) == 5
        log.broker.available = False
        assert (await feed.next(TURN_S))[0] == []
        log.broker.available = True
        await append(log, range(5, 9))
        assert len(await taken(feed, 4)) == 4
        await feed.close()


async def test_what_was_read_while_nobody_followed_is_not_taken_for_the_end(log: MemoryEventLog) -> None:
    async with tail_of(log) as tail:
        start = await log.end_offsets([EVENTS])
        first = Feed(log, tail, start, asyncio.Semaphore(1))
        await tail.begun(5)
        await append(log, range(5))
        assert len(await taken(first, 5)) == 5
        await first.close()
        await append(log, range(5, 15))
        later = Feed(log, tail, start, asyncio.Semaphore(1))
        assert len(await taken(later, 15)) == 15
        await append(log, range(15, 20))
        assert len(await taken(later, 5)) == 5
        await later.close()


async def test_the_tail_takes_nobody_in_from_before_it_began(log: MemoryEventLog) -> None:
    await append(log, range(20))
    ends = await log.end_offsets([EVENTS])
    earlier = {place: max(0, end - 1) for place, end in ends.items()}
    async with tail_of(log) as tail:
        tail.follow()
        await tail.begun(5.0)
        await append(log, range(20, 40))
        await eventually(lambda: tail.join(ends) is not None)
        # It has read what lies before, but not what a record there may repeat.
        assert tail.join(earlier) is None


async def test_a_tail_that_is_followed_again_reads_only_what_came_meanwhile(
    log: MemoryEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Positions] = []
    reader_of = log.reader

    async def reader(positions: Positions) -> Reader:
        read.append(positions)
        return await reader_of(positions)

    monkeypatch.setattr(log, "reader", reader)
    await append(log, range(20))
    async with tail_of(log) as tail:
        for _ in range(2):
            start = await log.end_offsets([EVENTS])
            feed = Feed(log, tail, start, asyncio.Semaphore(0))
            await tail.begun(5)
            await append(log, range(5))
            assert len(await taken(feed, 5)) == 5
            await feed.close()
            await eventually(lambda: not tail.is_kept(0))
        assert [sum(positions.values()) for positions in read] == [0, 25]


async def test_a_tail_that_is_followed_again_knows_the_repeats_of_what_it_met(log: MemoryEventLog) -> None:
    async with tail_of(log) as tail:
        for numbers, first in (((1, 2), 2), ((1, 2, 3), 1)):
            feed = Feed(log, tail, await log.end_offsets([EVENTS]), asyncio.Semaphore(0))
            await tail.begun(5)
            for number in numbers:
                await log.append([Record(EVENTS.name, *encode_event(made(number)), 1)])
            await taken(feed, first)
            assert (await feed.next(TURN_S))[0] == []
            await feed.close()
            await eventually(lambda: not tail.is_kept(0))


async def test_small_events_are_kept_within_the_bound_too(log: MemoryEventLog) -> None:
    async with tail_of(log, kept_bytes=64 * 1024) as tail:
        feed = Feed(log, tail, await log.end_offsets([EVENTS]), asyncio.Semaphore(1))
        await tail.begun(5)
        await append(log, range(100))
        assert len(await taken(feed, 100)) == 100
        assert not tail.is_kept(1)
        await feed.close()
