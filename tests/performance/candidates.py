"""The three servers that record: ours, the floor and the plain way, each on a site of its own, all running at once.

They run beside each other so that measuring can go round and round; one that is not asked uses next to nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from libs.service.setup import setup_service
from services.gateway.service import SERVICE as GATEWAY
from tests.performance.generator import run_load
from tests.performance.ground import Ground, LogName, Site, new_site
from tests.performance.load.plan import LoadFigures, LoadPlan, Shape
from tests.performance.servers import Measured, answering, running, watching
from tests.support.gateway.records import seed

OURS, FLOOR, PLAIN = "ours", "floor", "plain"
SINGLE_PATH = "/api/interactions"
BATCH_PATH = "/api/interactions/batch"
_FLOOR_BATCH_PATH = "/batch"


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of a candidate for one measurement."""

    connections: int
    seconds: float
    warm_up_s: float = 0.5
    rate_per_s: float | None = None
    shape: Shape = "single"
    records: int = 1


@dataclass(frozen=True, slots=True)
class Seen:
    """One measurement: the generator's figures, and the processor time of the server for each second of it."""

    figures: LoadFigures
    server_cpu_s: float

    @property
    def cpu_us_per_request(self) -> float:
        """Processor time of the server for one answer; the warm-up's is spread over what counted."""
        return self.server_cpu_s / max(1, self.figures.requests) * 1_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A running server and the key it takes."""

    kind: str
    server: Measured
    api_key: str = "none"

    async def measure(self, load: Load, *, seed: int) -> Seen:
        """Load it and say what was seen."""
        plan = LoadPlan(
            port=self.server.port,
            path=self._path(load),
            api_key=self.api_key,
            connections=load.connections,
            seconds=load.seconds,
            warm_up_s=load.warm_up_s,
            shape="lines" if self.kind == FLOOR and load.shape == "array" else load.shape,
            records=load.records,
            rate_per_s=load.rate_per_s,
            seed=seed,
        )
        async with watching(self.server):
            before_s = self.server.cpu_s
            figures = await run_load(plan)
            share = load.seconds / (load.seconds + load.warm_up_s)
            return Seen(figures, (self.server.cpu_s - before_s) * share)

    def _path(self, load: Load) -> str:
        if load.shape == "single":
            return SINGLE_PATH
        return _FLOOR_BATCH_PATH if self.kind == FLOOR else BATCH_PATH


@asynccontextmanager
async def candidates(ground: Ground, log_name: LogName, *kinds: str) -> AsyncIterator[list[Candidate]]:
    """The servers of these kinds, started and warm."""
    async with AsyncExitStack() as stack:
        started = []
        for kind in kinds:
            site = await stack.enter_async_context(new_site(ground, log_name))
            started.append(await stack.enter_async_context(_candidate(kind, site)))
        for candidate in started:
            await candidate.measure(Load(connections=16, seconds=1.0), seed=99)
        yield started


@asynccontextmanager
async def _candidate(kind: str, site: Site) -> AsyncIterator[Candidate]:
    api_key = await _prepare(kind, site)
    modules = {
        OURS: "services.gateway",
        FLOOR: "tests.performance.floors.raw_append",
        PLAIN: "tests.performance.floors.plain_way",
    }
    is_ours = kind == OURS
    with running(kind, modules[kind], environment=site.environment, give_port=not is_ours) as server:
        yield Candidate(kind, await answering(server), api_key)


async def _prepare(kind: str, site: Site) -> str:
    async with site.log() as log:
        if kind != OURS:
            return "none"
        await setup_service(GATEWAY, site.database_url)
        return (await seed(log)).editor_key
