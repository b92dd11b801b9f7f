"""The law of the history: any split, repetition and interleaving of the same records leaves the same tables."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.interactions import Voided, decode_interaction_record
from libs.contracts.paths import QUERIES
from libs.contracts.reference import CATALOG_KINDS
from libs.contracts.times import format_ms, parse_time, to_ms
from libs.eventlog.port import StoredRecord
from libs.pg.database import connect_once
from libs.records.interactions import decode_change
from services.queries.interactions.projection import MERGE_AT, MERGE_AT_ROWS, TABLES
from tests.support.postgres import a_session_waits
from tests.support.queries.history import PROJECTION, World
from tests.support.read_models import assert_requests_may_not_write, assert_requests_see_one_tenant
from tests.support.records import NAMES, interaction, recorded, voided
from tests.support.waiting import eventually

TENANTS = ("default", "acme")
Partition = list[StoredRecord]


def partitions_of(rng: random.Random) -> list[Partition]:
    """Three partitions full of trouble: repeats, ids under a second number, voids of numbers recorded and not."""
    partitions: list[Partition] = [[], [], []]
    for tenant_id in TENANTS:
        number = 0
        for _ in range(60):
            number += rng.choice((1, 1, 1, 2, 9_000))
            home = rng.choice(partitions)
            fate = rng.random()
            if fate < 0.12:
                home.append(voided(number, tenant_id))
                if fate < 0.04:
                    rng.choice(partitions).append(recorded(_random_interaction(rng, number, tenant_id), tenant_id))
                continue
            body = _random_interaction(rng, number, tenant_id)
            home.append(recorded(body, tenant_id))
            if fate < 0.25:
                home.append(home[-1])
            elif fate < 0.4:
                number += 1
                again = _random_interaction(rng, number, tenant_id, interaction_id=body.interaction_id)
                # The higher number may well come first: numbers are given out before records are appended.
                home.insert(len(home) - rng.choice((0, 1)), recorded(again, tenant_id))
    return partitions


def _random_interaction(rng: random.Random, number: int, tenant_id: str, **changes: Any) -> Any:
    kinds = {kind: rng.choice(NAMES[kind]) for kind in CATALOG_KINDS}
    at = rng.choice((None, format_ms(rng.choice((-1, 1)) * rng.randrange(10**12))))
    users = (None, "ann", "bob")
    return interaction(number, tenant_id, user_id=rng.choice(users), interaction_timestamp=at, **kinds, **changes)


def interleaved(rng: random.Random, partitions: Sequence[Partition]) -> list[StoredRecord]:
    """One order of all records that keeps each partition's own, with parts of it read again."""
    left = [list(partition) for partition in partitions]
    order: list[StoredRecord] = []
    while any(left):
        source = rng.choice([partition for partition in left if partition])
        order.append(source.pop(0))
    return order


def batches(rng: random.Random, records: Sequence[StoredRecord]) -> list[list[StoredRecord]]:
    """A split into batches, some of which are read twice."""
    split: list[list[StoredRecord]] = []
    at = 0
    while at < len(records):
        size = rng.choice((1, 3, 20, 200))
        split.append(list(records[at : at + size]))
        if rng.random() < 0.2:
            split.append(split[-1])
        at += size
    return split


def expected(partitions: Sequence[Partition]) -> dict[str, Any]:
    """The view, folded by hand: per partition in order, the first of an id stays."""
    rows: dict[tuple[str, str], Any] = {}
    voids: set[tuple[str, int]] = set()
    duplicates: set[tuple[str, int, int]] = set()
    for record in (record for partition in partitions for record in partition):
        envelope, body = decode_interaction_record(record.value, record.headers)
        tenant_id = envelope.tenant_id
        if isinstance(body, Voided):
            voids.add((tenant_id, body.interaction_number))
            continue
        kept = rows.setdefault((tenant_id, body.interaction_id), body)
        if kept.interaction_number != body.interaction_number:
            duplicates.add((tenant_id, body.interaction_number, kept.interaction_number))
    blocks: Counter[tuple[Any, ...]] = Counter()
    users: Counter[tuple[Any, ...]] = Counter()
    quarters: Counter[tuple[Any, ...]] = Counter()
    for (tenant_id, _), body in rows.items():
        facets = (body.resource_type_id, body.action_id, body.origin_id)
        for mask in product((True, False), repeat=3):
            key = tuple(facet if kept else None for facet, kept in zip(facets, mask, strict=True))
            blocks[tenant_id, *key, body.interaction_number >> 14] += 1
            quarters[tenant_id, False, *key, _quarter(body.created_date)] += 1
            quarters[tenant_id, True, *key, _quarter(body.event_time)] += 1
        if body.user_id:
            users[tenant_id, body.user_id, body.interaction_number >> 18] += 1
    numbers = {(tenant_id, body.interaction_number, body.interaction_id) for (tenant_id, _), body in rows.items()}
    return {
        "rows": numbers,
        "voids": voids,
        "duplicates": duplicates,
        "blocks": blocks,
        "users": users,
        "quarters": quarters,
        "day sums": quarters.total(),
    }


