"""Moving from one log to another, also when interrupted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import asyncpg
import pytest

from libs.eventlog.errors import LogMismatch, LogUnavailable, ModelBehind
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import AppendOutcome, EventLog, Record, StoredRecord
from libs.pg.database import Database
from libs.projections.generations import ReadModel
from libs.projections.operators.copy import CopyRefused, copy_log
from tests.support.logs import started_log
from tests.support.projections import DEAD_LETTERS, NAME, SERVICE, TOPIC, World, expected, raw, running, toy
from tests.support.reactors import ECHOES, ActingWorld, Echoes, EchoingSums, expected_ids, ids
from tests.support.waiting import eventually

TOPICS = (TOPIC, DEAD_LETTERS)
ACTING_TOPICS = (TOPIC, DEAD_LETTERS, ECHOES)
RECORDS = [toy(number, key=f"key-{number % 40}") for number in range(2_500)]


@pytest.fixture
async def operator(database_url: str) -> AsyncIterator[Database]:
    async with await Database.connect(database_url, role=None, application_name="operator") as db:
        yield db


@pytest.fixture
async def filled(world: World) -> World:
    """A world whose model has applied everything."""
    await world.append([*RECORDS, raw(1, None)])
    async with running(world.runner()):
        await eventually(world.is_level)
    return world


async def contents(log: EventLog) -> dict[tuple[str, str | None], list[tuple[object, ...]]]:
    """What the log holds, per topic and key in order."""
    ends = await log.end_offsets(TOPICS)
    reader = await log.reader(await log.beginning_offsets(TOPICS))
    found: list[StoredRecord] = []
    while any(reader.positions[place] < end for place, end in ends.items()):
        found += await reader.poll(timeout_s=1.0, max_records=1_000)
    await reader.stop()
    keys: dict[tuple[str, str | None], list[tuple[object, ...]]] = {}
    for record in found:
        keys.setdefault((record.topic, record.key), []).append((record.value, record.headers, record.timestamp_ms))
    return keys


async def test_a_copy_holds_the_same_and_every_model_is_rebuilt_from_it(
    filled: World, operator: Database, database_url: str
) -> None:
    heard: list[tuple[int, int]] = []
    republished: list[EventLog] = []

    async def republish(log: EventLog) -> None:
        republished.append(log)

    async with started_log("postgres", database_url, ()) as target:
        copied = await copy_log(
            filled.log,
            target,
            operator,
            filled.projector_of,
            TOPICS,
            republish=republish,
            on_progress=lambda done, total: heard.append((done, total)),
        )
        # The dead letter of the one parked record is a record as well.
        assert copied.records == len(RECORDS) + 2
        assert heard[-1] == (copied.records, copied.records)
        assert republished == [target]
        assert await contents(target) == await contents(filled.log)
        moved = World(filled.url, target, filled.projector, filled.request)
        async with running(moved.runner()):
            await eventually(lambda: moved.serves(2), timeout_s=30.0)
            await moved.append([toy(9_999)])
            await eventually(moved.is_level, timeout_s=20.0)
            await ReadModel(filled.request, SERVICE, NAME).wait_for(await target.end_offsets((TOPIC,)))
        assert await moved.view() == expected([*RECORDS, toy(9_999)])
        with pytest.raises(LogMismatch):
            await filled.runner().run()
        assert (await copy_log(filled.log, target, operator, filled.projector_of, TOPICS)).records == 0


class Failing(MemoryEventLog):
    """Takes some records, then fails until told otherwise."""

    left = 1_200

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        self.broker.available = self.left > 0
        self.left -= len(records)
        return await super().append(records)


async def test_an_interrupted_copy_goes_on(filled: World, operator: Database) -> None:
    target = Failing()
    with pytest.raises(LogUnavailable, match="run the copy again"):
        await copy_log(filled.log, target, operator, filled.projector_of, TOPICS)
    target.left, target.broker.available = 10_000, True
    copied = await copy_log(filled.log, target, operator, filled.projector_of, TOPICS)
    assert 0 < copied.records < len(RECORDS)
    assert await contents(target) == await contents(filled.log)


async def test_until_the_rebuild_the_old_model_waits_for_nothing_of_the_new_log(
    filled: World, operator: Database
) -> None:
    target = MemoryEventLog()
    await copy_log(filled.log, target, operator, filled.projector_of, TOPICS)
    model = ReadModel(filled.request, SERVICE, NAME)
    async with model.transaction("acme") as conn:
        assert await conn.fetchval("SELECT count(*) FROM ledger") == len(RECORDS)
    with pytest.raises(ModelBehind):
        await model.wait_for(await target.end_offsets((TOPIC,)), timeout_s=0.1)


async def test_what_acts_on_records_goes_on_where_it_was(acting_world: ActingWorld, operator: Database) -> None:
    target = MemoryEventLog()
    await acting_world.append([*RECORDS, raw(1, None)])
    await _followed(acting_world)
    await copy_log(
        acting_world.log, target, operator, acting_world.projector_of, ACTING_TOPICS, projections=[EchoingSums()]
    )
    moved = replace(acting_world, log=target)
    more = await _follow_more(moved)
    assert len(await moved.appended()) == len(await moved.in_outbox()) == len(RECORDS) + len(more)


async def test_a_topic_that_the_source_of_an_earlier_release_lacks_is_copied_as_empty(
    acting_world: ActingWorld, operator: Database
) -> None:
    target = MemoryEventLog()
    later = replace(ECHOES, name="toys.later")
    await copy_log(acting_world.log, target, operator, acting_world.projector_of, (*ACTING_TOPICS, later))
    assert set((await target.end_offsets([later])).values()) == {0}


async def test_a_copy_cut_short_between_its_commits_is_mended_by_the_next(
    acting_world: ActingWorld, operator: Database
) -> None:
    target = MemoryEventLog()
    await acting_world.append(RECORDS)
    await _followed(acting_world)

    async def copy() -> None:
        await copy_log(
            acting_world.log, target, operator, acting_world.projector_of, ACTING_TOPICS, projections=[EchoingSums()]
        )

    async with operator.acquire() as conn:
        await conn.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''cut short''; END';"
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON projections.log"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        with pytest.raises(asyncpg.RaiseError, match="cut short"):
            await copy()
        await conn.execute("DROP FUNCTION refuse CASCADE")
    await copy()
    moved = replace(acting_world, log=target)
    more = await _follow_more(moved)
    assert len(await moved.appended()) == len(await moved.in_outbox()) == len(RECORDS) + len(more)


@pytest.mark.parametrize("taken", [2_000, 3_700], ids=["before the boundary", "behind it"])
async def test_what_acts_on_records_misses_none_that_it_had_not_come_to(
    acting_world: ActingWorld, operator: Database, taken: int
) -> None:
    target = Failing()
    target.left = taken
    await acting_world.append(RECORDS[:1_500])
    await _followed(acting_world)
    await acting_world.append(RECORDS[1_500:2_000])
    async with running(acting_world.reactor(Echoes("append"))):
        await eventually(acting_world.has_reacted)
    await acting_world.append([*RECORDS[2_000:], raw(1, None)])
    with pytest.raises(LogUnavailable, match="run the copy again"):
        await copy_log(
            acting_world.log, target, operator, acting_world.projector_of, ACTING_TOPICS, projections=[EchoingSums()]
        )
    target.left, target.broker.available = 100_000, True
    await copy_log(
        acting_world.log, target, operator, acting_world.projector_of, ACTING_TOPICS, projections=[EchoingSums()]
    )
    moved = replace(acting_world, log=target)
    more = await _follow_more(moved)
    assert len(await moved.in_outbox()) == len(RECORDS) + len(more)
    assert len(await moved.appended()) == len(RECORDS) + len(more) + 500


async def _followed(world: ActingWorld) -> None:
    """Let the toys' model and reactor read everything."""
    async with running(world.runner(EchoingSums())), running(world.reactor(Echoes("append"))):
        await eventually(world.is_level)
        await eventually(world.has_reacted)


