"""A rebuild beside the serving history, from its request to the switch, beside a bare replay of the same log."""

from __future__ import annotations

import asyncio
import time

from libs.contracts.paths import QUERIES
from libs.pg.database import Database
from libs.projections.rebuild.requests import request_rebuild
from services.queries.interactions.model import HISTORY
from tests.performance.ground import Ground, LogName, Site
from tests.performance.history import Login, Stuck, caught_up, filled_site, floor_per_s, generation, projecting
from tests.performance.options import Options
from tests.performance.report import Line, Report, ratio
from tests.performance.servers import Measured, watching

_OF_FLOOR = 0.5
_TIMEOUT_S = 1_800.0
_POLL_S = 0.05


async def measure_rebuild(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the line of a rebuild on one log."""
    ours: list[float] = []
    floor: list[float] = []
    async with filled_site(ground, log_name, options.rows) as (site, login), projecting(site) as process:
        await caught_up(login, process, options.rows)
        async with watching(process):
            for _ in range(options.rounds):
                floor.append(await floor_per_s(site, "bare_replay", options.rows))
                ours.append(options.rows / await _rebuild(site, login, process))
        report.note_peak(f"queries projections, rebuilding ({log_name})", process.peak_mib)
    report.add(
        Line(
            what=f"rebuild of the history, {options.rows:,} records, indexes and counters included",
            log=log_name,
            unit="records/s",
            ours=ours,
            floor=floor,
            beside="from the request to the switch; the old generation serves meanwhile",
            promise=f"≥ {_OF_FLOOR} × bare replay",
            holds=ratio(ours, floor) >= _OF_FLOOR,
        )
    )


async def _rebuild(site: Site, login: Login, process: Measured) -> float:
    """Seconds from the request to the moment the next generation serves."""
    before = await generation(login)
    begun_s = time.perf_counter()
    async with await Database.connect(site.database_url, role=None, application_name="waymark-bench") as db:
        await request_rebuild(db, QUERIES, HISTORY, reason="bench")
    while await generation(login) == before:
        process.look()
        if time.perf_counter() - begun_s > _TIMEOUT_S:
            raise Stuck(f"the rebuild does not end:\n{process.last_words}")
        await asyncio.sleep(_POLL_S)
    return time.perf_counter() - begun_s
