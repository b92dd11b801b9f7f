"""All projections together: `waymark up` takes singles and batches at a set rate while every read model follows.

One of the nine kinds of records feeds a critical interaction; a third of the records feeds behavioural metrics, as many
as a tenant may have, over four series. Beside it a bare pipe: a raw append, and one consumer that copies what comes.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from libs.contracts.topics import INTERACTIONS
from libs.service.run import API
from tests.performance.backlog import BARE_READ, slowest
from tests.performance.candidates import BATCH_PATH, SINGLE_PATH
from tests.performance.floors import bare_pipe
from tests.performance.following import Place, following
from tests.performance.generator import run_load
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.history import Login
from tests.performance.load.plan import LoadFigures, LoadPlan
from tests.performance.options import Options
from tests.performance.report import Line, Report
from tests.performance.servers import answering, family_cpu_s, running
from tests.support.machine import Machine, running_machine
from tests.support.metrics.over_http import current, define
from tests.support.monitoring.defining import create
from waymark import services

_SECONDS = 30.0
_BATCH_RECORDS = 100
_DRAINED_S = 2.0
_SERIES, _WINDOWS_DAYS = 4, (1, 7, 30, 365, None)


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second: interactions one by one, and batches of 100; `p99_ms` is promised for what is visible."""

    singles: int
    batches: int
    p99_ms: float

    @property
    def records(self) -> int:
        """Records per second."""
        return self.singles + self.batches * _BATCH_RECORDS


RATES = (Rate(1_000, 0, 250.0), Rate(1_000, 40, 1_000.0))


@dataclass(frozen=True, slots=True)
class Followed:
    """One rate, seen through: `drained_s` is how long the last record stayed unseen after the last was sent."""

    p99_ms: float
    drained_s: float
    unsent: int
    records: int
    used: str

    @property
    def kept_up(self) -> bool:
        """Whether nothing piled up, neither before the door nor behind it."""
        return not self.unsent and self.drained_s <= _DRAINED_S

    @property
    def words(self) -> str:
        """How it went, for the table."""
        if self.kept_up:
            return f"all visible {self.drained_s:.1f} s after the last"
        unsent = f", {self.unsent:,} requests not even begun" if self.unsent else ""
        per_s = self.records / (_SECONDS + self.drained_s)
        return f"behind by {self.drained_s:.0f} s at the end{unsent}: {per_s:,.0f}/s"


@dataclass(frozen=True, slots=True)
class Pipe:
    """Something that records and lets read: where to send, and where its log and its slowest reader are."""

    port: int
    api_key: str
    batch_path: str
    log_end: Place
    read: Place
    processes: dict[str, list[psutil.Process]]

    async def follow(self, rate: Rate) -> Followed:
        """Send at this rate and look."""
        before = self._cpu_s()
        async with following(self.log_end, self.read) as seen:
            loads = await asyncio.gather(*(run_load(plan) for plan in self._plans(rate)))
            drained_s = await seen.drained()
        used = ", ".join(f"{name} {(now - before[name]) / _SECONDS:.0%}" for name, now in self._cpu_s().items())
        return Followed(seen.p99_ms(), drained_s, _unsent(loads), seen.records, used)

    def _plans(self, rate: Rate) -> list[LoadPlan]:
        asked = [(SINGLE_PATH, rate.singles, 64, 1), (self.batch_path, rate.batches, 8, _BATCH_RECORDS)]
        return [
            LoadPlan(
                port=self.port,
                path=path,
                api_key=self.api_key,
                connections=connections,
                seconds=_SECONDS,
                warm_up_s=0.0,
                shape="single" if records == 1 else "lines",
                records=records,
                rate_per_s=per_s,
                seed=records,
            )
            for path, per_s, connections, records in asked
            if per_s
        ]

    def _cpu_s(self) -> dict[str, float]:
        return {name: sum(family_cpu_s(process) for process in processes) for name, processes in self.processes.items()}


