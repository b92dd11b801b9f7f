"""Records through the index of behavioural metrics, and contributions through the fold.

The index is measured by this process's own CPU time, with records as a log gives them. The floor of the fold adds the
same rows to the ledger alone.
"""

from __future__ import annotations

import gc
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from statistics import median

import msgspec

from libs.eventlog.header_codec import pack_headers
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.service.setup import setup_service
from services.metrics.definitions.model import MAX_METRICS, SeriesSource
from services.metrics.feeding.index import Contribution, IndexedSeries, SeriesIndex
from services.metrics.series import fold
from services.metrics.service import SERVICE
from tests.performance.filling import TENANT, interaction_records
from tests.performance.ground import Ground
from tests.performance.interactions_data import DAY_MS, START_MS
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report, ratio
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import SeriesWorld, opened_series

_RECORDS, _DAYS = 50_000, 30
_LOOK_UP_US, _MANY_TO_ONE = 1.0, 1.2
_FOLDED, _BATCH, _CUSTOMERS, _SERIES = 60_000, 1_000, 5_000, 4
_FOLDED_PER_S = 15_000.0


async def measure_feeding(ground: Ground, options: Options, report: Report) -> None:
    """Add the lines of records that feed nothing, and the line of the fold."""
    _measure_index(options, report)
    async with ground.postgres.database() as url:
        await _measure_fold(url, options, report)


def _measure_index(options: Options, report: Report) -> None:
    records = [record for record in _records() if TENANT.encode() in record.stored_headers]
    elsewhere, one, many = _index(MAX_METRICS, "elsewhere"), _index(1, TENANT), _index(MAX_METRICS, TENANT)
    costs = [[_cost_us(index, records) for index in (elsewhere, one, many)] for _ in range(options.rounds)]
    without, with_one, with_many = (list(column) for column in zip(*costs, strict=True))
    report.add(
        Line(
            what="a record of a tenant without metrics",
            log=NO_LOG,
            unit="µs",
            ours=without,
            promise=f"≤ {_LOOK_UP_US:g} µs",
            holds=median(without) <= _LOOK_UP_US,
        )
    )
    report.add(
        Line(
            what=f"a record that feeds none of {MAX_METRICS} series, beside one that does not feed the only one",
            log=NO_LOG,
            unit="µs",
            ours=with_many,
            floor=with_one,
            promise=f"≤ {_MANY_TO_ONE:g} ×",
            holds=ratio(with_many, with_one) <= _MANY_TO_ONE,
        )
    )


def _records() -> Sequence[StoredRecord]:
    return [
        msgspec.structs.replace(record, stored_headers=pack_headers(record.headers))
        for record in interaction_records(_RECORDS, _DAYS)
    ]


def _index(count: int, tenant_id: str) -> SeriesIndex:
    """Return the index of series with a filter and a dimension each, which no record feeds."""
    sources = (
        SeriesSource(
            source_field=f"purchase{at}.total",
            filter_conditions={"field": f"country{at}", "op": "eq", "value": "DE"},
            group_by_dimensions=(f"tier{at}",),
        )
        for at in range(count)
    )
    return SeriesIndex(IndexedSeries(tenant_id, at, source) for at, source in enumerate(sources))


def _cost_us(index: SeriesIndex, records: Sequence[StoredRecord]) -> float:
    """Return the CPU time of a record; the collector does not look through those that wait."""
    gc.collect()
    gc.freeze()
    begun_s = time.process_time()
    for record in records:
        if index.contributions(record):
            raise AssertionError
    used_s = time.process_time() - begun_s
    gc.unfreeze()
    return used_s / len(records) * 1_000_000


async def _measure_fold(url: str, options: Options, report: Report) -> None:
    await setup_service(SERVICE, url)
    async with opened_series(url) as world:
        series = await _define(world)
        live: list[float] = []
        past: list[float] = []
        floor: list[float] = []
        for _ in range(options.rounds):
            for rates, add in ((past, fold.add_past), (floor, fold.add_rows), (live, fold.add)):
                rates.append(await _folded_per_s(world, add, _contributions(series)))
    report.add(
        Line(
            what=f"fold of contributions to series being filled, {_SERIES} of {MAX_METRICS} metrics",
            log=NO_LOG,
            unit="contributions/s",
            ours=past,
            floor=floor,
            beside=f"{median(live):,.0f}/s where all their values are touched",
            promise=f"≥ {_FOLDED_PER_S:,.0f}/s",
            holds=median(past) >= _FOLDED_PER_S,
        )
    )


async def _folded_per_s(
    world: SeriesWorld,
    add: Callable[[Connection, Sequence[Contribution]], Awaitable[None]],
    contributions: Sequence[Contribution],
) -> float:
    begun_s = time.perf_counter()
    for at in range(0, len(contributions), _BATCH):
        async with world.entered() as conn:
            await add(conn, contributions[at : at + _BATCH])
    return len(contributions) / (time.perf_counter() - begun_s)


async def _define(world: SeriesWorld) -> Sequence[int]:
    """Make as many metrics as a tenant may have, over a few series; return the series."""
    definitions = Definitions(world.requests, TENANT)
    metrics = [
        await definitions.create(
            f"bench-{at}", aggregate_function="sum", source_field=f"purchase{at % _SERIES}", window_days=1 + at
        )
        for at in range(MAX_METRICS)
    ]
    return sorted({await world.series_of(metric) for metric in metrics})


def _contributions(series: Sequence[int]) -> Sequence[Contribution]:
    """Return contributions that are not there yet, of skewed customers over 30 days, in the order of their times."""
    rng = random.Random()
    return [
        Contribution(
            TENANT,
            rng.choice(series),
            f"i:{uuid.UUID(int=rng.getrandbits(128))}",
            f"customer-{int(_CUSTOMERS * rng.random() ** 3)}",
            "[]",
            START_MS + at * _DAYS * DAY_MS // _FOLDED,
            Decimal(rng.randrange(100_000)) / 100,
        )
        for at in range(_FOLDED)
    ]