async def _follow_more(moved: ActingWorld) -> list[Record]:
    """Append more records to the log moved to, and let model and reactor follow; nothing may be missing then."""
    more = [toy(number, key=f"key-{number % 40}") for number in range(len(RECORDS), len(RECORDS) + 100)]
    await moved.append([*more, raw(2, None)])
    async with running(moved.runner(EchoingSums())), running(moved.reactor(Echoes("append"))):
        await eventually(lambda: moved.serves(2), timeout_s=30.0)
        await eventually(moved.is_level, timeout_s=20.0)
        await eventually(moved.has_reacted, timeout_s=20.0)
    assert set(ids(await moved.appended())) == expected_ids([*RECORDS, *more])
    assert set(await moved.in_outbox()) == {f"toy-{number}" for number in range(len(RECORDS) + len(more))}
    assert await moved.view() == expected([*RECORDS, *more])
    return more


async def test_a_target_that_holds_records_is_refused(filled: World, operator: Database) -> None:
    target = MemoryEventLog()
    await target.ensure_topics(TOPICS)
    await target.append([toy(1)])
    with pytest.raises(CopyRefused, match="has records already"):
        await copy_log(filled.log, target, operator, filled.projector_of, TOPICS)
    with pytest.raises(CopyRefused, match="same log"):
        await copy_log(filled.log, filled.log, operator, filled.projector_of, TOPICS)


async def test_a_source_that_is_not_this_databases_is_refused(filled: World, operator: Database) -> None:
    with pytest.raises(LogMismatch, match="which is neither"):
        await copy_log(MemoryEventLog(), MemoryEventLog(), operator, filled.projector_of, TOPICS)