async def measure_together(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add a line for each rate on one log."""
    async with _machine(ground, log_name) as pipe:
        ours = [await pipe.follow(rate) for rate in RATES]
    async with _bare(ground, log_name) as pipe:
        floor = [await pipe.follow(rate) for rate in RATES]
    for rate, mine, bare in zip(RATES, ours, floor, strict=True):
        report.add(
            Line(
                what=f"p99 accepted → visible everywhere, {rate.records:,} records/s, {rate.singles:,} of them single",
                log=log_name,
                unit="ms",
                ours=[mine.p99_ms],
                floor=[bare.p99_ms],
                beside=f"{mine.words}; of a core: {mine.used}. Pipe: {bare.words}; {bare.used}",
                promise=f"keeps up, ≤ {rate.p99_ms:,.0f} ms",
                holds=mine.kept_up and mine.p99_ms <= rate.p99_ms,
            )
        )


@asynccontextmanager
async def _machine(ground: Ground, log_name: LogName) -> AsyncIterator[Pipe]:
    """`waymark up` with everything it has."""
    async with AsyncExitStack() as stack:
        site, login, log_end = await _site(stack, ground, log_name)
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-bench-"))
        machine = await stack.enter_async_context(running_machine(Path(directory) / "data", site.environment))
        await _define(machine)
        processes = {name: machine.children(name) for name in (API, *services.worker_names())}
        yield Pipe(
            machine.port,
            machine.credentials["apiKey"],
            BATCH_PATH,
            log_end,
            await slowest(login),
            processes | _servers(ground),
        )


async def _define(machine: Machine) -> None:
    async with machine.user_client() as client:
        await create(client, events=[{"name": "ORDER.UPDATE"}, {"name": "ORDER.UPDATE"}])
        for metric_id in [await define(client, body) for body in _metrics()]:
            await current(client, metric_id)


def _metrics() -> Iterator[dict[str, Any]]:
    """Yield metrics of what is created, told apart by its number of items, which is 1 to 8."""
    for series, window_days in product(range(_SERIES), _WINDOWS_DAYS):
        yield {
            "name": f"bench {series} {window_days}",
            "aggregateFunction": "count" if window_days is None else "sum",
            "sourceField": "total",
            "windowDays": window_days,
            "sqlFilter": f"action = 'CREATE' and items in ({2 * series + 1}, {2 * series + 2})",
            "computeMode": "realtime" if series % 2 else "batch",
            "batchIntervalMin": 5,
        }


@asynccontextmanager
async def _bare(ground: Ground, log_name: LogName) -> AsyncIterator[Pipe]:
    """A raw append and one consumer."""
    async with AsyncExitStack() as stack:
        site, login, log_end = await _site(stack, ground, log_name)
        await login.execute(bare_pipe.DDL)
        command = "tests.performance.floors.raw_append"
        door = stack.enter_context(running("raw append", command, environment=site.environment, give_port=True))
        reader = stack.enter_context(
            running("bare pipe", "tests.performance.floors.bare_pipe", environment=site.environment)
        )
        await answering(door)
        processes = {name: [psutil.Process(one.process.pid)] for name, one in (("door", door), ("reader", reader))}
        yield Pipe(
            door.port, "none", "/batch", log_end, lambda: login.fetchval(BARE_READ), processes | _servers(ground)
        )


async def _site(stack: AsyncExitStack, ground: Ground, log_name: LogName) -> tuple[Site, Login, Place]:
    """A site, a connection to look with, and where its log ends."""
    site = await stack.enter_async_context(new_site(ground, log_name))
    log = await stack.enter_async_context(site.log())
    login = await asyncpg.connect(site.database_url)
    stack.push_async_callback(login.close)

    async def log_end() -> int:
        return sum((await log.end_offsets([INTERACTIONS])).values())

    return site, login, log_end


def _servers(ground: Ground) -> dict[str, list[psutil.Process]]:
    """The servers' processes."""
    return {name: [psutil.Process(pid)] for name, pid in ground.pids.items()}


def _unsent(loads: Sequence[LoadFigures]) -> int:
    return sum(load.unsent for load in loads)
