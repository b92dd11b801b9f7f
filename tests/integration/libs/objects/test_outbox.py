"""The outbox on a real database: what is committed with an object reaches the log, in the object's order, marked."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

import asyncpg
import pytest

from libs.background.waiting import wait_unless
from libs.contracts.topics import CRITICAL_INTERACTIONS, Topic
from libs.eventlog.memory import MemoryBroker, MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record, TopicPartition
from libs.objects import outbox
from libs.objects.outbox import NothingToCarry, Relay, RelaySettings, add, outbox_ddl
from libs.pg.database import Connection, Database, connect_once
from libs.pg.locks import advisory_key
from libs.pg.roles import ensure_roles, grant_schema, projector_role, request_role
from tests.support.waiting import eventually

EVENTS = Topic("events", key="k", description="d", partitions=1)
REFERENCE = Topic("reference", key="k", description="d", partitions=1, compacted=True)
SERVICE = "shop"
QUICK = RelaySettings(poll_interval_s=0.1, retry_pause_s=0.05, longest_pause_s=0.2)


@dataclass(frozen=True)
class Shop:
    """A service with an outbox: its log, its two roles, and relays that stop with the test."""

    log: MemoryEventLog
    projector: Database
    request: Database
    stack: AsyncExitStack

    async def relay(
        self, settings: RelaySettings = QUICK, on_active: Callable[[], Awaitable[None]] | None = None
    ) -> Relay:
        relay = Relay(self.log, self.projector, SERVICE, settings=settings, on_active=on_active)
        await relay.start()
        self.stack.push_async_callback(relay.stop)
        return relay

    async def add(self, *values: str, object_key: str = "o", topic: str = "events") -> list[int]:
        records = [Record(topic, object_key, value.encode(), (("ce_id", value.encode()),), 7) for value in values]
        async with self.request.transaction() as conn:
            return await add(conn, SERVICE, records, object_key=object_key)

    def values(self, topic: str = "events") -> list[str]:
        """The values in the log, of the partitions one after the other."""
        places = sorted(place for place in self.log.broker.partitions if place.topic == topic)
        stored = [one for place in places for one in self.log.broker.partitions[place].records]
        return [(one.value or b"").decode() for one in stored]

    async def pending(self) -> int:
        async with self.projector.transaction() as conn:
            return int(await conn.fetchval("SELECT count(*) FROM shop.outbox WHERE appended_at IS NULL"))


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    conn = await connect_once(database_url, application_name="test")
    await ensure_roles(conn, SERVICE)
    await conn.execute(f"CREATE SCHEMA {SERVICE}")
    await conn.execute(grant_schema(SERVICE, SERVICE) + outbox_ddl(SERVICE))
    await conn.close()
    log = MemoryEventLog()
    await log.ensure_topics([EVENTS, REFERENCE, CRITICAL_INTERACTIONS])
    async with AsyncExitStack() as stack:
        databases = [
            await stack.enter_async_context(await Database.connect(database_url, role=role, application_name="test"))
            for role in (projector_role(SERVICE), request_role(SERVICE))
        ]
        yield Shop(log, databases[0], databases[1], stack)


async def test_what_is_committed_is_appended_and_its_position_known(shop: Shop) -> None:
    relay = await shop.relay()
    ids = await shop.add("1", "2")
    assert await relay.wait(ids) == {TopicPartition("events", 0): 2}
    (first, _) = shop.log.broker.partitions[TopicPartition("events", 0)].records
    assert (first.key, first.value, first.headers, first.timestamp_ms) == ("o", b"1", (("ce_id", b"1"),), 7)


async def test_what_is_rolled_back_is_not_appended(shop: Shop) -> None:
    async def fail_after_add() -> None:
        async with shop.request.transaction() as conn:
            await add(conn, SERVICE, [Record("events", "o", b"lost", (), 1)], object_key="o")
            raise KeyError

    relay = await shop.relay()
    with pytest.raises(KeyError):
        await fail_after_add()
    await relay.wait(await shop.add("kept"))
    assert shop.values() == ["kept"]


async def test_a_relay_in_another_process_is_waited_for(shop: Shop) -> None:
    active = await shop.relay()
    await eventually(lambda: active.active)
    standing_by = await shop.relay()
    assert await standing_by.wait(await shop.add("1")) == {TopicPartition("events", 0): 1}
    assert not standing_by.active
    not_started = Relay(shop.log, shop.projector, SERVICE)
    assert await not_started.wait(await shop.add("2")) == {TopicPartition("events", 0): 2}


async def test_another_relay_takes_over(shop: Shop) -> None:
    first = await shop.relay()
    await eventually(lambda: first.active)
    second = await shop.relay()
    await first.stop()
    await eventually(lambda: second.active)
    assert await second.wait(await shop.add("1")) is not None


async def test_a_relay_that_stands_by_holds_nothing_against_its_process(shop: Shop, database_url: str) -> None:
    async def refuse() -> None:
        raise NothingToCarry("the log is ahead")

    relay = await shop.relay(on_active=refuse)
    assert await eventually(relay.check) == "the log is ahead"
    other = await connect_once(database_url, application_name="test")
    try:
        lease = advisory_key(f"waymark.outbox.{SERVICE}")
        await other.execute("SELECT pg_advisory_lock($1)", lease)

        async def is_well() -> bool:
            return await relay.check() is None

        assert await eventually(is_well)
    finally:
        await other.close()


async def test_a_relay_that_stands_by_asks_for_its_turn_once_an_interval(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = await shop.relay()
    await eventually(lambda: active.active)
    standing_by = await shop.relay()
    rests: list[float] = []

    async def noted(event: asyncio.Event, timeout_s: float) -> None:
        if event in {standing_by.stopping, standing_by._added}:
            rests.append(time.monotonic())
        await wait_unless(event, timeout_s)

    monkeypatch.setattr(outbox, "wait_unless", noted)
    await active.wait(await shop.add("1"))
    await eventually(lambda: len(rests) > 3)
    assert rests[-1] - rests[0] >= (len(rests) - 1) * QUICK.poll_interval_s * 0.9


async def test_waiting_ends_without_a_position_while_the_log_is_gone(shop: Shop) -> None:
    shop.log.broker.available = False
    relay = await shop.relay()
    ids = await shop.add("1")
    assert await relay.wait(ids, timeout_s=0.2) is None
    shop.log.broker.available = True
    assert await relay.wait(ids, timeout_s=5) == {TopicPartition("events", 0): 1}


async def test_rows_of_an_unordered_topic_wait_for_no_other_of_their_key(shop: Shop) -> None:
    topic = CRITICAL_INTERACTIONS.name
    shop.log.broker.refuse = lambda record: "planned" if record.value == b"bad" else None
    await shop.add("bad", "1", "2", topic=topic)
    relay = await shop.relay()
    await relay.wait(await shop.add("3"))
    assert shop.values(topic) == ["1", "2"]
    assert await shop.pending() == 1


async def test_rows_of_an_unordered_topic_are_gone_once_they_are_appended(shop: Shop) -> None:
    shop.log.broker.refuse = lambda record: "planned" if record.value == b"bad" else None
    records = [Record(CRITICAL_INTERACTIONS.name, "o", value, (), 7) for value in (b"bad", b"1", b"2")]
    async with shop.projector.transaction() as conn:
        await add(conn, SERVICE, records)
    relay = await shop.relay()
    await relay.wait(await shop.add("3"))
    async with shop.projector.transaction() as conn:
        left = await conn.fetch("SELECT value FROM shop.outbox WHERE topic = $1", CRITICAL_INTERACTIONS.name)
    assert [row["value"] for row in left] == [b"bad"]


async def test_a_failing_row_holds_back_its_object_and_nobody_else(shop: Shop) -> None:
    shop.log.broker.refuse = lambda record: "planned" if record.value == b"bad" else None
    await shop.add("a1", "bad", "a3", object_key="a")
    await shop.add("b1", "b2", object_key="b")
    relay = await shop.relay()
    await relay.wait(await shop.add("b3", object_key="b"))
    assert sorted(shop.values()) == ["a1", "b1", "b2", "b3"]
    await relay.wait(await shop.add("c1", object_key="c"))
    assert "a3" not in shop.values()
    async with shop.projector.transaction() as conn:
        row = await conn.fetchrow("SELECT attempts, last_error FROM shop.outbox WHERE value = 'bad'")
    assert row is not None
    assert row["attempts"] >= 1
    assert row["last_error"] == "planned"
    shop.log.broker.refuse = lambda _record: None
    await eventually(lambda: "a3" in shop.values())
    assert [value for value in shop.values() if value in {"a1", "bad", "a3"}] == ["a1", "bad", "a3"]


async def test_the_order_of_an_object_is_kept_over_topics(shop: Shop) -> None:
    shop.log.broker.refuse = lambda record: "planned" if record.topic == "events" else None
    async with shop.request.transaction() as conn:
        records = [Record("events", "k", b"1", (), 1), Record("reference", "k", b"1", (), 1)]
        ids = await add(conn, SERVICE, records, object_key="o")
    relay = await shop.relay()
    assert await relay.wait(ids, timeout_s=0.3) is None
    assert shop.values("reference") == []
    shop.log.broker.refuse = lambda _record: None
    positions = await relay.wait(ids, timeout_s=5)
    assert positions == {TopicPartition("events", 0): 1, TopicPartition("reference", 0): 1}


async def test_rows_under_different_keys_go_together_and_what_follows_waits_for_all(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    appends: list[list[str]] = []
    append = shop.log.append

    async def noted(records: Sequence[Record]) -> Sequence[AppendOutcome]:
        appends.append([one.key for one in records])
        return await append(records)

    monkeypatch.setattr(shop.log, "append", noted)
    shop.log.broker.refuse = lambda record: "planned" if record.key == "b" else None
    rows = (("events", "a"), ("events", "b"), ("events", "c"), ("reference", "o"))
    async with shop.request.transaction() as conn:
        records = [Record(topic, key, b"", (), 7) for topic, key in rows]
        ids = await add(conn, SERVICE, records, object_key="o")
    relay = await shop.relay()
    await eventually(lambda: len(appends) > 1)
    assert appends[:2] == [["a", "b", "c"], ["b"]]
    shop.log.broker.refuse = lambda _record: None
    assert await relay.wait(ids) is not None
    assert appends[-2:] == [["b"], ["o"]]


async def test_dying_between_append_and_mark_repeats_the_identical_record(shop: Shop) -> None:
    shop.log.broker.forget_acknowledgements = True
    relay = await shop.relay()
    ids = await shop.add("1")
    await eventually(lambda: shop.values() == ["1"])
    shop.log.broker.forget_acknowledgements = False
    assert await relay.wait(ids, timeout_s=5) is not None
    stored = shop.log.broker.partitions[TopicPartition("events", 0)].records
    assert len({(one.key, one.value, one.headers, one.timestamp_ms) for one in stored}) == 1
    assert len(stored) >= 2


class Killed(Exception):
    """The relay's process ends here."""


