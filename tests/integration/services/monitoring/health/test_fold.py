"""The law of health: any split, repetition and interleaving of partitions leaves the same tables.

What they must be is worked out here from all results at once, and once more by the count that ends a rebuild.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from libs.contracts.critical_interactions import Result
from libs.contracts.paths import MONITORING
from libs.contracts.times import EARLIEST, EPOCH, LATEST, to_ms
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection, connect_once
from libs.rollups.histogram import BUCKETS, GAMMA, counts_of
from libs.rollups.spans import SPAN_MINUTES
from services.monitoring.health import fold
from services.monitoring.health.model import MINUTE_MS
from services.monitoring.health.projection import TABLES
from services.monitoring.health.scores import KINDS
from tests.support.monitoring.health import PROJECTION, World, recorded, result
from tests.support.read_models import assert_requests_may_not_write, assert_requests_see_one_tenant
from tests.support.records import START_MS

TENANTS = ("default", "acme")
DAY_MS = 86_400_000
LONG = "v" * 3_000
CAP = 3
ERRORS = (("errored", "timeout"), ("errored", "sequence_violation"))
ABORTS = (("aborted", "global"), ("aborted", "forbidden"), ("aborted", "stopped"), ("aborted", "deleted"))
Recorded = tuple[str, Result]
Partition = list[Recorded]


@pytest.fixture(autouse=True)
def few_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dimension counts few values apart, so that some are too many."""
    monkeypatch.setattr(fold, "MAX_VALUES", CAP)


def partitions_of(rng: random.Random) -> list[Partition]:
    """Two partitions, each with definitions of its own of both tenants; some results come again."""
    partitions: list[Partition] = [[], []]
    for name in range(120):
        definition_id = rng.randrange(1, 5)
        home = partitions[definition_id % 2]
        home.append((rng.choice(TENANTS), _result(rng, name, definition_id)))
        if rng.random() < 0.2:
            home.append(rng.choice(home))
    return partitions


def _result(rng: random.Random, name: int, definition_id: int) -> Result:
    at_ms = rng.choice((0, 59_999, 60_000, DAY_MS, rng.randrange(400 * DAY_MS), -START_MS - 1))
    changes: dict[str, Any] = {
        "interaction_id": definition_id,
        "version": rng.randrange(1, 6),
        "key": rng.choice(("user:ann", "user:bob", LONG)),
        "dimensions": {
            "origin": rng.choice((None, "", "a", "b", "c", LONG, "~other")),
            "country": rng.choice(("DE", None)),
        },
    }
    if rng.random() < 0.6:
        duration_ms = rng.choice((0, 1, 100, 250, 10**4, rng.randrange(10**12)))
        return result(name, at_ms, duration_ms, **changes)
    outcome, cause = rng.choice(ERRORS + ABORTS)
    return result(name, at_ms, **changes, outcome=outcome, cause=cause)


def interleaved(rng: random.Random, partitions: Sequence[Partition]) -> list[Recorded]:
    """One order of all results that keeps each partition's own."""
    left = [list(partition) for partition in partitions]
    order: list[Recorded] = []
    while any(left):
        order.append(rng.choice([partition for partition in left if partition]).pop(0))
    return order


def batches(rng: random.Random, records: Sequence[Recorded]) -> Iterator[list[StoredRecord]]:
    """A split into batches, some of which are read twice."""
    at = 0
    while at < len(records):
        size = rng.choice((1, 1, 3, 20, 200))
        for _ in range(rng.choice((1, 1, 1, 2))):
            yield [recorded(one, tenant_id) for tenant_id, one in records[at : at + size]]
        at += size


def expected(partitions: Sequence[Partition]) -> dict[str, Any]:
    """The view, worked out from everything at once."""
    results = {(tenant_id, one.id): one for records in partitions for tenant_id, one in records}
    apart: dict[tuple[str, int, str], list[str | None]] = defaultdict(list)
    rollups: dict[tuple[Any, ...], list[Result]] = defaultdict(list)
    for (tenant_id, _), one in results.items():
        for dimension, value in _values(one):
            known = apart[tenant_id, one.interaction_id, dimension]
            if value not in known and value != "~other" and len(known) < CAP:
                known.append(value)
    for (tenant_id, _), one in results.items():
        shown = [
            (dimension, value if value in apart[tenant_id, one.interaction_id, dimension] else "~other")
            for dimension, value in _values(one)
        ]
        part = _bucket(one.duration_ms) // BUCKETS if one.duration_ms is not None else 0
        for key in (("", "total"), *shown):
            for length in SPAN_MINUTES:
                span = (one.ended_at - to_ms(EARLIEST)) // (MINUTE_MS * length)
                rollups[tenant_id, one.interaction_id, *key, length, span, part].append(one)
    return {
        "results": {(*key, _kind(one), one.ended_at) for key, one in results.items()},
        "rollups": {key: _tally(found) for key, found in rollups.items()},
    }


def _values(one: Result) -> list[tuple[str, str | None]]:
    return [*one.dimensions.items(), ("version", str(one.version))]


