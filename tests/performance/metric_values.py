"""Values of behavioural metrics: a customer's over windows of every length, and all customers' as a full run has them.

The peer of the first is a scan of 3,000 records as JSON, that of the second one GROUP BY of all contributions.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from libs.contracts.paths import METRICS
from libs.pg.database import Connection
from libs.projections.generations import ReadModel
from services.metrics.definitions.model import Metric
from services.metrics.runs.working import CHUNK_KEYS
from services.metrics.series.fold import COUNT_ALL
from services.metrics.series.model import SERIES_MODEL
from services.metrics.values.computing import BEGINNING, compute, hold_edition, next_keys
from services.metrics.values.model import KeyScope
from services.metrics.values.reads import ValueReads
from tests.performance.ground import Ground
from tests.performance.interactions_data import DAY_MS
from tests.performance.latencies import measure_latency, milliseconds
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report, p99, ratio
from tests.support.metrics.series import TENANT, SeriesWorld
from tests.support.metrics.values import MetricValues, opened_values

_P99_MS, _OF_SCAN, _CUSTOMER_US, _CHANGED_S = 10.0, 25.0, 60.0, 3.0
_TOUCHED = 0.01
AT_MS: Final = 20_000 * DAY_MS + 43_654_321
"""In the middle of a quarter hour in the middle of a day."""
_SCANNED = 3_000
_FILL = """
INSERT INTO contributions
SELECT
    $1::text, $2::bigint, 'i:' || $2 || '-' || number, 'customer-' || number % $3::bigint, '[]',
    $4::bigint - 1 - (number * 0.6180339887 % 1 * $5::bigint)::bigint, (number % 997)::numeric / 100