class Dying:
    """What a relay works with, where the process ends at the given one of its steps: before or after a statement or an
    append. From then on nothing is done any more.
    """

    def __init__(self, shop: Shop, last_step: int) -> None:
        self._shop = shop
        self._left = last_step
        self.is_dead = False

    def relay(self) -> Relay:
        """A relay that dies."""
        return Relay(DyingLog(self._shop.log.broker, self), cast(Database, self), SERVICE, settings=QUICK)

    async def between(self, work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        """Do the work, and die before or after it where that is the step."""
        self._step()
        done = await work(*arguments)
        self._step()
        return done

    def _step(self) -> None:
        self._left -= 1
        self.is_dead = self.is_dead or self._left < 0
        if self.is_dead:
            raise Killed

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """As the database does."""
        async with self._shop.projector.acquire() as conn:
            yield DyingConnection(conn, self)


class DyingConnection:
    """The statements that a relay runs."""

    def __init__(self, conn: Connection, dying: Dying) -> None:
        self._conn = conn
        self._dying = dying

    async def add_listener(self, channel: str, callback: Any) -> None:
        await self._conn.add_listener(channel, callback)

    async def fetch(self, *arguments: Any) -> Any:
        return await self._dying.between(self._conn.fetch, *arguments)

    async def fetchval(self, *arguments: Any) -> Any:
        return await self._dying.between(self._conn.fetchval, *arguments)

    async def execute(self, *arguments: Any) -> Any:
        return await self._dying.between(self._conn.execute, *arguments)


class DyingLog(MemoryEventLog):
    """The log, where an append is a step."""

    def __init__(self, broker: MemoryBroker, dying: Dying) -> None:
        super().__init__(broker)
        self._dying = dying

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        outcomes: Sequence[AppendOutcome] = await self._dying.between(super().append, records)
        return outcomes


async def test_a_relay_killed_between_any_two_steps_loses_nothing_and_keeps_the_order(shop: Shop) -> None:
    async def is_drained() -> bool:
        return await shop.pending() == 0

    async def has_ended(dying: Dying) -> bool:
        return dying.is_dead or await is_drained()

    for last_step in itertools.count():
        added = [f"{last_step}{letter}" for letter in "abc"]
        await shop.add(*added, object_key=f"o{last_step}")
        dying = Dying(shop, last_step)
        relay = dying.relay()
        await relay.start()
        await eventually(partial(has_ended, dying))
        await relay.stop()
        sound = await shop.relay()
        await eventually(is_drained)
        await sound.stop()
        carried = [value for value in shop.values() if value in added]
        assert list(dict.fromkeys(carried)) == added, last_step
        if not dying.is_dead:
            break
    assert last_step > 8


async def test_many_objects_are_carried_in_order(shop: Shop) -> None:
    relay = await shop.relay()
    batches = await asyncio.gather(*(shop.add(*(f"{key}{n}" for n in range(5)), object_key=key) for key in "abcdefgh"))
    await relay.wait([one for batch in batches for one in batch], timeout_s=5)
    for key in "abcdefgh":
        assert [value for value in shop.values() if value[0] == key] == [f"{key}{n}" for n in range(5)]


async def test_it_survives_a_cut_connection(shop: Shop, database_url: str) -> None:
    relay = await shop.relay()
    await eventually(lambda: relay.active)
    conn = await connect_once(database_url, application_name="operator")
    await conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'test'"
    )
    await conn.close()
    ids = await eventually(lambda: shop.add("1"))
    assert await relay.wait(ids, timeout_s=5) is not None
    assert await relay.check() is None