def _kind(one: Result) -> str:
    return one.category.lower() if one.category else str(one.cause)


def _bucket(duration_ms: int) -> int:
    return 0 if duration_ms == 0 else 1 + math.ceil(math.log(duration_ms) / math.log(GAMMA) - 1e-12)


def _tally(found: Sequence[Result]) -> tuple[Any, ...]:
    kinds = Counter(map(_kind, found))
    durations = [one.duration_ms for one in found if one.duration_ms is not None]
    places = Counter(_bucket(duration_ms) % BUCKETS for duration_ms in durations)
    counts = [places[place] for place in range(max(places) + 1)] if places else [0]
    millionths = sum(round((one.score or 0) * 1_000_000) for one in found)
    return [kinds[kind] for kind in KINDS], millionths, sum(durations), counts


async def view(world: World, schema: str | None = None) -> dict[str, Any]:
    """The same of the tables."""
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {schema or world.schema}")
        return await _view(conn)


async def _view(conn: Connection) -> dict[str, Any]:
    results = await conn.fetch("SELECT tenant_id, id::text, kind, ended_at FROM results")
    rollups = await conn.fetch(
        f"SELECT r.tenant_id, r.definition_id, coalesce(s.dimension, ''),"
        " CASE WHEN r.series = 0 THEN 'total' ELSE s.value END,"
        " r.length, r.span, r.part,"
        f" {', '.join(KINDS)}, score_millionths, duration_ms::bigint, numeric_send(counts) AS counts"
        " FROM rollups AS r LEFT JOIN series AS s"
        " ON (s.tenant_id, s.definition_id, s.number) = (r.tenant_id, r.definition_id, r.series)"
    )
    return {
        "results": {tuple(row) for row in results},
        "rollups": {
            tuple(row)[:7]: (list(row)[7:17], row[17], row[18], list(counts_of(row["counts"]))) for row in rollups
        },
    }


async def numbers(world: World, schema: str | None = None) -> set[tuple[Any, ...]]:
    """The values of dimensions with their numbers."""
    async with world.projector.transaction() as conn:
        return {tuple(row) for row in await conn.fetch(f"SELECT * FROM {schema or world.schema}.series")}


async def test_any_split_repetition_and_interleaving_gives_the_same_view(world: World) -> None:
    for seed in range(8):
        partitions = partitions_of(random.Random(seed))
        numbered = []
        for order in range(2):
            rng = random.Random(f"{seed}/{order}")
            await world.empty()
            for batch in batches(rng, interleaved(rng, partitions)):
                await world.apply(batch)
            assert await view(world) == expected(partitions), f"seed {seed}"
            numbered.append(await numbers(world))
        assert numbered[0] == numbered[1]


async def test_a_rebuild_counts_to_the_same_view(service_url: str, world: World) -> None:
    rng = random.Random(99)
    partitions = partitions_of(rng)
    for batch in batches(rng, interleaved(rng, partitions)):
        await world.apply(batch)
    conn = await connect_once(service_url, application_name="tests")
    try:
        await conn.execute("CREATE SCHEMA filled; SET search_path = filled")
        await conn.execute(PROJECTION.ddl)
        await conn.execute("GRANT USAGE ON SCHEMA filled TO waymark_monitoring_projector")
        for batch in batches(rng, interleaved(rng, partitions)):
            entries = [entry for record in batch if (entry := PROJECTION.decode(record)) is not None]
            async with conn.transaction():
                await PROJECTION.fill(conn, entries)
        await conn.execute(PROJECTION.finishing_ddl)
    finally:
        await conn.close()
    assert await view(world, "filled") == await view(world) == expected(partitions)
    assert await numbers(world, "filled") == await numbers(world)


async def test_a_result_that_ends_beyond_the_last_time_counts_as_ended_then(world: World) -> None:
    last_ms = to_ms(LATEST)
    ends = (to_ms(EARLIEST), last_ms, last_ms + 3_153_600_000_000)
    await world.apply([recorded(result(ended_at, ended_at=ended_at)) for ended_at in ends])
    async with world.projector.transaction() as conn:
        rows = await conn.fetch(f"SELECT ended_at, result::json ->> 'endedAt' AS shown FROM {world.schema}.results")
        minutes = await conn.fetch(
            f"SELECT span, timeout FROM {world.schema}.rollups WHERE series = 0 AND length = 1 ORDER BY span"
        )
    assert {(row["ended_at"], int(row["shown"])) for row in rows} == {(min(ms, last_ms), ms) for ms in ends}
    assert [tuple(row) for row in minutes] == [(0, 1), ((LATEST - EARLIEST) // (EPOCH.resolution * 60_000_000), 2)]


async def test_requests_see_one_tenant_and_write_nothing(world: World) -> None:
    await world.apply([recorded(result("a", duration_ms=5), tenant_id) for tenant_id in TENANTS])
    for table in TABLES:
        await assert_requests_see_one_tenant(world, table)
    await assert_requests_may_not_write(world, MONITORING)
