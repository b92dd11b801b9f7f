"""Windows equal a plain recount of their contributions, to the millisecond and to the last digit."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from libs.expressions.numbers import EXACT
from tests.support.metrics.series import TENANT, Given, SeriesWorld

DAY, QUARTER = 86_400_000, 900_000
START: Final = 20_000 * DAY
"""The beginning of a day in 2024."""
_MEAN = Context(prec=17, rounding=ROUND_HALF_EVEN, Emax=9_999, Emin=-9_999)
_VALUES = "SELECT * FROM window_values($1, $2, $3, $4, $5, $6, $7)"
_WINDOWS = "SELECT * FROM customer_windows($1, $2, $3, $4, $5, $6)"
_SUMS = "SELECT * FROM window_sums($1, $2, $3, $4, $5, $6)"
_PLAN = f"EXPLAIN (COSTS OFF) EXECUTE windows ('{TENANT}', 1, 'ann', '[]', 30, {START})"
_MEANS = "SELECT mean_of(total, n) FROM unnest($1::numeric[], $2::bigint[]) AS u (total, n)"


def total(numbers: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    result = Decimal(0)
    for number in numbers:
        result = EXACT.add(result, number)
    return result


FUNCTIONS: Final[Mapping[str, Callable[[Sequence[Decimal]], Decimal]]] = {
    "sum": total,
    "avg": lambda numbers: _MEAN.divide(total(numbers), len(numbers)),
    "min": min,
    "max": max,
}


def recount(given: Sequence[Given], function: str, days: int | None, at: int) -> tuple[Decimal | None, int, int | None]:
    """The value, the records it is made of, and after which instant it may change, of one key's contributions."""
    inside = [one for one in given if one.event_at < at and (days is None or one.event_at >= at - days * DAY)]
    changes = [one.event_at for one in given if one.event_at >= at]
    if days is not None:
        changes += [one.event_at + days * DAY for one in inside]
    change = min(changes, default=None)
    if function == "count":
        return Decimal(len(inside)) if inside else None, len(inside), change
    numbers = [one.number for one in inside if one.number is not None]
    return FUNCTIONS[function](numbers) if numbers else None, len(numbers), change


def _contributions(rng: random.Random) -> Iterator[Given]:
    """A customer with quiet days, one with busy ones, one before the epoch, one far ahead; two that share a name."""
    for _ in range(120):
        yield Given("quiet", "[]", START + rng.randrange(12 * DAY), _number(rng))
    for day in (0, 3, 4, 9):
        for _ in range(rng.choice((199, 200, 450))):
            yield Given("busy", '["a"]', START + day * DAY + rng.randrange(DAY), _number(rng))
    for dims in ('["a"]', '["b"]'):
        for _ in range(640):
            yield Given("old", dims, rng.randrange(-2 * DAY, DAY), _number(rng))
    yield from (Given("far", "[]", at, Decimal(1)) for at in (-62_135_596_800_000, START, 253_402_300_799_999))
    # At the edges of days and quarter hours, and several at one instant.
    for _ in range(150):
        at = START + rng.randrange(8 * 96) * QUARTER + rng.choice((-1, 0, 0, 1))
        yield Given("edges", "[]", at, _number(rng))


def _number(rng: random.Random) -> Decimal | None:
    return rng.choice((None, Decimal(rng.randrange(-50, 50)), Decimal(rng.randrange(10**9)).scaleb(-rng.randrange(12))))


def _instants(rng: random.Random, given: Sequence[Given], days: int | None) -> list[int]:
    moments = [one.event_at + (rng.choice((0, days)) if days else 0) * DAY for one in rng.sample(given, 12)]
    return [
        *(moment + off for moment in moments for off in (0, 1)),
        *(START + rng.randrange(-2, 14) * DAY for _ in range(3)),
        *(START + rng.randrange(0, 14 * 96) * QUARTER for _ in range(3)),
        *(rng.randrange(-4 * DAY, 3 * DAY) for _ in range(4)),
    ]


