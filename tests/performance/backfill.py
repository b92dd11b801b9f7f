"""Series filled in from a log that has records already, beside a bare replay of the same log.

One series that few records feed, and one that many do. The live fold is level, so nobody is given way to.
"""

from __future__ import annotations

import asyncio
import time

from libs.service.setup import setup_service
from services.metrics.backfill.job import Backfilling
from services.metrics.backfill.sweeper import Sweeping
from services.metrics.series.projection import SeriesProjection
from services.metrics.service import SERVICE
from tests.performance.filling import TENANT
from tests.performance.ground import Ground, LogName, new_site
from tests.performance.history import Stuck, fill, floor_per_s
from tests.performance.options import Options
from tests.performance.report import Line, Report, ratio
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import SeriesWorld, opened_series

_OF_FLOOR = 0.5
_CONTRIBUTIONS_PER_S = 15_000.0
_LEVEL = """
UPDATE positions AS p SET next_offset = e.next_offset, as_of = now()
FROM unnest($1::text[], $2::int[], $3::bigint[]) AS e (topic, partition, next_offset)
WHERE (p.topic, p.partition) = (e.topic, e.partition)
"""


async def measure_backfill(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of a backfill on one log."""
    few: list[float] = []
    many: list[float] = []
    floor: list[float] = []
    used: list[float] = []
    used_by_many: list[float] = []
    async with new_site(ground, log_name) as site, site.log() as log:
        await setup_service(SERVICE, site.database_url)
        await fill(log, options.rows)
        async with opened_series(site.database_url, log) as world:
            await _level(world)
            for number in range(options.rounds):
                floor.append(await floor_per_s(site, "bare_replay", options.rows))
                seconds, cpu_s, _ = await _filled(world, f"few {number}", "rare.total")
                few.append(options.rows / seconds)
                used.append(cpu_s / options.rows * 1_000_000)
                seconds, cpu_s, contributions = await _filled(world, f"many {number}", "total")
                many.append(contributions / seconds)
                used_by_many.append(cpu_s / contributions * 1_000_000)
    report.add(
        Line(
            what=f"backfill of {options.rows:,} records that feed nothing",
            log=log_name,
            unit="records/s",
            ours=few,
            floor=floor,
            beside=f"{min(used):.1f} µs of CPU a record",
            promise=f"≥ {_OF_FLOOR} × bare replay",
            holds=ratio(few, floor) >= _OF_FLOOR,
        )
    )
    report.add(
        Line(
            what="backfill of records that feed one series",
            log=log_name,
            unit="contributions/s",
            ours=many,
            beside=f"{min(used_by_many):.1f} µs of CPU a contribution, PostgreSQL's not counted",
            promise=f"≥ {_CONTRIBUTIONS_PER_S:,.0f}/s",
            holds=min(many) >= _CONTRIBUTIONS_PER_S,
        )
    )


async def _level(world: SeriesWorld) -> None:
    """Put the live fold at the log's end."""
    ends = await world.log.end_offsets(SeriesProjection.topics)
    async with world.entered() as conn:
        await conn.execute(_LEVEL, *zip(*((*place, end) for place, end in sorted(ends.items())), strict=True))


async def _filled(world: SeriesWorld, name: str, source: str) -> tuple[float, float, int]:
    """Define a metric, fill its series in, and remove it; return seconds, those of the CPU, and contributions."""
    definitions = Definitions(world.requests, TENANT)
    metric = await definitions.create(name, aggregate_function="sum", source_field=source, window_days=None)
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    await Backfilling(world.log, world.projector, asyncio.Event()).round(await world.log.identity())
    took = time.perf_counter() - begun_s, time.process_time() - cpu_s
    async with world.entered() as conn:
        if await conn.fetchval("SELECT count(*) FROM series_starts WHERE filled_to < next_offset"):
            raise Stuck("the series is not filled in")
        contributions: int = await conn.fetchval("SELECT count(*) FROM contributions")
    await definitions.delete(metric.id)
    await Sweeping(world.projector, asyncio.Event()).sweep()
    return *took, contributions
