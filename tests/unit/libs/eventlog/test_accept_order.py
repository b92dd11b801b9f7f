"""What partitions hold is read in accept order, and no more of it is held back than has to be."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.topics import EVENTS, INTERACTIONS
from libs.eventlog import accept_order
from libs.eventlog.accept_order import AcceptOrder, in_accept_order
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord

TOPICS = (INTERACTIONS, EVENTS)


def whole(record: StoredRecord) -> Iterator[StoredRecord]:
    yield record


async def opened(records: Sequence[tuple[str, int]]) -> MemoryEventLog:
    """A log of events with these keys and accept times."""
    log = MemoryEventLog()
    await log.ensure_topics(TOPICS)
    await log.append([Record(EVENTS.name, key, b"", (), at) for key, at in records])
    return log


async def read(log: MemoryEventLog) -> list[StoredRecord]:
    starts, ends = await log.beginning_offsets(TOPICS), await log.end_offsets(TOPICS)
    found: list[StoredRecord] = []
    async with aclosing(in_accept_order(log, starts, ends, whole)) as stretches:
        async for stretch in stretches:
            found += stretch.items
            assert all(record.timestamp_ms < stretch.until_ms for record in stretch.items)
            last = stretch.progress
    assert last == (sum(ends.values()), sum(ends.values()))
    return found


@pytest.mark.parametrize("held_back", [accept_order.MAX_HELD_BACK, 2])
@pytest.mark.parametrize("at_once", [1_000, 1, 3])
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 5)), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
async def test_records_come_in_the_order_of_their_accept_times(
    held_back: int, at_once: int, pauses: list[tuple[str, int]]
) -> None:
    records, at = [], 0
    for key, pause in pauses:
        at += pause
        records.append((key, at))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(accept_order, "MAX_HELD_BACK", held_back)
        patched.setattr(accept_order, "_RECORDS_AT_ONCE", at_once)
        found = await read(await opened(records))
    assert sorted(found, key=lambda one: (one.timestamp_ms, one.partition, one.offset)) == found
    assert len(found) == len(records)


async def test_a_record_that_waited_to_be_relayed_comes_when_it_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accept_order, "_RECORDS_AT_ONCE", 1)
    found = await read(await opened([("a", 10), ("a", 30), ("a", 40), ("a", 20)]))
    assert [one.timestamp_ms for one in found] == [10, 30, 20, 40]


async def test_what_is_held_back_is_bounded_where_one_partition_is_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accept_order, "MAX_HELD_BACK", 100)
    monkeypatch.setattr(accept_order, "_RECORDS_AT_ONCE", 20)
    rng = random.Random(1)
    times = sorted(
        [("a", rng.randrange(10_000)) for _ in range(2_000)] + [("b", 5_000 + n) for n in range(1_000)],
        key=lambda one: one[1],
    )
    log = await opened(times)
    starts, ends = await log.beginning_offsets(TOPICS), await log.end_offsets(TOPICS)
    order = AcceptOrder(starts, ends, whole)
    held = []
    async with aclosing(accept_order._polled(log, order)) as polled:
        async for records, positions in polled:
            order.take(records, positions)
            held.append(order.held_back)
    assert max(held) < 150
