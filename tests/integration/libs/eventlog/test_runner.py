"""The runner on a real PostgreSQL: every record once, and every figure right."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.projections import World, expected, opened_world, running, toy
from tests.support.waiting import eventually


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with opened_world(database_url) as opened:
        yield opened


async def test_records_become_a_view(world: World) -> None:
    records = [toy(number, n=number) for number in range(500)]
    await world.append(records)
    async with running(world.runner()) as runner:
        await eventually(world.is_level)
        await world.append([toy(1, n=1), toy(500)])
        await eventually(world.is_level)
    assert await world.view() == expected([*records, toy(500)])
    assert await world.counts() == (502, 502, 0)
    assert runner.figures.applied == 502
