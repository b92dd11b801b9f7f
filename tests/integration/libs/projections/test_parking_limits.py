"""Which record is at fault, and whose records stop a consumer: one tenant's end nobody else's projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from libs.pg.database import Connection
from libs.projections.rebuild.requests import request_rebuild
from libs.service.projection_metrics import export_figures
from libs.telemetry.metrics import REGISTRY
from tests.support.projections import FAST, NAME, SERVICE, Sums, Toy, World, expected, raw, running, toy
from tests.support.waiting import eventually


class Refusing(Sums):
    """PostgreSQL refuses 13 with a SQLSTATE, so many times."""

    def __init__(self, state: str, *, times: int = 10**9) -> None:
        super().__init__()
        self.state = state
        self.left = times

    async def apply(self, conn: Connection, events: Sequence[Toy]) -> None:
        await self._refuse(conn, events)
        await super().apply(conn, events)

    async def fill(self, conn: Connection, events: Sequence[Toy]) -> None:
        await self._refuse(conn, events)
        await super().fill(conn, events)

    async def _refuse(self, conn: Connection, events: Sequence[Toy]) -> None:
        if self.left and any(event.n == 13 for event in events):
            self.left -= 1
            await conn.execute(f"DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{self.state}'; END $$")


def gauge() -> float | None:
    """How many records the metrics say are parked now."""
    return REGISTRY.get_sample_value("waymark_projection_parked_records", {"projection": f"{SERVICE}.{NAME}"})


@pytest.mark.parametrize("state", ["0A000", "22003", "23514", "42P01", "54000", "XX000"])
async def test_an_error_that_stays_with_one_record_is_that_records(world: World, state: str) -> None:
    good = [toy(number) for number in range(40)]
    await world.append([*good[:20], toy(99, n=13), *good[20:]])
    async with running(world.runner(Refusing(state))) as runner:
        await eventually(world.is_level)
        await request_rebuild(world.projector, SERVICE, NAME, reason="asked for")
        await eventually(lambda: runner.figures.generation == 2, timeout_s=30.0)
    assert await world.view() == expected(good)
    assert await world.counts() == (41, 40, 1)


@pytest.mark.parametrize("state", ["08006", "40001", "53100", "55P03", "57014", "58030"])
async def test_an_error_that_passes_is_nobodys(world: World, state: str) -> None:
    records = [toy(1), toy(2, n=13), toy(3)]
    await world.append(records)
    async with running(world.runner(Refusing(state, times=3))) as runner:
        await eventually(world.is_level)
        assert runner.figures.retries >= 3
    assert await world.view() == expected(records)


async def test_one_tenants_parked_records_stop_nobody(world: World) -> None:
    await world.append([raw(number, b"{", tenant="acme") for number in range(300)])
    await world.append([raw(number, b"{", tenant="other") for number in range(10)])
    await world.append([toy(1), toy(2)])
    async with running(world.runner()) as runner:
        await eventually(world.is_level)
        await eventually(lambda: runner.figures.parked_now == 310)
        # Only one that was not stopped reads on.
        await world.append([toy(3)])
        await eventually(world.is_level)
        assert runner.figures.stopped_reason is None
        export_figures(runner.figures)
        assert gauge() == 310
    assert await world.counts() == (313, 3, 310)


async def test_those_of_several_tenants_stop_it(world: World) -> None:
    settings = replace(FAST, parked_allowed=10, parking_window=100)
    await world.append([raw(number, b"{", tenant=("acme", "other")[number % 2]) for number in range(10)])
    async with running(world.runner(settings=settings)) as runner:
        await eventually(world.is_level)
        assert runner.figures.stopped_reason is None
        await world.append([raw(10, b"{", tenant="acme")])
        assert "of several tenants" in await eventually(lambda: runner.figures.stopped_reason)
        await eventually(lambda: runner.figures.parked_now == 11)


async def test_a_rebuild_that_cannot_be_finished_begins_anew_and_parks_what_is_at_fault(world: World) -> None:
    """The table of sums takes no million, the ledger that it is made from does."""
    good = [toy(number) for number in range(60)]
    await world.append([*good[:30], toy(99, n=1_000_000), *good[30:]])
    async with running(world.runner()) as runner:
        await eventually(world.is_level)
        await request_rebuild(world.projector, SERVICE, NAME, reason="asked for")
        await eventually(lambda: runner.figures.generation not in (None, 1), timeout_s=30.0)
        await eventually(world.is_level)
    assert await world.view() == expected(good)
    assert await world.counts() == (61, 60, 1)
