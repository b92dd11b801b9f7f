"""What runs the same durable workflows: the single machine, and DBOS in one or two processes on the same PostgreSQL."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from libs.service.run import API
from tests.performance.floors.serving import EXECUTOR_VARIABLE
from tests.performance.generator import run_load
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.load.plan import LoadPlan
from tests.performance.servers import Measured, answering, family_cpu_s, running
from tests.support.machine import Machine, running_machine
from tests.support.workflows.building import active, chain, pausing
from waymark import services

SHORT, LONG = 3, 40
"""Tasks in a row of the two workflows."""
PAUSING = "pausing"
_WARM_UP_S = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """What callers saw of one measurement, and the processor time of each session in ms, by process."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: Mapping[str, float]

    @property
    def words(self) -> str:
        """The processor time, for the table."""
        return ", ".join(f"{name} {ms:.2f}" for name, ms in self.cpu_ms.items())


@dataclass(frozen=True, slots=True)
class Contestant:
    """Where workflows are run: `paths` by tasks in a row, the processes that do the work."""

    ports: Sequence[int]
    paths: Mapping[int, str]
    api_key: str
    processes: Mapping[str, Sequence[psutil.Process]]

    async def run(self, tasks: int, callers: int, seconds: float) -> Load:
        """Let as many callers run the workflow of `tasks` tasks, each again as soon as it has ended."""
        ports = self.ports[:callers]
        before = self._cpu_s()
        loads = await asyncio.gather(
            *(run_load(self._plan(port, tasks, callers // len(ports), seconds)) for port in ports)
        )
        counted = sum(load.requests for load in loads) * (seconds + _WARM_UP_S) / seconds
        cpu_ms = {name: (now - before[name]) * 1_000 / max(1.0, counted) for name, now in self._cpu_s().items()}
        p50_ms, p99_ms = max(load.p50_ms for load in loads), max(load.p99_ms for load in loads)
        return Load(sum(load.per_s for load in loads), p50_ms, p99_ms, cpu_ms)

    def _plan(self, port: int, tasks: int, callers: int, seconds: float) -> LoadPlan:
        return LoadPlan(
            port=port,
            path=self.paths[tasks],
            api_key=self.api_key,
            connections=callers,
            seconds=seconds,
            warm_up_s=_WARM_UP_S,
        )

    def _cpu_s(self) -> dict[str, float]:
        return {name: sum(map(family_cpu_s, processes)) for name, processes in self.processes.items()}


@asynccontextmanager
async def ours(ground: Ground, log_name: LogName) -> AsyncIterator[tuple[Site, Machine, Contestant]]:
    """`waymark up` with its workflows defined, alone on its site."""
    async with new_site(ground, log_name) as site:
        with tempfile.TemporaryDirectory(prefix="waymark-bench-") as directory:
            async with running_machine(Path(directory) / "data", site.environment) as machine:
                async with machine.client() as client:
                    for tasks in (SHORT, LONG):
                        await active(client, f"row-{tasks}", chain(tasks))
                    await active(client, PAUSING, pausing())
                processes = {name: machine.children(name) for name in (API, *services.worker_names())}
                paths = {tasks: f"/run/row-{tasks}" for tasks in (SHORT, LONG)}
                key = machine.credentials["apiKey"]
                yield site, machine, Contestant([machine.port], paths, key, processes | servers(ground))


@asynccontextmanager
async def dbos(ground: Ground, count: int) -> AsyncIterator[Contestant]:
    """DBOS in `count` processes, which share a database of their own."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(new_site(ground, "postgres"))
        started = [await answering(stack.enter_context(dbos_process(site, number))) for number in range(count)]
        processes = {"DBOS": [psutil.Process(one.process.pid) for one in started]}
        paths = {tasks: f"/run/{tasks}" for tasks in (SHORT, LONG)}
        yield Contestant([one.port for one in started], paths, "none", processes | servers(ground))


def dbos_process(site: Site, number: int) -> AbstractContextManager[Measured]:
    """Return a process of DBOS that is not begun; one of the same number takes up what an earlier one has left."""
    environment = {**site.environment, EXECUTOR_VARIABLE: f"executor-{number}"}
    return running("DBOS", "tests.performance.floors.dbos_server", environment=environment, give_port=True)


def servers(ground: Ground) -> dict[str, list[psutil.Process]]:
    """Return the processes of the servers that were started."""
    return {name: [psutil.Process(pid)] for name, pid in ground.pids.items()}
