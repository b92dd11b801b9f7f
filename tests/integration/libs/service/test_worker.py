"""Consumers beside each other: one that fails is tried again and named, the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest

from libs.eventlog.errors import LogMismatch
from libs.httpkit.app import create_app
from libs.pg.database import Connection
from libs.service.process import Readiness
from libs.service.worker import Worker
from libs.telemetry.metrics import REGISTRY
from tests.support.jobs import Counting
from tests.support.listening import listening
from tests.support.projections import FAST, Sums, Toy, World, opened_world, raw, toy
from tests.support.reactors import Echoes, opened_acting_world
from tests.support.serving import serving
from tests.support.waiting import eventually
from waymark.front import create_front
from waymark.remote import Remote


class Doomed(Sums):
    """Fails for a reason that waiting does not mend, until `error` is taken away."""

    name = "doomed"

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self.error = error

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        """As the toy, or the failure."""
        if self.error is not None:
            raise self.error
        await super().apply(conn, events)


def worker(world: World, *projections: Sums) -> Worker:
    return Worker(world.log, projections, url_as=lambda _: world.url, member="one", settings=FAST)


async def test_the_others_go_on_while_one_fails_and_it_recovers(database_url: str) -> None:
    doomed = Doomed(RuntimeError("a bug"))
    async with opened_world(database_url) as world, worker(world, Sums(), doomed) as running:
        await world.append([toy(number) for number in range(50)])
        await eventually(lambda: _names_the_failure(running))
        await eventually(world.is_level)
        doomed.error = None
        await eventually(lambda: _applied(world, 50))


async def test_what_a_runner_did_just_before_it_failed_is_counted(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.service.worker._METRICS_INTERVAL_S", 3600.0)
    doomed, before = Doomed(None), _applied_by("toys.doomed")
    async with opened_world(database_url) as world, worker(world, Sums(), doomed) as running:
        await world.append([toy(number) for number in range(50)])
        await eventually(lambda: _applied(world, 50))
        doomed.error = RuntimeError("a bug")
        await world.append([toy(50)])
        await eventually(lambda: _names_the_failure(running))
        assert _applied_by("toys.doomed") - before == 50


async def test_reactors_run_beside_projections(database_url: str) -> None:
    async with opened_acting_world(database_url) as world:
        consumers = (Sums(), Echoes("append"))
        async with Worker(world.log, consumers, url_as=lambda _: world.url, member="one", settings=FAST) as running:
            await world.append([toy(number) for number in range(50)])
            await eventually(world.is_level)
            await eventually(world.has_reacted)
            await eventually(lambda: _is_sound(running))
            await eventually(lambda: _applied_by("toys.echoes") >= 50)


def _applied_by(name: str) -> float:
    return REGISTRY.get_sample_value("waymark_projection_records_applied_total", {"projection": name}) or 0.0


async def test_a_job_runs_beside_consumers_and_is_begun_anew_after_a_failure(database_url: str) -> None:
    async with opened_world(database_url) as world:
        job = Counting()
        one = Worker(world.log, (Sums(),), [job], url_as=lambda _: world.url, member="one", settings=FAST)
        async with one as running:
            await eventually(lambda: _is_sound(running))
            await eventually(lambda: job.rounds > 2)
            job.error = RuntimeError("a bug")
            await eventually(lambda: _names_the_failed_job(running))
            failures = REGISTRY.get_sample_value("waymark_job_failures_total", {"name": "toys.counting"})
            assert failures is not None
            assert failures >= 1
            job.error, before = None, job.rounds
            await eventually(lambda: job.rounds > before)
            assert await running.check() is None
            assert job.is_running
        assert (job.is_running, job.was_stopped) == (False, True)


async def _names_the_failed_job(running: Worker) -> bool:
    return "toys.counting: failed and will be tried again: RuntimeError: a bug" in (await running.check() or "")


async def _is_sound(running: Worker) -> bool:
    return await running.check() is None


async def test_nothing_is_left_to_run_when_all_have_failed(database_url: str) -> None:
    async with opened_world(database_url) as world, worker(world, Doomed(RuntimeError("a bug"))) as running:
        await world.append([toy(1)])
        with pytest.raises(RuntimeError, match="a bug"):
            await asyncio.wait_for(running.failed(), 20)


async def test_another_log_ends_it_whatever_else_runs(database_url: str) -> None:
    doomed = Doomed(LogMismatch("another log"))
    async with opened_world(database_url) as world, worker(world, Sums(), doomed) as running:
        await world.append([toy(1)])
        with pytest.raises(LogMismatch):
            await asyncio.wait_for(running.failed(), 20)


async def test_a_process_whose_projection_stopped_is_not_ready_and_says_why(database_url: str) -> None:
    settings = replace(FAST, parked_allowed=2, parking_window=20)
    bad = [raw(number, b"{", tenant=f"tenant-{number % 2}") for number in range(3)]
    async with (
        opened_world(database_url) as world,
        Worker(world.log, (Sums(),), url_as=lambda _: world.url, member="one", settings=settings) as running,
        listening(Readiness(create_app("toys", routers=()), running)) as base,
        serving(create_front({}, {"projections": Remote(base)})) as front,
    ):
        await eventually(lambda: _is_ready(front))
        await world.append(bad)
        detail = await eventually(lambda: _not_ready(base))
        assert detail.startswith("toys.sums: stopped: more than 2 of 20")
        answer = await front.get("/readyz")
        assert (answer.status_code, answer.json()["failing"]) == (503, {"projections": detail})
        await world.resume()
        await eventually(lambda: _is_ready(front))


async def _is_ready(front: httpx.AsyncClient) -> bool:
    return (await front.get("/readyz")).status_code == 200


async def _not_ready(base: str) -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{base}/readyz")
    return str(answer.json()["detail"]) if answer.status_code == 503 else ""


async def _names_the_failure(running: Worker) -> bool:
    return "toys.doomed: failed and will be tried again: RuntimeError: a bug" in (await running.check() or "")


async def _applied(world: World, count: int) -> bool:
    async with world.projector.transaction() as conn:
        return bool(await conn.fetchval("SELECT sum(applied) = $1 FROM toys_doomed_g1.positions", count))