async def test_records_without_an_object_are_ordered_by_their_keys(shop: Shop) -> None:
    shop.log.broker.refuse = lambda record: "planned" if record.value == b"a1" else None
    records = [Record("events", key, f"{key}{n}".encode(), (), 1) for n in (1, 2) for key in ("a", "b")]
    async with shop.request.transaction() as conn:
        await add(conn, SERVICE, records)
    await shop.relay()
    await eventually(lambda: shop.values() == ["b1", "b2"])
    shop.log.broker.refuse = lambda _record: None
    await eventually(lambda: shop.values() == ["b1", "b2", "a1", "a2"])


async def test_old_marked_rows_are_purged(shop: Shop) -> None:
    settings = RelaySettings(poll_interval_s=0.05, keep_appended=timedelta(0), purge_interval_s=0.05)
    relay = await shop.relay(settings)
    await shop.add("1")
    await eventually(lambda: shop.values() == ["1"])

    async def empty() -> bool:
        async with shop.projector.transaction() as conn:
            return bool(await conn.fetchval("SELECT count(*) = 0 FROM shop.outbox"))

    await eventually(empty)
    assert relay.active


async def test_what_the_topic_lost_is_added_again_before_anything_else(shop: Shop) -> None:
    async def republish() -> None:
        await shop.add("again", object_key="lost")

    await shop.add("new", object_key="other")
    relay = await shop.relay(on_active=republish)
    await eventually(lambda: sorted(shop.values()) == ["again", "new"])
    assert relay.active


async def test_requests_may_add_and_see_nothing_else(shop: Shop) -> None:
    await shop.add("1")
    async with shop.request.transaction() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("SELECT value FROM shop.outbox")


async def test_figures_tell_what_waits(shop: Shop) -> None:
    relay = Relay(shop.log, shop.projector, SERVICE)
    assert await relay.figures() == (0, 0.0)
    await shop.add("1", "2")
    pending, oldest_s = await relay.figures()
    assert pending == 2
    assert oldest_s > 0
