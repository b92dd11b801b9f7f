"""The law of traces: any split, repetition and interleaving of the same records leaves the same tables.

What they must be is worked out here from all records at once, and once more by the recount that ends a rebuild.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from libs.contracts.paths import TRACES
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_ms
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection, connect_once
from libs.rollups.histogram import BUCKETS, GAMMA, counts_of
from libs.rollups.spans import SPAN_DAYS
from services.traces.model import SERVICE, SPAN, USER
from services.traces.projection import TABLES
from services.traces.records import EventEntry, InteractionEntry, TraceEntry
from tests.support.postgres import a_session_waits
from tests.support.read_models import assert_requests_may_not_write, assert_requests_see_one_tenant
from tests.support.records import NAMES, START_MS, interaction, recorded, voided
from tests.support.traces.world import PROJECTION, World, event
from tests.support.waiting import eventually

TENANTS = ("default", "acme")
DAY_MS = 86_400_000
LONG = "u" * 3_000
UNITS = ("a", "b", "a unit of work", LONG)
Partition = list[StoredRecord]


def partitions_of(rng: random.Random) -> list[Partition]:
    """Four partitions, two of each topic: records late, early, at the same instant, on two days, and sent again."""
    partitions: list[Partition] = [[], [], [], []]
    for tenant_id in TENANTS:
        for number in range(1, 60):
            unit = rng.choice(UNITS)
            side = UNITS.index(unit) % 2
            home = partitions[side if rng.random() < 0.7 else 2 + side]
            at_ms = START_MS + rng.choice((0, 1, rng.randrange(5_000), rng.randrange(3 * DAY_MS)))
            if home in partitions[:2]:
                home.append(_interaction(rng, number, tenant_id, unit, at_ms))
                if rng.random() < 0.1:
                    home.append(voided(1_000 + number, tenant_id))
            else:
                home.append(_event(rng, number, tenant_id, unit, at_ms - START_MS))
            if rng.random() < 0.15:
                home.append(rng.choice(home))
    return partitions


def _interaction(rng: random.Random, number: int, tenant_id: str, unit: str, at_ms: int) -> StoredRecord:
    kinds = {kind: rng.choice(NAMES[kind]) for kind in CATALOG_KINDS}
    kinds[ACTION] = rng.choice((kinds[ACTION], "FAILED"))
    changes = {
        "uow_id": unit,
        "resource_id": rng.choice(("order-1", "order-2", LONG)),
        "user_id": rng.choice((None, "ann", LONG)),
        "interaction_timestamp": rng.choice((None, format_ms(at_ms))),
    }
    return recorded(interaction(number, tenant_id, **kinds, **changes), tenant_id)


def _event(rng: random.Random, number: int, tenant_id: str, unit: str, at_ms: int) -> StoredRecord:
    started = START_MS + at_ms - rng.randrange(2_000)
    spans: dict[str, Any] = {
        "startTime": format_ms(started),
        "endTime": format_ms(started + rng.randrange(9_000)),
        "spanId": "s",
    }
    spans |= {"name": rng.choice(("GET /", LONG)), "status": {"code": rng.choice(("OK", "ERROR"))}}
    log = {"observedTime": format_ms(started), "severityNumber": rng.choice((9, 17))}
    return event(
        number,
        unit if rng.random() < 0.9 else None,
        at_ms,
        tenant_id,
        payload=rng.choice(({"n": 1}, spans, log, {"startTime": "never"})),
        subject=rng.choice(("order-1", "order-3")),
        resource_type=rng.choice(("ORDER", "order", "Straße", "Service")),
        actor_id=rng.choice(("ann", "bob", None)),
        actor_type=rng.choice(("user", "service")),
    )


def interleaved(rng: random.Random, partitions: Sequence[Partition]) -> list[StoredRecord]:
    """One order of all records that keeps each partition's own."""
    left = [list(partition) for partition in partitions]
    order: list[StoredRecord] = []
    while any(left):
        order.append(rng.choice([partition for partition in left if partition]).pop(0))
    return order


def batches(rng: random.Random, records: Sequence[StoredRecord]) -> Iterator[list[StoredRecord]]:
    """A split into batches, some of which are read twice."""
    at = 0
    while at < len(records):
        size = rng.choice((1, 1, 3, 20, 200))
        for _ in range(rng.choice((1, 1, 1, 2))):
            yield list(records[at : at + size])
        at += size


def expected(records: Sequence[StoredRecord]) -> dict[str, Any]:
    """The view, worked out from everything at once."""
    entries: dict[tuple[str, str, str], TraceEntry] = {}
    for record in records:
        entry = PROJECTION.decode(record)
        if entry is not None:
            entries.setdefault((type(entry).__name__, *entry[:2]), entry)
    traces: dict[tuple[str, str], list[TraceEntry]] = {}
    for entry in entries.values():
        traces.setdefault((entry.tenant_id, entry.uow_id), []).append(entry)
    days = Counter((tenant_id, _day(min(map(_start, found)))) for (tenant_id, _), found in traces.items())
    origins: Counter[tuple[Any, ...]] = Counter()
    for entry in entries.values():
        if isinstance(entry, InteractionEntry):
            for length, span in _spans(entry.event_at):
                origins[entry.tenant_id, length, span, entry.origin_id, entry.origin] += 1
    return {
        "entries": {(entry.tenant_id, entry[1]) for entry in entries.values()},
        "summaries": {key: _summary(found) for key, found in traces.items()},
        "members": {(*key, *member) for key, found in traces.items() for member in _members(found)},
        "resources": {(*key, entry.resource_key) for key, found in traces.items() for entry in found},
        "days": dict(days),
        "origins": dict(origins),
        "links": _links(traces),
    }


