"""The figures of jobs and of matching."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.service.jobs import KeptJob
from libs.service.setup import setup_service
from services.monitoring.matches.versions import Versions
from services.monitoring.service import SERVICE
from tests.support.jobs import Counting
from tests.support.projections import opened_world
from tests.support.waiting import eventually


@asynccontextmanager
async def a_job_that_failed_once(url: str) -> AsyncIterator[None]:
    """A job that is waited for before it is begun anew."""
    job = Counting()
    job.error = RuntimeError("planned")
    async with opened_world(url) as world:
        kept = KeptJob(job, world.log, world.projector, on_failure=lambda _: None)
        await kept.start()
        await eventually(lambda: kept.work_failure is not None)
        job.error = None
        yield
        await kept.stop()


@asynccontextmanager
async def two_versions_missing(url: str) -> AsyncIterator[None]:
    """Matches that look for two versions, one of them twice."""
    await setup_service(SERVICE, url)
    versions = Versions()
    wanted = [("acme", 1, 1), ("acme", 1, 2)]
    async with (
        await Database.connect(url, role=projector_role(SERVICE.name), application_name="tests") as db,
        db.transaction() as conn,
    ):
        await versions.load(conn, wanted)
        await versions.load(conn, wanted[:1])
    yield
