"""Consumers beside each other: one that fails is tried again and named, the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from libs.eventlog.errors import LogMismatch
from libs.pg.database import Connection
from libs.service.worker import Worker
from libs.telemetry.metrics import REGISTRY
from tests.support.projections import FAST, Sums, Toy, World, opened_world, toy
from tests.support.reactors import Echoes, opened_acting_world
from tests.support.waiting import eventually


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


async def test_reactors_run_beside_projections(database_url: str) -> None:
    async with opened_acting_world(database_url) as world:
        consumers = (Sums(), Echoes("append"))
        async with Worker(world.log, consumers, url_as=lambda _: world.url, member="one", settings=FAST) as running:
            await world.append([toy(number) for number in range(50)])
            await eventually(world.is_level)
            await eventually(world.has_reacted)
            await eventually(lambda: _is_sound(running))
            figures = REGISTRY.get_sample_value
            name = {"projection": "toys.echoes"}
            await eventually(lambda: (figures("waymark_projection_records_applied_total", name) or 0) >= 50)


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


async def _names_the_failure(running: Worker) -> bool:
    return "toys.doomed: failed and will be tried again: RuntimeError: a bug" in (await running.check() or "")


async def _applied(world: World, count: int) -> bool:
    async with world.projector.transaction() as conn:
        return bool(await conn.fetchval("SELECT sum(applied) = $1 FROM toys_doomed_g1.positions", count))