def _quarter(time: str) -> int:
    return to_ms(parse_time(time)) // 900_000


async def view(world: World) -> dict[str, Any]:
    """The same of the tables, codes resolved to ids."""
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {world.schema}")
        ids = {row["code"]: str(row["id"]) for row in await conn.fetch("SELECT code, id FROM facets")}
        rows = await conn.fetch("SELECT tenant_id, number, interaction_id FROM interactions")
        voids = await conn.fetch("SELECT tenant_id, number FROM voids")
        duplicates = await conn.fetch("SELECT tenant_id, number, duplicate_of FROM duplicates")
        blocks = await conn.fetch("SELECT * FROM block_counts")
        users = await conn.fetch("SELECT * FROM user_block_counts")
        days = await conn.fetch("SELECT * FROM timeline")
        recent = [cell for row in await conn.fetch("SELECT * FROM timeline_recent") for cell in _unmerged(row)]
    codes = ("type_code", "action_code", "origin_code")
    return {
        "rows": {(row["tenant_id"], row["number"], str(row["interaction_id"])) for row in rows},
        "voids": {tuple(row) for row in voids},
        "duplicates": {tuple(row) for row in duplicates},
        "blocks": Counter(
            {(row["tenant_id"], *(ids.get(row[code]) for code in codes), row["block"]): row["n"] for row in blocks}
        ),
        "users": Counter({(row["tenant_id"], row["user_id"], row["block"]): row["n"] for row in users}),
        "quarters": Counter(
            {
                (row["tenant_id"], row["by_event"], *(ids.get(row[code]) for code in codes), row["day"] * 96 + place): n
                for row in days
                for place, n in enumerate(row["quarters"])
                if n
            }
        )
        + Counter((tenant, by_event, *map(ids.get, codes), quarter) for tenant, by_event, *codes, quarter in recent),
        "day sums": sum(row["n"] for row in days) + len(recent),
    }


def _unmerged(row: Any) -> Iterator[tuple[Any, ...]]:
    """What a row of `timeline_recent` adds to, once it is merged."""
    columns = ("type_codes", "action_codes", "origin_codes")
    for at in range(row["n"]):
        for mask in product((True, False), repeat=3):
            key = [row[column][at] if kept else 0 for column, kept in zip(columns, mask, strict=True)]
            yield row["tenant_id"], False, *key, row["accepted"][at]
            yield row["tenant_id"], True, *key, row["happened"][at]


async def unmerged(world: World) -> int:
    """How many interactions wait to be merged."""
    async with world.projector.transaction() as conn:
        waiting: int = await conn.fetchval(f"SELECT coalesce(sum(n), 0) FROM {world.schema}.timeline_recent")
    return waiting


async def empty(world: World) -> None:
    conn = await connect_once(world.url, application_name="tests")
    try:
        await conn.execute(f"SET search_path = {world.schema}")
        await conn.execute(f"TRUNCATE {', '.join(TABLES)}")
    finally:
        await conn.close()


async def test_any_split_repetition_and_interleaving_gives_the_same_view(world: World) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        partitions = partitions_of(rng)
        await empty(world)
        for batch in batches(rng, interleaved(rng, partitions)):
            await world.merging_at(rng.choice((1, 30, MERGE_AT))).apply(batch)
        assert await view(world) == expected(partitions), f"seed {seed}"


async def test_what_waits_is_merged_when_it_is_enough(world: World) -> None:
    before = [recorded(interaction(number)) for number in range(1, 31)]
    for first in (0, 10, 20):
        await world.merging_at(25).apply(before[first : first + 10])
        assert await unmerged(world) == (first + 10) % 30
    assert await view(world) == expected([before])
    later = [recorded(interaction(31))]
    await world.merging_at(25).apply(later)
    assert await unmerged(world) == 1
    assert await view(world) == expected([before, later])


async def test_single_interactions_are_merged_before_they_are_many_rows(world: World) -> None:
    records = [recorded(interaction(number)) for number in range(1, MERGE_AT_ROWS + 2)]
    for record in records:
        await world.apply([record])
        assert await unmerged(world) < MERGE_AT_ROWS
    assert await view(world) == expected([records])


async def test_a_merge_that_is_rolled_back_leaves_everything_waiting(world: World) -> None:
    await world.apply([recorded(interaction(1)), recorded(interaction(2))])
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {world.schema}")
        await conn.execute("SAVEPOINT before")
        await world.merging_at(1).projection.apply(conn, [decode_change(recorded(interaction(3)))])
        await conn.execute("ROLLBACK TO before")
    assert await unmerged(world) == 2
    assert await view(world) == expected([[recorded(interaction(1)), recorded(interaction(2))]])


