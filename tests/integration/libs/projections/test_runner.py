"""The runner on a real PostgreSQL: every record once, every figure right, and what it does when something is wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from libs.contracts import dead_letter_headers
from libs.contracts.asyncapi import asyncapi_document
from libs.contracts.topics import Topic
from libs.eventlog.memory import MemoryEventLog, MemorySubscription
from libs.eventlog.port import AssignmentListener, Record, StoredRecord
from libs.pg.errors import DatabaseUnavailable
from libs.projections.generations import serving_generation
from libs.projections.positions import entered
from tests.support.postgres import LASTING_SETTINGS, embedded_server
from tests.support.projections import (
    DEAD_LETTERS,
    FAST,
    NAME,
    SERVICE,
    TOPIC,
    Sums,
    World,
    expected,
    opened_world,
    raw,
    running,
    toy,
)
from tests.support.waiting import eventually

RECORDS = Path(__file__).parents[4] / "docs/records.md"
# Too long for an index, and too random to be compressed.
LONG = b"".join(b"%08x" % (number * 2654435761 % 2**32) for number in range(2000))
BAD_VALUES: list[tuple[bytes | None, str, str]] = [
    (None, "decode", "not a toy"),
    (b"", "decode", "not a toy"),
    (b"{", "decode", "not a toy"),
    (b"\xff\xfe", "decode", "not a toy"),
    (b"[]", "decode", "not a toy"),
    (b"3", "decode", "not a toy"),
    (b"{}", "decode", "not a toy: 'id'"),
    (b'{"id":"x","tenant":"acme","key":"k"}', "decode", "not a toy: 'n'"),
    (b'{"id":"a","tenant":"acme","key":"k","n":666}', "apply", "666 is not a number to add"),
    (b'{"id":"b","tenant":"acme","key":"k","n":1000000}', "apply", "violates check constraint"),
    (b'{"id":"c","tenant":"acme","key":"k","n":9999999999}', "apply", "9999999999"),
    (b'{"id":"d","tenant":"acme","key":"k","n":"one"}', "apply", "one"),
    (b'{"id":"e","tenant":"acme","key":"k\\u0000","n":1}', "apply", "0x00"),
    (b'{"id":null,"tenant":"acme","key":"k","n":1}', "apply", "null value"),
    (b'{"id":"' + LONG + b'","tenant":"a","key":"k","n":1}', "apply", "index row"),
]


async def test_records_become_a_view(any_world: World) -> None:
    records = [toy(number, n=number) for number in range(500)]
    await any_world.append(records)
    async with running(any_world.runner()) as runner:
        await eventually(any_world.is_level)
        await any_world.append([toy(1, n=1), toy(500)])
        await eventually(any_world.is_level)
        await eventually(lambda: not runner.figures.lag_records)
    assert await any_world.view() == expected([*records, toy(500)])
    assert await any_world.counts() == (502, 502, 0)
    assert (runner.figures.applied, runner.figures.parked, runner.figures.generation) == (502, 0, 1)


async def test_records_that_follow_each_other_closely_gather(world: World) -> None:
    async with running(world.runner(settings=replace(FAST, linger_s=0.5))) as runner:
        for number in range(40):
            await world.append([toy(number)])
            await asyncio.sleep(0.001)
        await eventually(world.is_level)
    assert runner.figures.applied == 40
    assert runner.figures.batches < 10


async def test_what_is_invalid_is_parked_with_its_reason_and_the_rest_applied(any_world: World) -> None:
    good = [toy(number) for number in range(300)]
    records: list[Record] = list(good)
    for at, (value, _, _) in enumerate(BAD_VALUES):
        records.insert(at * 19, raw(at, value, key=f"acme:{at}"))
    await any_world.append(records)
    async with running(any_world.runner()):
        await eventually(any_world.is_level)
    assert await any_world.view() == expected(good)
    assert await any_world.counts() == (len(records), 300, len(BAD_VALUES))
    parked = {row["key"].decode(): row for row in await any_world.parked()}
    for at, (value, stage, reason) in enumerate(BAD_VALUES):
        row = parked[f"acme:{at}"]
        assert (row["stage"], row["value"]) == (stage, value)
        assert reason in row["reason"]


async def test_copies_of_what_was_parked_reach_the_dead_letter_topic(any_world: World) -> None:
    async with running(any_world.runner()):
        await any_world.append([raw(1, b"{", key="acme:7")])

        async def copies() -> list[int]:
            return [end for end in (await any_world.log.end_offsets((DEAD_LETTERS,))).values() if end]

        await eventually(copies)
        await eventually(lambda: _published(any_world))
    reader = await any_world.log.reader(await any_world.log.beginning_offsets((DEAD_LETTERS,)))
    [copy] = await reader.poll(timeout_s=5.0, max_records=10)
    await reader.stop()
    assert (copy.key, copy.value) == ("acme:7", b"{")
    assert dict(copy.headers)["waymark_dlq_projection"] == b"toys.sums"
    beside_the_record = {name for name, _ in copy.headers if name not in dict(raw(1, b"{").headers)}
    documented = dead_letter_headers.HEADERS.keys()
    assert beside_the_record == documented - {dead_letter_headers.VALUE}
    assert documented <= asyncapi_document()["components"]["schemas"]["ParkedHeaders"]["properties"].keys()
    assert documented <= set(re.findall(r"`(waymark_\w+)`", RECORDS.read_text()))


async def _published(world: World) -> bool:
    return all(row["published_at"] for row in await world.parked())


async def test_copies_wait_for_a_log_that_is_gone(world: World) -> None:
    assert isinstance(world.log, MemoryEventLog)
    world.log.broker.refuse = lambda record: "no room" if record.topic == DEAD_LETTERS.name else None
    await world.append([raw(number, b"{") for number in range(3)])
    async with running(world.runner()):
        await eventually(world.is_level)
        await world.append([toy(1)])
        await eventually(world.is_level)
        assert not await _published(world)
        world.log.broker.refuse = lambda _record: None
        await eventually(lambda: _published(world))
    assert sum((await world.log.end_offsets((DEAD_LETTERS,))).values()) == 3


async def test_too_many_parked_records_stop_it_also_after_a_restart(world: World) -> None:
    await world.append([raw(number, b"{", key=f"acme:{number}") for number in range(100)])
    async with running(world.runner()) as runner:
        await eventually(world.is_level)
        assert runner.figures.stopped_reason is None
        await world.append([raw(100, b"{")])
        await eventually(lambda: runner.figures.stopped_reason)
        await world.append([toy(1)])
    async with running(world.runner(member="two")) as runner:
        reason = await eventually(lambda: runner.figures.stopped_reason)
        assert "more than 100 of 1000" in reason
        assert not await world.is_level()
    assert await world.counts() == (101, 0, 101)


async def test_parked_records_far_apart_do_not_stop_it(world: World) -> None:
    settings = replace(FAST, parked_allowed=2, parking_window=20)
    async with running(world.runner(settings=settings)) as runner:
        for start in range(0, 90, 30):
            await world.append([raw(start, b"{"), *[toy(start + number) for number in range(1, 30)]])
            await eventually(world.is_level)
        assert runner.figures.stopped_reason is None
        await world.append([raw(number, b"{") for number in range(3)])
        await eventually(lambda: runner.figures.stopped_reason)


async def test_members_that_come_and_go_in_the_middle_of_batches_apply_everything_once(any_world: World) -> None:
    records = [toy(number, key=f"key-{number % 60}") for number in range(3_000)]
    slow = replace(FAST, max_records=40)
    sending = asyncio.create_task(_send_slowly(any_world, records))
    async with running(any_world.runner(Sums(pace_s=0.01), member="one", settings=slow)):
        await eventually(any_world.serving)
        for _ in range(3):
            async with running(any_world.runner(Sums(pace_s=0.01), member="two", settings=slow)) as second:
                await _has_applied(second, 60)
        await sending
        await eventually(any_world.is_level, timeout_s=40.0)
    assert await any_world.view() == expected(records)
    assert await any_world.counts() == (3_000, 3_000, 0)


async def _has_applied(runner: Any, count: int) -> None:
    await eventually(lambda: runner.figures.applied >= count, timeout_s=40.0)


async def _send_slowly(world: World, records: list[Record]) -> None:
    for start in range(0, len(records), 50):
        await world.append(records[start : start + 50])
        await eventually(partial(_keeps_up, world, start - 150), timeout_s=40.0)


async def _keeps_up(world: World, count: int) -> bool:
    _, applied, _ = await world.counts()
    return applied >= count


def _has_gone_on(runner: Any, applied: int, sending: asyncio.Task[None]) -> bool:
    return sending.done() or runner.figures.applied >= applied + 100


async def test_connections_cut_all_the_time_change_nothing(any_world: World) -> None:
    records = [toy(number) for number in range(1_500)]
    settings = replace(FAST, max_records=20)
    async with running(any_world.runner(Sums(pace_s=0.002), settings=settings)) as runner:
        sending = asyncio.create_task(_send_slowly(any_world, records))
        while not sending.done():
            async with any_world.request.transaction() as conn:
                await conn.execute("SET LOCAL ROLE NONE")
                await conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'toys'"
                    " AND datname = current_database() AND pid <> pg_backend_pid()"
                )
            await eventually(partial(_has_gone_on, runner, runner.figures.applied, sending), timeout_s=30.0)
        await sending
        await eventually(any_world.is_level, timeout_s=30.0)
        assert runner.figures.retries > 0
    assert await any_world.view() == expected(records)
    assert await any_world.counts() == (1_500, 1_500, 0)


async def test_a_restarted_postgresql_is_waited_for() -> None:
    with embedded_server(settings=LASTING_SETTINGS) as server:
        async with opened_world(server.url) as world:
            records = [toy(number) for number in range(600)]
            settings = replace(FAST, max_records=20)
            async with running(world.runner(Sums(pace_s=0.01), settings=settings)) as runner:
                for start in range(0, 600, 200):
                    await world.append(records[start : start + 200])
                    await _has_applied(runner, start + 40)
                    await asyncio.to_thread(server.stop, immediate=True)
                    await asyncio.to_thread(server.start)
                await eventually(world.is_level, timeout_s=30.0)
            assert await world.view() == expected(records)
            assert await world.counts() == (600, 600, 0)


async def test_a_log_that_is_gone_is_waited_for(world: World) -> None:
    assert isinstance(world.log, MemoryEventLog)
    async with running(world.runner()) as runner:
        await eventually(world.serving)
        world.log.broker.available = False
        await eventually(lambda: runner.figures.retries > 2)
        world.log.broker.available = True
        await world.append([toy(1)])
        await eventually(world.is_level)


async def test_a_bug_ends_the_runner(world: World) -> None:
    class Buggy(Sums):
        def decode(self, record: object) -> None:
            raise KeyError("typo")

    await world.append([toy(1)])
    with pytest.raises(KeyError):
        await world.runner(Buggy()).run()
    assert await world.counts() == (0, 0, 0)


async def test_progress_is_hinted_to_the_log_and_measured(world: World) -> None:
    assert isinstance(world.log, MemoryEventLog)
    settings = replace(FAST, max_records=10)
    await world.append([toy(number) for number in range(400)])
    async with running(world.runner(Sums(pace_s=0.02), settings=settings)) as runner:
        await eventually(lambda: runner.figures.lag_records > 0)
        assert runner.figures.behind_s > 0
        await eventually(lambda: runner.figures.applied == 400 and not runner.figures.lag_records)
        assert runner.figures.behind_s == 0
        assert runner.figures.silent_s < 5
        broker = world.log.broker
        await eventually(lambda: sum(broker.hints.get("toys.sums.g1", {}).values()) == 400)


async def test_a_frozen_transaction_does_not_keep_a_partition(world: World) -> None:
    await world.append([toy(number) for number in range(30)])
    async with running(world.runner()):
        await eventually(world.is_level)
    async with world.projector.transaction() as conn:
        found = await serving_generation(conn, SERVICE, NAME)
        assert found is not None
    with pytest.raises(DatabaseUnavailable):  # noqa: PT012
        async with entered(world.projector, found, idle_s=0.5) as inside:
            await inside.conn.fetch("SELECT * FROM positions FOR UPDATE")
            await world.append([toy(number) for number in range(30, 60)])
            async with running(world.runner()):
                await eventually(world.is_level)


class RememberingSums(Sums):
    """Keeps something in memory, and counts how often it is told to forget it."""

    forgotten = 0

    def forget(self) -> None:
        self.forgotten += 1


async def test_a_database_that_lost_commits_is_read_into_again_and_nothing_remembered_of_before(world: World) -> None:
    records = [toy(number) for number in range(90)]
    sums = RememberingSums()
    await world.append(records[:50])
    async with running(world.runner(sums)):
        await eventually(world.is_level)
        assert sums.forgotten == 1
        async with world.projector.transaction() as conn:
            await conn.execute("SET LOCAL search_path = toys_sums_g1")
            for table in ("ledger", "sums"):
                await conn.execute(f"DELETE FROM {table}")
            await conn.execute("UPDATE positions SET next_offset = 0, applied = 0")
        await world.append(records[50:])
        await eventually(world.is_level)
    assert sums.forgotten == 2
    assert await world.view() == expected(records)
    assert await world.counts() == (90, 90, 0)


def _nothing(max_records: int) -> list[StoredRecord]:
    return []


class DeafAtFirst(MemoryEventLog):
    """Its first subscription never delivers anything."""

    subscriptions = 0

    async def subscribe(
        self, group: str, topics: Sequence[Topic], *, member: str, on_assigned: AssignmentListener
    ) -> MemorySubscription:
        self.subscriptions += 1
        subscription = await super().subscribe(group, topics, member=member, on_assigned=on_assigned)
        if self.subscriptions == 1:
            subscription._reader.take = _nothing  # type: ignore[method-assign]
        return subscription


async def test_a_membership_that_delivers_nothing_is_given_up_for_a_new_one(database_url: str) -> None:
    log = DeafAtFirst()
    await log.ensure_topics((TOPIC, DEAD_LETTERS))
    async with opened_world(database_url, log) as world:
        await world.append([toy(number) for number in range(20)])
        async with running(world.runner(settings=replace(FAST, stall_timeout_s=0.3))):
            await eventually(world.is_level)
        assert log.subscriptions == 2