async def test_every_window_equals_a_recount(series: SeriesWorld) -> None:
    rng = random.Random(13)
    given = list(_contributions(rng))
    await series.fill(given)
    keys = [*sorted({(one.customer, one.dims) for one in given}), ("nobody", "[]"), ("quiet", '["a"]')]
    by_key = {key: [one for one in given if (one.customer, one.dims) == key] for key in keys}
    customers, dims = zip(*keys, strict=True)
    found: set[tuple[str, int | None]] = set()
    async with series.reading() as conn:
        for days in (1, 2, 7, 365, None):
            for at in _instants(rng, given, days):
                for function in ("count", rng.choice(list(FUNCTIONS))):
                    rows = await conn.fetch(_VALUES, TENANT, 1, function, days, at, customers, dims)
                    for row in rows:
                        counted = recount(by_key[row["customer"], row["dims"]], function, days, at)
                        assert (row["value"], row["records"], row["next_change_at"]) == counted, (days, at, row)
                        found.update((function, days) for _ in range(counted[1]))
                    assert [(row["customer"], row["dims"]) for row in rows] == keys
    assert found == {(function, days) for function in ("count", *FUNCTIONS) for days in (1, 2, 7, 365, None)}


async def test_a_customer_has_a_window_for_each_of_its_dimensions(series: SeriesWorld) -> None:
    dims = ['["a"]', '["b"]', '["b",1]', "[null]"]
    others = [Given("ann", one, START + at, Decimal(at)) for at, one in enumerate(dims)]
    await series.fill([*others, *(Given("bob", one, START, None) for one in ("[]", '["a"]'))])
    async with series.reading() as conn:
        for asked in (None, ['["b"]'], ['["c"]']):
            rows = await conn.fetch(_WINDOWS, TENANT, 1, "ann", asked, 1, START + 2)
            counts = {'["a"]': 1, '["b"]': 1}
            assert {row["dims"]: row["n"] for row in rows} == {one: counts.get(one, 0) for one in asked or dims}
        assert await conn.fetch(_WINDOWS, TENANT, 1, "nobody", None, None, START) == []


async def test_a_window_of_another_tenant_or_series_is_empty(series: SeriesWorld) -> None:
    await series.fill([Given("ann", "[]", START, Decimal(1))])
    for tenant, asked, number in ((TENANT, TENANT, 2), ("globex", "globex", 1), ("globex", TENANT, 1)):
        async with series.reading(tenant) as conn:
            (row,) = await conn.fetch(_VALUES, asked, number, "count", None, START + 1, ["ann"], ["[]"])
        assert (row["value"], row["records"], row["next_change_at"]) == (None, 0, None)


async def test_a_plan_made_for_empty_tables_is_good_for_full_ones(series: SeriesWorld) -> None:
    await series.vacuum()
    async with series.reading() as conn:
        await conn.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")
        await conn.execute(f"PREPARE windows (text, bigint, text, text, integer, bigint) AS {_SUMS}")
        plan = "\n".join(row[0] for row in await conn.fetch(_PLAN))
    scans = re.findall(r"(?:Index|Index Only|Seq|Bitmap \w+) Scan.*\n *(.*)", plan)
    assert len(scans) == 5, plan
    for found in scans:
        assert re.match(r"Index Cond: .*\bdims\b.*\b(day|quarter|event_at)\b", found), plan
    assert not re.findall(r"\n *Filter: ", plan), plan


async def test_means_have_seventeen_digits_half_to_even(series: SeriesWorld) -> None:
    rng = random.Random(17)
    totals, counts = [Decimal(0), Decimal("0.000"), Decimal(10) ** 300, Decimal(1).scaleb(-300)], [3, 7, 7, 9]
    for _ in range(3_000):
        digits = rng.choice((1, 3, 16, 17, 18, 19, 40))
        number = Decimal(rng.choice((10**digits, 10**digits - 1, rng.randrange(10**digits)))) * rng.choice((1, -1))
        totals.append(number.scaleb(rng.choice((0, 0, -1, -5, -digits, -40, 3, 290))))
        counts.append(rng.choice((1, 2, 3, 8, 9, 10, 1_000, rng.randrange(1, 10**6))))
    async with series.reading() as conn:
        rows = await conn.fetch(_MEANS, totals, counts)
    for (mean,), number, count in zip(rows, totals, counts, strict=True):
        assert mean == _MEAN.divide(number, count), (number, count)