FROM generate_series(1, $6::bigint) AS numbers (number)
"""
_RECORDS = """
CREATE TEMPORARY TABLE records ON COMMIT DROP AS
SELECT c.event_at, json_build_object(
    'customerId', c.customer, 'amount', c.number, 'currency', 'EUR', 'items', json_build_array('a', 'b', 'c'),
    'store', json_build_object('id', 'store-17', 'country', 'DE', 'city', 'Bonn'), 'channel', 'WEBAPP'
)::text::json AS data
FROM contributions AS c
WHERE c.tenant_id = $1 AND c.series_id = $2
ORDER BY c.event_at DESC LIMIT $3
"""
_SCAN = """
SELECT sum((data ->> 'amount')::numeric) FROM records
WHERE data ->> 'customerId' = $1 AND event_at >= $2 AND event_at < $3
"""
_TOUCH = """
INSERT INTO touched
SELECT $1::text, $2::uuid, $3::integer, 'customer-' || number, '[]'
FROM generate_series(0, $4::bigint - 1, $5) AS numbers (number)
"""
_WINDOWS = "SELECT count(value), sum(value) FROM window_values($1, $2, 'sum', $3, $4, $5, $6)"
_GROUPED = """
SELECT count(*), sum(total) FROM (
    SELECT sum(number) AS total FROM contributions
    WHERE tenant_id = $1 AND series_id = $2 AND event_at >= $3 AND event_at < $4 GROUP BY customer, dims
) AS values
"""


@dataclass(frozen=True, slots=True)
class _Source:
    """So many contributions of so many customers over so many days before `AT_MS`."""

    customers: int
    contributions: int
    days: int


@dataclass(frozen=True, slots=True)
class _Filled:
    """A generation with contributions by the names of their sources, and metrics of them."""

    values: MetricValues
    sources: Mapping[str, _Source]

    @property
    def series(self) -> SeriesWorld:
        """The generation."""
        return self.values.series

    async def metric(self, name: str, days: int | None) -> Metric:
        """Return a metric over so many days, whose values are shown."""
        return await self.values.metric(source_field=name, aggregate_function="sum", window_days=days)


async def measure_metric_values(ground: Ground, options: Options, report: Report) -> None:
    """Add a line for each window of a customer, one beside a scan, and one for all customers."""
    sources = {
        "monthly": _Source(max(1_000, options.list_rows // 10), options.list_rows, 30),
        "daily": _Source(1, 3_650, 3_650),
        "busy": _Source(1, 200_000, 2),
    }
    async with ground.postgres.database() as url, _filled(url, sources) as filled:
        reads = ValueReads(ReadModel(filled.series.requests, METRICS, SERIES_MODEL))
        for name, days in (("monthly", 1), ("monthly", 30), ("daily", 365), ("daily", None), ("busy", 1)):
            await _measure_customers(filled, reads, name, days, options, report)
        await _measure_beside_scan(filled, options, report)
        await _measure_all(filled, options, report)


@asynccontextmanager
async def _filled(url: str, sources: Mapping[str, _Source]) -> AsyncIterator[_Filled]:
    async with opened_values(url) as values:
        filled, series = _Filled(values, sources), values.series
        for name, source in sources.items():
            of = (source.customers, AT_MS, source.days * DAY_MS, source.contributions)
            series_id = await series.series_of(await filled.metric(name, None))
            async with series.entered() as conn:
                await conn.execute(_FILL, TENANT, series_id, *of)
        async with series.entered() as conn:
            await conn.execute(COUNT_ALL)
        await series.vacuum()
        yield filled


async def _measure_customers(
    filled: _Filled, reads: ValueReads, name: str, days: int | None, options: Options, report: Report
) -> None:
    source, rng = filled.sources[name], random.Random(8)
    metric = await filled.metric(name, days)

    async def ask() -> None:
        customer = f"customer-{rng.randrange(source.customers)}"
        await reads.values(TENANT, metric.id, customer, AT_MS, limit=20)

    each = f"{source.contributions / source.customers / source.days:,.2g} a day"
    what = f"value of a customer p99, {'all time of 10 years' if days is None else f'{days} days'}, {each}"
    await measure_latency(what, ask, None, _P99_MS, options, report)


async def _measure_beside_scan(filled: _Filled, options: Options, report: Report) -> None:
    """Measure a window of 30 days alone beside the scan, each within PostgreSQL."""
    series_id = await filled.series.series_of(await filled.metric("daily", 30))
    ours, scan = [], []
    async with filled.series.entered() as conn:
        await conn.execute(_RECORDS, TENANT, series_id, _SCANNED)
        window = (TENANT, series_id, 30, AT_MS, ["customer-0"], ["[]"])
        for _ in range(options.list_requests + 1):
            ours.append(await _executing_ms(conn, _WINDOWS, *window))
            scan.append(await _executing_ms(conn, _SCAN, "customer-0", AT_MS - _SCANNED * DAY_MS, AT_MS))
    report.add(
        Line(
            what=f"window of 30 days alone, beside a scan of {_SCANNED:,} records",
            log=NO_LOG,
            unit="ms",
            ours=ours[1:],
            floor=scan[1:],
            beside=f"p99 {p99(ours[1:]):.2f} ms",
            promise=f"≤ 1/{_OF_SCAN:.0f} of the scan",
            holds=ratio(ours[1:], scan[1:]) <= 1 / _OF_SCAN,
        )
    )


async def _executing_ms(conn: Connection, statement: str, *values: object) -> float:
    (*_, last) = await conn.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", *values)
    return float(last[0].split()[2])


async def _measure_all(filled: _Filled, options: Options, report: Report) -> None:
    """Compute and store the values of all customers in chunks, as a full run does: the first time, and once again."""
    source = filled.sources["monthly"]
    metric = await filled.metric("monthly", 30)
    series_id = await filled.series.series_of(metric)
    ours, grouped = [], []
    for at_ms in range(AT_MS, AT_MS + options.rounds):
        ours.append(await milliseconds(partial(_compute, filled, metric, "all", at_ms)) / source.customers * 1_000)
        async with filled.series.entered() as conn:
            span = (series_id, at_ms - 30 * DAY_MS, at_ms)
            plain = await milliseconds(partial(conn.fetchrow, _GROUPED, TENANT, *span))
        grouped.append(plain / source.customers * 1_000)
    report.add(
        Line(
            what=f"full run over 30 days of {source.customers:,} customers, {source.contributions:,} contributions",
            log=NO_LOG,
            unit="µs/customer",
            ours=ours,
            floor=grouped,
            beside=f"chunks of {CHUNK_KEYS:,}, stored; then all of them again",
            promise=f"≤ {_CUSTOMER_US:.0f} µs, a minute for a million",
            holds=min(ours) <= _CUSTOMER_US,
        )
    )
    await _measure_changed(filled, metric, options, report)


async def _measure_changed(filled: _Filled, metric: Metric, options: Options, report: Report) -> None:
    """Compute and store the values of touched customers and of those that are due, as a scheduled run does."""
    source, since_ms = filled.sources["monthly"], AT_MS + options.rounds
    ours = []
    for at_ms in range(since_ms, since_ms + options.rounds):
        async with filled.series.entered() as conn:
            await conn.execute(_TOUCH, TENANT, metric.id, metric.edition, source.customers, round(1 / _TOUCHED))
        ours.append(await milliseconds(partial(_compute, filled, metric, "changed", at_ms)) / 1_000)
    report.add(
        Line(
            what=f"scheduled run over {source.customers:,} customers, {_TOUCHED:.0%} of them touched",
            log=NO_LOG,
            unit="s",
            ours=ours,
            promise=f"≤ {_CHANGED_S:.0f} s for a million",
            holds=min(ours) <= _CHANGED_S,
        )
    )


async def _compute(filled: _Filled, metric: Metric, scope: KeyScope, at_ms: int) -> None:
    cursor, may_go_on = BEGINNING, True
    while may_go_on:
        async with filled.series.entered() as conn:
            edition = await hold_edition(conn, TENANT, metric.id, metric.edition)
            assert edition is not None
            keys, cursor, may_go_on = await next_keys(conn, edition, scope, cursor, at_ms, limit=CHUNK_KEYS)
            await compute(conn, edition, keys, at_ms, is_current=True)
