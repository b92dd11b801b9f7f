"""The loops of the processes that keep projections and jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.membership import GroupSettings, Membership
from libs.projections.rebuild.rebuilder import Rebuilder
from libs.service import worker
from libs.service.jobs import KeptJob
from libs.service.kept_runner import KeptRunner
from libs.service.worker import Worker
from tests.support.jobs import Counting
from tests.support.loops.ground import QUICK_S, Check, Ground, Start, broken, running
from tests.support.projections import DEAD_LETTERS, FAST, TOPIC, Sums, opened_world


@asynccontextmanager
async def projection(ground: Ground, log: EventLog | None = None) -> AsyncIterator[Check]:
    async with (
        opened_world(ground.url, log) as world,
        Worker(world.log, [Sums()], url_as=lambda _: world.url, member="tests", settings=FAST) as one,
    ):
        yield one.check


@asynccontextmanager
async def job(ground: Ground) -> AsyncIterator[Check]:
    async with (
        opened_world(ground.url) as world,
        Worker(world.log, (), [Counting()], url_as=lambda _: world.url, member="tests", settings=FAST) as one,
    ):
        yield one.check


@asynccontextmanager
async def member(ground: Ground) -> AsyncIterator[Check]:
    log = PostgresEventLog(ground.url, PostgresLogSettings(group=GroupSettings(session_timeout_s=10 * QUICK_S)))
    async with running(log):
        await log.ensure_topics((TOPIC, DEAD_LETTERS))
        async with projection(ground, log) as check:
            yield check


LOOPS: Mapping[str, Start] = {
    "lease of {member} in {group}": broken(Membership, "_renew", member),
    "projection metrics": broken(worker, "export_figures", projection),
    "rebuilds of {self.figures.service}.{self.figures.name}": broken(Rebuilder, "rebuild_if_requested", projection),
    "KeptRunner": broken(KeptRunner, "_outcome", projection),
    "KeptJob": broken(KeptJob, "_outcome", job),
}