async def test_who_cannot_merge_goes_on(world: World) -> None:
    """While one writer merges, another neither waits for it nor counts anything twice."""
    await world.apply([recorded(interaction(1))])
    merging = world.merging_at(1)
    async with world.projector.transaction() as conn:
        await conn.execute(f"SET LOCAL search_path = {world.schema}")
        await merging.projection.apply(conn, [decode_change(recorded(interaction(2, user_id="ann", action="READ")))])
        await merging.apply([recorded(interaction(20_000, user_id="bob", action="DELETE"))])
        assert await unmerged(world) == 2
    assert await unmerged(world) == 1
    records = [
        recorded(interaction(1)),
        recorded(interaction(2, user_id="ann", action="READ")),
        recorded(interaction(20_000, user_id="bob", action="DELETE")),
    ]
    assert await view(world) == expected([records])


async def test_a_rebuild_gives_the_same_view(service_url: str, world: World) -> None:
    rng = random.Random(99)
    partitions = partitions_of(rng)
    conn = await connect_once(service_url, application_name="tests")
    try:
        await conn.execute("CREATE SCHEMA filled; SET search_path = filled")
        await conn.execute(PROJECTION.ddl)
        for batch in batches(rng, interleaved(rng, partitions)):
            async with conn.transaction():
                await PROJECTION.fill(conn, [decode_change(record) for record in batch])
        await conn.execute(PROJECTION.finishing_ddl)
        await conn.execute(f"GRANT USAGE ON SCHEMA filled TO waymark_{QUERIES}_projector")
    finally:
        await conn.close()
    filled = World(world.url, world.log, world.projector, world.requests, "filled")
    assert await view(filled) == expected(partitions)
    await filled.apply(partitions[0])
    assert await view(filled) == expected(partitions)


@pytest.mark.parametrize("merge_at", [1, 500, MERGE_AT])
async def test_two_writers_at_once_count_everything(world: World, merge_at: int) -> None:
    world = world.merging_at(merge_at)

    def records(writer: int, turn: int) -> list[StoredRecord]:
        rng = random.Random(writer * 1_000 + turn)
        made = [1 + (2 * turn + writer) * 200 + at for at in range(200)]
        rng.shuffle(made)
        return [recorded(_random_interaction(rng, number, "default")) for number in made]

    for turn in range(8):
        await asyncio.gather(world.apply(records(0, turn)), world.apply(records(1, turn)))
    everything = [records(writer, turn) for writer in (0, 1) for turn in range(8)]
    assert await view(world) == expected(everything)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("block_counts", "tenant_id, type_code, action_code, origin_code, block"),
        ("user_block_counts", "tenant_id, user_id, block"),
    ],
)
async def test_counters_are_locked_in_the_order_of_their_keys(world: World, table: str, key: str) -> None:
    """So that two writers cannot deadlock: one that waits for the first key holds no other."""

    def batch(first: int) -> list[StoredRecord]:
        made = [(first + at, at) for at in range(60)]
        random.Random(first).shuffle(made)
        return [recorded(interaction(number, user_id=f"user-{at}", action=f"A{at % 7}")) for number, at in made]

    await world.apply(batch(1))
    async with world.projector.transaction() as holder, world.projector.transaction() as other:
        for conn in (holder, other):
            await conn.execute(f"SET LOCAL search_path = {world.schema}")
        await holder.execute(f"SELECT FROM {table} ORDER BY {key} LIMIT 1 FOR UPDATE")
        folding = asyncio.create_task(world.apply(batch(101)))

        await eventually(lambda: a_session_waits(other))
        free = await other.fetch(f"SELECT FROM {table} FOR UPDATE SKIP LOCKED")
        total = await other.fetchval(f"SELECT count(*) FROM {table}")
        assert len(free) == total - 1
    await folding


async def test_a_number_of_two_interactions_is_refused_and_changes_nothing(world: World) -> None:
    await world.apply([recorded(interaction(1))])
    before = await view(world)
    other = interaction(1, interaction_id="00000000-0000-4000-8000-000000000001")
    with pytest.raises(InvalidRecord, match="number 1 of tenant default"):
        await world.apply([recorded(interaction(2)), recorded(other)])
    assert await view(world) == before


async def test_the_same_id_in_two_tenants_is_two_interactions(world: World) -> None:
    shared = "00000000-0000-4000-8000-000000000001"
    await world.apply([recorded(interaction(1, tenant, interaction_id=shared), tenant) for tenant in TENANTS])
    assert len((await view(world))["rows"]) == 2


@pytest.mark.parametrize("table", TABLES)
async def test_requests_see_one_tenant_without_any_filter(world: World, table: str) -> None:
    for tenant_id in TENANTS:
        first = recorded(interaction(1, tenant_id, user_id="ann"), tenant_id)
        repeat = interaction(2, tenant_id, user_id="ann", interaction_id=interaction(1, tenant_id).interaction_id)
        await world.merging_at(1).apply([first, recorded(repeat, tenant_id), voided(3, tenant_id)])
        await world.apply([recorded(interaction(4, tenant_id), tenant_id)])
    await assert_requests_see_one_tenant(world, table)


async def test_requests_may_not_write(world: World) -> None:
    await assert_requests_may_not_write(world, QUERIES)
