"""The law of the events: any split, order and repetition of the same records leaves the same tables."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from libs.contracts.events import Event
from libs.contracts.paths import QUERIES
from libs.contracts.times import format_ms
from libs.pg.database import connect_once
from services.queries.events.model import BY_DAYS, Dimension
from services.queries.events.outcomes import Outcomes
from services.queries.events.projection import TABLES, EventsProjection
from services.queries.events.time_slices import LENGTHS_H
from tests.support.postgres import a_session_waits
from tests.support.queries.events import PROJECTION, START_MS, World, event, source, stored
from tests.support.queries.events_data import TENANTS, minute, outcome, random_event, random_events
from tests.support.read_models import assert_requests_may_not_write, assert_requests_see_one_tenant
from tests.support.waiting import eventually


def shuffled(rng: random.Random, events: list[Event]) -> list[list[Event]]:
    """The events in any order and split, some of them several times."""
    order = events + rng.sample(events, len(events) // 3)
    rng.shuffle(order)
    batches: list[list[Event]] = []
    while order:
        size = rng.choice((1, 3, 20, 200))
        batches.append(order[:size])
        order = order[size:]
        if rng.random() < 0.2:
            batches.append(batches[-1])
    return batches


def counters_of(body: Event) -> list[tuple[Any, ...]]:
    """Everything that an event is counted in, texts whole."""
    return [
        (Dimension.ALL, "", ""),
        (Dimension.EVENT_TYPE, body.type, ""),
        (Dimension.RESOURCE_TYPE, body.resource_type, ""),
        (Dimension.TYPES, body.type, body.resource_type),
        (Dimension.ACTOR_TYPE, body.actor_type, ""),
        (Dimension.SOURCE, source(body) or "", ""),
    ]


def actors_of(events: list[Event]) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    """What each actor's events came to in each stretch."""
    found: dict[tuple[Any, ...], tuple[int, int, int]] = {}
    for body in events:
        failed, succeeded = outcome(body) == "failed", outcome(body) == "completed"
        for length_h in LENGTHS_H:
            key = (body.tenant_id, length_h, minute(body) // (60 * length_h), body.actor_id, body.actor_type)
            n, failures, successes = found.get(key, (0, 0, 0))
            found[key] = (n + 1, failures + failed, successes + succeeded)
    return found


def expected(events: list[Event]) -> dict[str, Any]:
    """The view, counted by hand."""
    minutes: Counter[tuple[Any, ...]] = Counter()
    for body in events:
        minutes.update((body.tenant_id, *counter, minute(body)) for counter in counters_of(body))
    hours: Counter[tuple[Any, ...]] = Counter()
    days: Counter[tuple[Any, ...]] = Counter()
    for (*counter, at), n in minutes.items():
        hours[*counter, at // 60] += n
        days[*counter, at // 1440] += n
    minutes, hours = (Counter({key: n for key, n in of.items() if key[1] not in BY_DAYS}) for of in (minutes, hours))
    ids = {(body.tenant_id, body.id, body.type, body.resource_id) for body in events}
    return {"ids": ids, "minutes": minutes, "hours": hours, "days": days, "actors": actors_of(events)}


async def view(world: World) -> dict[str, Any]:
    """The same of the tables."""
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {world.schema}")
        whole: dict[str, str] = {row["key"]: row["text"] for row in await conn.fetch("SELECT key, text FROM texts")}
        rows = await conn.fetch("SELECT tenant_id, event_id, event_type, resource_id FROM events")
        hours = await conn.fetch("SELECT * FROM hour_counts")
        days = await conn.fetch("SELECT * FROM day_counts")
        actors = await conn.fetch("SELECT * FROM actor_counts")

    def text(key: str) -> str:
        return whole.get(key, key)

    def counter(row: Any) -> tuple[Any, ...]:
        return row["tenant_id"], row["dimension"], text(row["key"]), text(row["other"])

    return {
        "ids": {
            (row["tenant_id"], str(row["event_id"]), text(row["event_type"]), text(row["resource_id"])) for row in rows
        },
        "minutes": Counter(
            {(*counter(row), row["hour"] * 60 + at): n for row in hours for at, n in enumerate(row["minutes"]) if n}
        ),
        "hours": Counter({(*counter(row), row["hour"]): row["n"] for row in hours}),
        "days": Counter({(*counter(row), row["day"]): row["n"] for row in days}),
        "actors": {
            (row["tenant_id"], row["length_h"], row["stretch"], text(row["actor_id"]), text(row["actor_type"])): (
                row["n"],
                row["failures"],
                row["successes"],
            )
            for row in actors
        },
    }


def some_events(rng: random.Random) -> list[Event]:
    return [body for tenant_id in TENANTS for body in random_events(rng, tenant_id, 90)]


async def test_any_split_order_and_repetition_gives_the_same_view(world: World) -> None:
    for seed in range(8):
        rng = random.Random(seed)
        events = some_events(rng)
        await world.empty()
        for batch in shuffled(rng, events):
            await world.apply(batch)
        assert await view(world) == expected(events), f"seed {seed}"


async def test_a_rebuild_gives_the_same_view(service_url: str, world: World) -> None:
    rng = random.Random(99)
    events = some_events(rng)
    conn = await connect_once(service_url, application_name="tests")
    try:
        await conn.execute("CREATE SCHEMA filled; SET search_path = filled")
        await conn.execute(PROJECTION.ddl)
        for batch in shuffled(rng, events):
            async with conn.transaction():
                await PROJECTION.fill(conn, [PROJECTION.decode(stored(body)) for body in batch])
        await conn.execute(PROJECTION.finishing_ddl)
        await conn.execute(f"GRANT USAGE ON SCHEMA filled TO waymark_{QUERIES}_projector")
    finally:
        await conn.close()
    filled = World(world.url, world.log, world.projector, world.requests, "filled")
    assert await view(filled) == expected(events)
    await filled.apply(events[:10])
    late = event(1_000)
    await filled.apply([late])
    assert await view(filled) == expected([*events, late])


async def test_the_first_record_of_an_id_stays(world: World) -> None:
    await world.apply([event(1, type="first")])
    before = await view(world)
    await world.apply([event(1, type="second"), event(1, type="third", resource_id="other")])
    assert await view(world) == before


async def test_writers_of_the_same_counters_do_not_deadlock(world: World) -> None:
    rng = random.Random(5)
    events = [random_event(rng, number, "default", START_MS + number * 60_000) for number in range(600)]
    rng.shuffle(events)
    for start in range(0, 600, 200):
        await asyncio.gather(*(world.apply(events[start + 50 * part : start + 50 * (part + 1)]) for part in range(4)))
    assert await view(world) == expected(events)


def _alike(first: int, at: int) -> Event:
    return event(first + at, type=f"type-{at}", actor_id=f"actor-{at}", occurred_at=format_ms(START_MS))


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("day_counts", "dimension, key, other, day"),
        ("hour_counts", "dimension, key, other, hour"),
        ("actor_counts", "length_h, stretch, actor_id, actor_type"),
    ],
)
async def test_counters_are_locked_in_the_order_of_their_keys(world: World, table: str, key: str) -> None:
    """So that two writers cannot deadlock: one that waits for the first key holds no other."""

    def batch(first: int) -> list[Event]:
        made = [_alike(first, at) for at in range(60)]
        random.Random(first).shuffle(made)
        return made

    await world.apply(batch(1))
    async with world.projector.transaction() as holder, world.projector.transaction() as other:
        for conn in (holder, other):
            await conn.execute(f"SET LOCAL search_path = {world.schema}")
        await holder.execute(f"SELECT FROM {table} ORDER BY tenant_id, {key} LIMIT 1 FOR UPDATE")
        folding = asyncio.create_task(world.apply(batch(101)))

        await eventually(lambda: a_session_waits(other))
        free = await other.fetch(f"SELECT FROM {table} FOR UPDATE SKIP LOCKED")
        total = await other.fetchval(f"SELECT count(*) FROM {table}")
        assert len(free) == total - 1
    await folding


async def test_the_same_id_in_two_tenants_is_two_events(world: World) -> None:
    await world.apply([event(1, tenant_id, id=event(1).id) for tenant_id in TENANTS])
    assert len((await view(world))["ids"]) == 2


@pytest.mark.parametrize("table", TABLES)
async def test_requests_see_one_tenant_without_any_filter(world: World, table: str) -> None:
    await world.apply([event(1, tenant_id, type="x" * 2_000) for tenant_id in TENANTS])
    await assert_requests_see_one_tenant(world, table)


async def test_requests_may_not_write(world: World) -> None:
    await assert_requests_may_not_write(world, QUERIES)


async def test_other_words_for_outcomes_need_another_generation(world: World) -> None:
    other = EventsProjection(Outcomes(frozenset(("kaputt",)), frozenset()))
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {world.schema}")
        with pytest.raises(RuntimeError, match="WAYMARK_QUERIES_EVENT_OUTCOMES_REVISION"):
            await other.apply(conn, [other.decode(stored(event(1)))])
