"""The store is compared with the log when nothing of this gateway's is under way, until it is behind no more."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest

from libs.contracts.interactions import encode_voided
from libs.contracts.topics import INTERACTIONS, MANIFEST
from libs.eventlog.errors import LogMismatch
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from services.gateway.numbering.gate import Gate
from services.gateway.numbering.log_comparison import LogComparison
from services.gateway.numbering.logged_numbers import LoggedNumbers
from services.gateway.numbering.numbers import LogEnds
from services.gateway.numbering.under_way import UnderWay
from services.gateway.replicas.frontiers import Frontiers
from tests.support.gateway.memory_numbers import MemoryNumberStore
from tests.support.waiting import eventually


@pytest.fixture
async def log() -> MemoryEventLog:
    made = MemoryEventLog()
    await made.ensure_topics(MANIFEST)
    return made


async def append(log: MemoryEventLog, *numbers: int) -> None:
    for number in numbers:
        key, value, headers = encode_voided("default", number, "2026-01-01T00:00:00.000Z", "test")
        await log.append([Record(INTERACTIONS.name, key, value, headers, number)])


async def test_appends_under_way_are_waited_for(log: MemoryEventLog) -> None:
    store, under_way = MemoryNumberStore(), UnderWay()
    comparison = LogComparison(store, log, Frontiers(), Gate(), quiet=under_way.none, settle_s=0.0)
    under_way.begin()
    comparing = asyncio.create_task(comparison.compare())
    await asyncio.sleep(0)
    await append(log, 1, 2)
    under_way.end()
    await comparing
    assert store.state.counters["default"] == (2, 2)


async def test_what_comes_while_it_waits_is_seen(log: MemoryEventLog) -> None:
    store = MemoryNumberStore(time.monotonic)
    await append(log, 3)
    comparing = asyncio.create_task(LogComparison(store, log, Frontiers(), Gate(), settle_s=0.3).compare())
    await eventually(lambda: bool(store.state.counters))
    await append(log, 5)
    await comparing
    assert store.state.counters["default"] == (5, 5)


@pytest.mark.parametrize("why", ["raised", "restarted"])
async def test_what_comes_after_another_gateway_raised_it_or_the_server_started_again_is_seen(
    log: MemoryEventLog, why: str
) -> None:
    store = MemoryNumberStore(time.monotonic)
    await append(log, 3)
    await LogComparison(store, log, Frontiers(), Gate(), settle_s=0.0).compare()
    if why == "restarted":
        store.state.settling[log.broker.identity] = (store.starts, None)
        await store.take_lease(uuid.uuid4(), 60.0)
        store.restart()
    comparing = asyncio.create_task(LogComparison(store, log, Frontiers(), Gate(), settle_s=0.5).compare())
    await asyncio.sleep(0.1)
    assert not comparing.done()
    await append(log, 5)
    await comparing
    assert store.state.counters["default"] == (5, 5)


async def test_a_restart_without_leases_is_not_waited_for(log: MemoryEventLog) -> None:
    store = MemoryNumberStore(time.monotonic)
    await store.go_on_above([], LogEnds(log.broker.identity, {}), LogEnds(log.broker.identity, {}))
    store.restart()
    async with asyncio.timeout(5):
        await LogComparison(store, log, Frontiers(), Gate(), settle_s=60.0).compare()


async def test_what_was_read_before_is_not_read_again(log: MemoryEventLog) -> None:
    store = MemoryNumberStore()
    await append(log, 1, 2, 3)
    comparison = LogComparison(store, log, Frontiers(), Gate(), settle_s=0.0)
    await comparison.compare()
    for place, partition in log.broker.partitions.items():
        if place.topic == INTERACTIONS.name:
            partition.records.clear()
    await comparison.compare()
    assert store.state.counters["default"] == (3, 3)


async def test_a_log_that_is_shorter_is_refused(log: MemoryEventLog) -> None:
    store = MemoryNumberStore()
    await store.go_on_above([], LogEnds(log.broker.identity, {}), LogEnds(log.broker.identity, {0: 1}))
    with pytest.raises(LogMismatch, match="waymark log adopt"):
        await LogComparison(store, log, Frontiers(), Gate()).compare()


def test_only_gaps_above_what_was_given_and_settled_are_missing() -> None:
    logged = LoggedNumbers("default", settled_below=4)
    for number in (2, 9, 6, 12):
        logged.add(number, number)
    assert list(logged.missing_after(0)) == [(4, 5), (7, 8), (10, 11)]
    assert list(logged.missing_after(7)) == [(8, 8), (10, 11)]
    assert list(logged.missing_after(12)) == []
    assert (logged.last, logged.created_ms, logged.settled_below) == (12, 12, 4)
