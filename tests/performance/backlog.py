"""How quickly all read models of one process together work off a log that was filled before they started.

Beside it the bare pipe over the same log, and the processor time that 1,000 records take of the reader and the servers.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg
import psutil

from libs.contracts.topics import INTERACTIONS, Topic
from libs.pg.identifiers import quote_identifier
from tests.performance.floors import bare_pipe
from tests.performance.following import Place
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.history import Login, Stuck, fill
from tests.performance.options import Options
from tests.performance.report import Line, Report, ratio
from tests.performance.servers import Measured, answering, family_cpu_s, running, watching

_OF_FLOOR = 0.15
_TIMEOUT_S = 1_800.0
_SAMPLE_INTERVAL_S = 0.05
BARE_READ = f"SELECT coalesce(sum(next_offset), 0)::bigint FROM {bare_pipe.POSITIONS}"  # a constant
_SERVING = "SELECT service, name, serving FROM projections.models WHERE serving IS NOT NULL"
_READ = "SELECT sum(next_offset)::bigint FROM {schema}.positions WHERE topic = $1"


@dataclass(frozen=True, slots=True)
class Drained:
    """Records per second, and the processor time in ms for 1,000 records: the reader's, then each server's."""

    per_s: float
    cpu_ms: Mapping[str, float]


async def slowest(login: Login, topic: Topic = INTERACTIONS) -> Place:
    """How many records of a topic the slowest of the read models that serve now, and read it, has read."""
    readings = [
        _READ.format(schema=quote_identifier(f"{row['service']}_{row['name']}_g{row['serving']}"))
        for row in await login.fetch(_SERVING)
    ]
    statement = f"SELECT min(sum) FROM ({' UNION ALL '.join(readings)}) AS models"  # the registry's names
    return lambda: login.fetchval(statement, topic.name)


async def measure_backlog(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the line of all models together on one log."""
    ours: list[Drained] = []
    floor: list[Drained] = []
    for _ in range(options.rounds):
        async with _filled(ground, log_name, options.rows) as (site, login):
            ours.append(await _by_all_models(ground, site, login, options.rows, report))
        async with _filled(ground, log_name, options.rows) as (site, login):
            floor.append(await _by_pipe(ground, site, login, options.rows))
    of_floor = ratio([one.per_s for one in ours], [one.per_s for one in floor])
    report.add(
        Line(
            what=f"all read models together, a backlog of {options.rows:,} records",
            log=log_name,
            unit="records/s",
            ours=[one.per_s for one in ours],
            floor=[one.per_s for one in floor],
            beside=f"CPU for 1,000 records: {_cpu(ours)}. Pipe: {_cpu(floor)}",
            promise=f"≥ {_OF_FLOOR} × pipe",
            holds=of_floor >= _OF_FLOOR,
        )
    )


@asynccontextmanager
async def _filled(ground: Ground, log_name: LogName, rows: int) -> AsyncIterator[tuple[Site, Login]]:
    """A site that is set up, with `rows` interactions in its log, and a connection as the database's owner."""
    async with new_site(ground, log_name) as site:
        await asyncio.to_thread(_set_up, site)
        async with site.log() as log:
            await fill(log, rows)
        login = await asyncpg.connect(site.database_url)
        try:
            await login.execute("VACUUM ANALYZE")
            yield site, login
        finally:
            await login.close()


def _set_up(site: Site) -> None:
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as directory:
        command = (sys.executable, "-m", "waymark", "setup", "--data-dir", str(Path(directory) / "data"))
        done = subprocess.run(command, env=site.full_environment, capture_output=True, check=False)
    if done.returncode:
        raise Stuck(f"the setup failed:\n{done.stdout.decode()}{done.stderr.decode()}")


async def _by_all_models(ground: Ground, site: Site, login: Login, rows: int, report: Report) -> Drained:
    with running("projections", "tests.performance.all_projections", environment=site.environment) as process:
        await answering(process)
        async with watching(process):
            drained = await _drained(ground, process, await slowest(login), rows)
        report.note_peak(f"all projections, a backlog ({site.log_name})", process.peak_mib)
    return drained


async def _by_pipe(ground: Ground, site: Site, login: Login, rows: int) -> Drained:
    await login.execute(bare_pipe.DDL)
    with running("bare pipe", "tests.performance.floors.bare_pipe", environment=site.environment) as process:
        return await _drained(ground, process, lambda: login.fetchval(BARE_READ), rows)


async def _drained(ground: Ground, process: Measured, read: Place, rows: int) -> Drained:
    """From the first batch that everyone was seen to have read to the last."""
    watched = {process.name: psutil.Process(process.process.pid)}
    watched |= {name: psutil.Process(pid) for name, pid in ground.pids.items()}
    deadline = time.monotonic() + _TIMEOUT_S
    begun_at = await _past(process, read, 0, deadline)
    begun_s, used_s = time.perf_counter(), {name: family_cpu_s(one) for name, one in watched.items()}
    await _past(process, read, rows - 1, deadline)
    took_s, counted = time.perf_counter() - begun_s, rows - begun_at
    if not counted:
        raise Stuck(f"{rows} records are too few to measure by")
    cpu_ms = {name: (family_cpu_s(one) - used_s[name]) * 1_000_000 / counted for name, one in watched.items()}
    return Drained(counted / took_s, cpu_ms)


async def _past(process: Measured, read: Place, count: int, deadline: float) -> int:
    """How many are read, once these are more than `count`."""
    while (done := await read()) <= count:
        process.look()
        if time.monotonic() > deadline:
            raise Stuck(f"{done} records read:\n{process.last_words}")
        await asyncio.sleep(_SAMPLE_INTERVAL_S)
    return done


def _cpu(rounds: list[Drained]) -> str:
    medians = {name: median(one.cpu_ms[name] for one in rounds) for name in rounds[0].cpu_ms}
    return ", ".join(f"{name} {ms:.0f} ms" for name, ms in medians.items())