def _day(at: datetime) -> Any:
    return at.astimezone(UTC).date()


def _spans(at: datetime) -> list[tuple[int, int]]:
    return [(days, (_day(at) - date.min).days // days) for days in SPAN_DAYS]


def _start(entry: TraceEntry) -> datetime:
    return min(entry.event_at, entry.started_at) if isinstance(entry, EventEntry) else entry.event_at


def _end(entry: TraceEntry) -> datetime:
    return max(entry.event_at, entry.ended_at) if isinstance(entry, EventEntry) else entry.event_at


def _summary(found: Sequence[TraceEntry]) -> tuple[Any, ...]:
    events = sum(isinstance(entry, EventEntry) for entry in found)
    since, until = min(map(_start, found)), max(map(_end, found))
    duration_ms = round((until - since).total_seconds() * 1000)
    resources = len({entry.resource_key for entry in found})
    errors = sum(entry.status == "error" for entry in found)
    return len(found) - events, events, resources, errors, since, until, duration_ms


def _members(found: Sequence[TraceEntry]) -> set[tuple[str, str, str]]:
    names: dict[tuple[str, str], set[str]] = {}
    for entry in found:
        if isinstance(entry, EventEntry):
            names.setdefault((RESOURCE_TYPE, entry.type_key), set()).add(entry.resource_type)
            if entry.actor_type == "user" and entry.actor_id:
                names.setdefault((USER, entry.actor_id), set()).add(entry.actor_id)
            if entry.resource_type == "Service":
                names.setdefault((SERVICE, entry.resource_id), set()).add(entry.resource_id)
            if entry.span_key is not None:
                names.setdefault((SPAN, entry.span_key), set()).add(entry.span_key)
            continue
        names.setdefault((RESOURCE_TYPE, entry.type_id), set()).add(entry.resource_type)
        names.setdefault((ACTION, entry.action_id), set()).add(entry.action)
        names.setdefault((ORIGIN, entry.origin_id), set()).add(entry.origin)
        if entry.user_id:
            names.setdefault((USER, entry.user_id), set()).add("ann" if entry.user_id == "ann" else LONG)
    return {(*key, min(found_names)) for key, found_names in names.items()}


def _links(traces: dict[tuple[str, str], list[TraceEntry]]) -> dict[tuple[Any, ...], tuple[int, int, list[int]]]:
    links: dict[tuple[Any, ...], list[int]] = {}
    for (tenant_id, _), found in traces.items():
        stops = sorted(
            (entry.event_at, entry.number, entry.interaction_id, entry.origin_id)
            for entry in found
            if isinstance(entry, InteractionEntry)
        )
        for before, after in pairwise(stops):
            ms = round((after[0] - before[0]).total_seconds() * 1000)
            bucket = 0 if ms == 0 else 1 + math.ceil(math.log(ms) / math.log(GAMMA) - 1e-12)
            part, place = divmod(bucket, BUCKETS)
            for days, span in _spans(after[0]):
                links.setdefault((tenant_id, days, span, before[3], after[3], part), []).append(ms * BUCKETS + place)
    return {key: _part(counted) for key, counted in links.items()}


def _part(counted: Sequence[int]) -> tuple[int, int, list[int]]:
    """How many, how long together, and how many of each bucket up to the last that has any."""
    places = Counter(value % BUCKETS for value in counted)
    total_ms = sum(value // BUCKETS for value in counted)
    return len(counted), total_ms, [places[place] for place in range(max(places) + 1)]


async def view(world: World, schema: str | None = None) -> dict[str, Any]:
    """The same of the tables."""
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {schema or world.schema}")
        return await _view(conn)


async def _view(conn: Connection) -> dict[str, Any]:
    entries = await conn.fetch(
        "SELECT tenant_id, interaction_id::text FROM interactions"
        " UNION ALL SELECT tenant_id, event_id::text FROM events"
    )
    summaries = await conn.fetch(
        "SELECT tenant_id, uow_id, interactions, events, resources, errors, started_at, ended_at, duration_ms"
        " FROM summaries"
    )
    members = await conn.fetch("SELECT tenant_id, uow_id, kind, value, name FROM members")
    resources = await conn.fetch("SELECT tenant_id, uow_id, resource_key::text FROM resources")
    days = await conn.fetch("SELECT tenant_id, day, n FROM trace_days WHERE n <> 0")
    origins = await conn.fetch("SELECT tenant_id, days, span, origin_id::text, name, n FROM origin_days")
    links = await conn.fetch(
        "SELECT tenant_id, days, span, from_id::text, to_id::text, part, n, latency_ms::bigint,"
        " numeric_send(counts) AS counts FROM origin_links WHERE (n, latency_ms, counts) <> (0, 0, 0)"
    )
    return {
        "entries": {tuple(row) for row in entries},
        "summaries": {(row[0], row[1]): tuple(row)[2:] for row in summaries},
        "members": {tuple(row) for row in members},
        "resources": {tuple(row) for row in resources},
        "days": {tuple(row)[:2]: row["n"] for row in days},
        "origins": {tuple(row)[:5]: row["n"] for row in origins},
        "links": {tuple(row)[:6]: (row["n"], row["latency_ms"], list(counts_of(row["counts"]))) for row in links},
    }


def flat(partitions: Sequence[Partition]) -> list[StoredRecord]:
    return [record for partition in partitions for record in partition]


async def test_any_split_repetition_and_interleaving_gives_the_same_view(world: World) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        partitions = partitions_of(rng)
        await world.empty()
        for batch in batches(rng, interleaved(rng, partitions)):
            await world.apply(batch)
        assert await view(world) == expected(flat(partitions)), f"seed {seed}"


async def test_a_rebuild_recounts_to_the_same_view(service_url: str, world: World) -> None:
    rng = random.Random(99)
    partitions = partitions_of(rng)
    conn = await connect_once(service_url, application_name="tests")
    try:
        await conn.execute("CREATE SCHEMA filled; SET search_path = filled")
        await conn.execute(PROJECTION.ddl)
        for batch in batches(rng, interleaved(rng, partitions)):
            entries = [entry for record in batch if (entry := PROJECTION.decode(record)) is not None]
            async with conn.transaction():
                await PROJECTION.fill(conn, entries)
        await conn.execute(PROJECTION.finishing_ddl)
        await conn.execute(f"GRANT USAGE ON SCHEMA filled TO waymark_{TRACES}_projector")
    finally:
        await conn.close()
    assert await view(world, "filled") == expected(flat(partitions))
    filled = World(world.url, world.log, world.projector, world.requests, "filled")
    more = partitions_of(random.Random(100))
    await filled.apply(flat(more))
    assert await view(filled) == expected(flat([*partitions, *more]))


async def test_members_of_both_topics_fold_into_the_same_traces_at_once(world: World) -> None:
    rng = random.Random(7)
    partitions = partitions_of(rng)

    async def member(partition: Partition, seed: int) -> None:
        for batch in batches(random.Random(seed), partition):
            await world.apply(batch)

    await asyncio.gather(*(member(partition, seed) for seed, partition in enumerate(partitions)))
    assert await view(world) == expected(flat(partitions))


async def test_who_folds_into_a_trace_waits_for_who_does_so_already(world: World) -> None:
    """So that the one that waited counts the trace out of the day on which the other let it begin."""

    def at(number: int, day: int) -> StoredRecord:
        began = format_ms(START_MS - day * DAY_MS)
        return recorded(interaction(number, uow_id="one", interaction_timestamp=began))

    records = [at(1, 0), at(2, 1), at(3, 2)]
    await world.apply(records[:1])
    async with world.projector.transaction() as first, world.projector.transaction() as watching:
        await first.execute(f"SET LOCAL search_path = {world.schema}")
        entry = PROJECTION.decode(records[1])
        assert entry is not None
        await PROJECTION.apply(first, [entry])
        second = asyncio.create_task(world.apply(records[2:]))

        await eventually(lambda: a_session_waits(watching))
    await second
    assert await view(world) == expected(records)


async def test_an_id_under_a_second_unit_of_work_makes_no_trace(world: World) -> None:
    first, again = interaction(1, uow_id="one"), interaction(1, uow_id="two")
    await world.apply([recorded(first), recorded(again)])
    await world.apply([recorded(again)])
    assert list((await view(world))["summaries"]) == [("default", "one")]


async def test_the_same_id_in_two_tenants_or_of_two_kinds_is_several_records(world: World) -> None:
    shared = interaction(1, interaction_id="00000000-0000-4000-8000-000000000001", uow_id="one")
    await world.apply([recorded(shared, tenant) for tenant in TENANTS])
    await world.apply([event(1, "one", id=shared.interaction_id)])
    summaries = (await view(world))["summaries"]
    assert summaries["default", "one"][:2] == (1, 1)
    assert summaries["acme", "one"][:2] == (1, 0)


@pytest.mark.parametrize("table", TABLES)
async def test_requests_see_one_tenant_without_any_filter(world: World, table: str) -> None:
    for tenant_id in TENANTS:
        interactions = [interaction(number, tenant_id, uow_id="one", user_id="ann") for number in (1, 2)]
        await world.apply([recorded(body, tenant_id) for body in interactions] + [event(1, "one", 0, tenant_id)])
    await assert_requests_see_one_tenant(world, table)


async def test_requests_may_not_write(world: World) -> None:
    await assert_requests_may_not_write(world, TRACES)
