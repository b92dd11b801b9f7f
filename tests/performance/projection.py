"""One projection, the history, read from the beginning of the log by one writer, beside a bare COPY of its rows."""

from __future__ import annotations

from contextlib import AsyncExitStack
from statistics import median

from tests.performance.floors.bare_copy import BareCopy, bare_copy_of
from tests.performance.ground import Ground, LogName, Site
from tests.performance.history import Login, caught_up, filled_site, forget_history, generation, projecting, schema
from tests.performance.options import Options
from tests.performance.report import Line, Report, ratio
from tests.performance.servers import watching

_OF_FLOOR, _PER_WRITER_S = 0.5, 15_000.0


async def measure_projection(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the line of the history's projection on one log."""
    ours: list[float] = []
    floor: list[float] = []
    cpu_us: list[float] = []
    async with filled_site(ground, log_name, options.rows) as (site, login), AsyncExitStack() as stack:
        copy: BareCopy | None = None
        for _ in range(options.rounds):
            per_s, used_us = await _project(site, login, options.rows, report)
            ours.append(per_s)
            cpu_us.append(used_us)
            number = await generation(login)
            assert number is not None
            if copy is None:
                copy = await stack.enter_async_context(bare_copy_of(login, schema(number), "interactions"))
            await forget_history(login)
            floor.append(await copy.rows_per_s())
    report.add(
        Line(
            what=f"history projection, one writer, {options.rows:,} records",
            log=log_name,
            unit="records/s",
            ours=ours,
            floor=floor,
            beside=f"the writer's own CPU {median(cpu_us):.0f} µs/record (start included)",
            promise=f"≥ {_OF_FLOOR} × COPY, ≥ {_PER_WRITER_S:,.0f}/s",
            holds=ratio(ours, floor) >= _OF_FLOOR and median(ours) >= _PER_WRITER_S,
        )
    )


async def _project(site: Site, login: Login, rows: int, report: Report) -> tuple[float, float]:
    """Records per second from nothing to the log's end, and the processor time of each in microseconds."""
    async with projecting(site) as process:
        async with watching(process):
            per_s = await caught_up(login, process, rows)
        cpu_us = process.cpu_s / rows * 1_000_000
        report.note_peak(f"queries projections ({site.log_name})", process.peak_mib)
    return per_s, cpu_us
