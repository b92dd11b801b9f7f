"""The law of the series: any split, order and repetition of the records leaves the same tables.

What they must be is worked out here from all records at once, and once more by what ends a rebuild.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from libs.contracts.paths import METRICS
from libs.contracts.times import EARLIEST, LATEST, format_ms, to_ms
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection, connect_once
from services.metrics.definitions.editions import serve
from services.metrics.series import fold
from services.metrics.series.projection import TABLES, SeriesProjection
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import Given, SeriesWorld, contributions
from tests.support.postgres import a_session_waits
from tests.support.read_models import assert_requests_may_not_write, assert_requests_see_one_tenant
from tests.support.records import START_MS, interaction, recorded
from tests.support.traces.world import event
from tests.support.waiting import eventually

TENANTS = ("acme", "default")
DAY_MS, QUARTER_MS, BUSY = 86_400_000, 900_000, 200
EDGES_MS = (to_ms(EARLIEST), to_ms(LATEST), -1, 0, START_MS // DAY_MS * DAY_MS - 1, START_MS // DAY_MS * DAY_MS)
VIEWED = ("contributions", "tiles", "quarters", "skips")


class Bought(NamedTuple):
    """A purchase, as the test has it; `number` is its JSON."""

    tenant_id: str
    name: int
    customer: str
    tier: str
    at_ms: int
    number: str

    @property
    def record(self) -> StoredRecord:
        """An event, or for every third an interaction."""
        data = f'{{"customerId": "{self.customer}", "tier": "{self.tier}", "value": {self.number}}}'.encode()
        if self.name % 3:
            made = event(self.name, None, self.at_ms - START_MS, self.tenant_id, type="purchase")
            return StoredRecord(*_place(made), made.key, data, made.headers, START_MS)
        at = format_ms(self.at_ms)
        body = interaction(self.name, self.tenant_id, action="PURCHASE", interaction_timestamp=at, json=data)
        return recorded(body, self.tenant_id)

    @property
    def value(self) -> Decimal | None:
        return None if self.number.startswith('"') else Decimal(self.number)


def _place(record: StoredRecord) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset


def purchases(rng: random.Random) -> list[Bought]:
    """Purchases of some customers, one of whom has a busy day."""
    found = []
    for name in range(400):
        is_busy = rng.random() < 0.6
        at_ms = START_MS // DAY_MS * DAY_MS + rng.randrange(DAY_MS) if is_busy else _any_time(rng)
        number = rng.choice(("1", "0.1", "0.20", "-3", "12345678901234567890.123", '"5"'))
        customer = "busy" if is_busy else rng.choice(("ann", "bob"))
        found.append(Bought("acme" if is_busy else rng.choice(TENANTS), name, customer, "gold", at_ms, number))
    return [one if one.customer == "busy" else one._replace(tier=rng.choice(("gold", "new"))) for one in found]


def _any_time(rng: random.Random) -> int:
    return rng.choice((*EDGES_MS, START_MS + rng.randrange(-400 * DAY_MS, 400 * DAY_MS)))


def batches(rng: random.Random, bought: Sequence[Bought]) -> Iterator[list[StoredRecord]]:
    """Some order of all, some of them again, in batches of any size."""
    order = [*bought, *rng.choices(bought, k=len(bought) // 5)]
    rng.shuffle(order)
    while order:
        size = rng.choice((1, 3, 20, 100))
        batch, order = order[:size], order[size:]
        for _ in range(rng.choice((1, 1, 2))):
            yield [one.record for one in batch]


def expected(bought: Sequence[Bought], series: dict[str, Sequence[int]]) -> dict[str, set[tuple[Any, ...]]]:
    """The tables, worked out from everything at once; the second series of a tenant is grouped by tier."""
    days: defaultdict[tuple[Any, ...], list[Bought]] = defaultdict(list)
    quarters: defaultdict[tuple[Any, ...], list[Bought]] = defaultdict(list)
    skipped: defaultdict[tuple[str, int], int] = defaultdict(int)
    rows = set()
    for one in bought:
        for series_id, dims in zip(series[one.tenant_id], ("[]", f'["{one.tier}"]'), strict=True):
            key = one.tenant_id, series_id, one.customer, dims
            rows.add((*key, one.at_ms, one.value))
            days[*key, one.at_ms // DAY_MS].append(one)
            skipped[one.tenant_id, series_id] += one.value is None
    for day, several in days.items():
        for one in several if len(several) >= BUSY else ():
            quarters[*day[:4], one.at_ms // QUARTER_MS].append(one)
    return {
        "contributions": rows,
        "tiles": {(*key, *_sums(several)) for key, several in days.items()},
        "quarters": {(*key, *_sums(several)) for key, several in quarters.items()},
        "skips": {(*of, count) for of, count in skipped.items() if count},
    }


def _sums(several: Sequence[Bought]) -> tuple[Any, ...]:
    values = [one.value for one in several if one.value is not None]
    total, least, most = (sum(values), min(values), max(values)) if values else (None, None, None)
    return len(several), len(values), total, least, most, min(one.at_ms for one in several)


async def tables(conn: Connection) -> dict[str, set[tuple[Any, ...]]]:
    """The same as they are."""
    found = {table: {tuple(row) for row in await conn.fetch(f"SELECT * FROM {table}")} for table in VIEWED}
    return found | {"contributions": {(*row[:2], *row[3:]) for row in found["contributions"]}}


async def view(world: SeriesWorld) -> dict[str, set[tuple[Any, ...]]]:
    async with world.entered() as conn:
        return await tables(conn)


@pytest.fixture
async def purchased(series: SeriesWorld) -> dict[str, Sequence[int]]:
    """The series of both tenants: all purchases, and those by tier."""
    found: dict[str, Sequence[int]] = {}
    for tenant_id in TENANTS:
        definitions = Definitions(series.requests, tenant_id)
        metrics = [
            await definitions.create(),
            await definitions.create("by tier", group_by_dimensions=("tier",)),
        ]
        found[tenant_id] = [await series.series_of(metric) for metric in metrics]
    return found


async def touched(world: SeriesWorld) -> list[tuple[Any, ...]]:
    async with world.projector.transaction() as conn:
        rows = await conn.fetch(f"SELECT metric_id, edition, customer FROM {world.schema}.touched ORDER BY 1, 2, 3")
        return [tuple(row) for row in rows]


def bought(name: int, customer: str = "ann", tenant_id: str = "acme") -> StoredRecord:
    return Bought(tenant_id, name, customer, "gold", START_MS + name, "1").record


async def test_any_split_order_and_repetition_leaves_the_same_tables(
    series: SeriesWorld, purchased: dict[str, Sequence[int]]
) -> None:
    for seed in range(4):
        given = purchases(random.Random(seed))
        await series.truncate(TABLES)
        projection = SeriesProjection()
        for batch in batches(random.Random(f"batches {seed}"), given):
            await series.fold_records(projection, batch)
        found = await view(series)
        for table, rows in expected(given, purchased).items():
            assert found[table] == rows, f"seed {seed}: {table}"
        assert found["quarters"]


async def test_a_rebuild_makes_the_same_tables(
    service_url: str, series: SeriesWorld, purchased: dict[str, Sequence[int]]
) -> None:
    given, projection = purchases(random.Random(99)), SeriesProjection()
    conn = await connect_once(service_url, application_name="tests")
    try:
        await conn.execute("CREATE SCHEMA filled; SET search_path = filled")
        await conn.execute(projection.ddl)
        for batch in batches(random.Random("batches"), given):
            async with conn.transaction():
                await projection.fill(conn, [projection.decode(record) for record in batch])
        await conn.execute(projection.finishing_ddl)
        assert await tables(conn) == expected(given, purchased)
    finally:
        await conn.close()


async def test_a_series_that_comes_or_ends_between_decoding_and_folding_is_seen(
    series: SeriesWorld, definitions: Definitions
) -> None:
    projection = SeriesProjection()
    decoded = [projection.decode(bought(1)), projection.decode(bought(2))]

    metric = await definitions.create()
    await series.fold_into(projection, decoded[:1])
    late = projection.decode(bought(3))
    await definitions.delete(metric.id)
    await series.fold_into(projection, [*decoded[1:], late])

    assert [row[4] for row in (await view(series))["contributions"]] == [START_MS + 1]


async def test_every_edition_that_is_not_retired_is_touched(series: SeriesWorld, definitions: Definitions) -> None:
    metric, other = await definitions.create(), await definitions.create("sums", aggregate_function="sum")
    gone = await definitions.update(await definitions.create("gone"), window_days=7)
    assert len({await series.series_of(one) for one in (metric, other, gone)}) == 1

    await series.fold_records(SeriesProjection(), [bought(1), bought(2)])

    assert await touched(series) == sorted((one.id, one.edition, "ann") for one in (metric, other, gone))


async def test_what_fills_a_series_touches_the_editions_that_are_shown(
    series: SeriesWorld, definitions: Definitions
) -> None:
    shown, _ = await definitions.create(), await definitions.create("built", window_days=7)
    past = contributions(await series.series_of(shown), [Given("ann", "[]", START_MS, None)])
    async with series.entered() as conn:
        assert await serve(conn, "acme", shown.id, shown.edition)
        await fold.add_past(conn, past)

    assert await touched(series) == [(shown.id, 1, "ann")]


async def test_a_touch_is_not_lost_to_whoever_looks_before_the_fold_commits(
    series: SeriesWorld, definitions: Definitions
) -> None:
    metric, projection = await definitions.create(), SeriesProjection()
    await series.fold_records(projection, [bought(1)])
    async with series.entered() as folding:
        await projection.apply(folding, [projection.decode(bought(2))])
        async with series.projector.transaction() as looking:
            taken = await looking.fetch(
                f"DELETE FROM {series.schema}.touched WHERE ctid IN"
                f" (SELECT ctid FROM {series.schema}.touched FOR UPDATE SKIP LOCKED) RETURNING customer"
            )
    assert taken == []
    assert await touched(series) == [(metric.id, 1, "ann")]


async def test_a_day_has_quarter_hours_from_its_200th_contribution_on(
    series: SeriesWorld, definitions: Definitions
) -> None:
    await definitions.create()
    projection, counted = SeriesProjection(), []
    for names in (range(BUSY - 1), [BUSY, 0], [BUSY + 1]):
        await series.fold_records(projection, [bought(name) for name in names])
        counted.append(sum(row[5] for row in (await view(series))["quarters"]))

    assert counted == [0, BUSY, BUSY + 1]


async def test_two_folds_that_make_a_day_busy_together_leave_its_quarter_hours_whole(
    series: SeriesWorld, definitions: Definitions
) -> None:
    await definitions.create()
    projection = SeriesProjection()
    await series.fold_records(projection, [bought(name) for name in range(BUSY - 1)])
    async with series.entered() as first:
        await projection.apply(first, [projection.decode(bought(BUSY))])
        second = asyncio.create_task(series.fold_records(projection, [bought(BUSY + 1)]))
        await eventually(lambda: a_session_waits(first))
    await second

    found = await view(series)
    assert [row[5] for row in found["tiles"]] == [BUSY + 1]
    assert sum(row[5] for row in found["quarters"]) == BUSY + 1


async def test_requests_see_one_tenant_and_write_nothing(
    series: SeriesWorld, purchased: dict[str, Sequence[int]]
) -> None:
    records = [bought(name, tenant_id=tenant_id) for tenant_id in TENANTS for name in range(BUSY)]
    unnumbered = [Bought(tenant_id, BUSY, "ann", "gold", START_MS, '"x"').record for tenant_id in TENANTS]
    await series.fold_records(SeriesProjection(), [*records, *unnumbered])
    for table in (*VIEWED, "touched"):
        await assert_requests_see_one_tenant(series, table)
    await assert_requests_may_not_write(series, METRICS)
