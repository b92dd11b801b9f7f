"""Rounds of a job: which failures are waited for."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from libs.eventlog.errors import LogUnavailable, ModelBehind
from libs.pg.errors import DatabaseUnavailable
from libs.service.jobs import in_rounds

PASSING = (DatabaseUnavailable("away"), LogUnavailable("away"), ModelBehind("unbuilt"), asyncpg.DeadlockDetectedError())


async def test_failures_that_pass_by_themselves_are_waited_for() -> None:
    failures, stopping = list(PASSING), asyncio.Event()

    async def work() -> None:
        if failures:
            raise failures.pop()
        stopping.set()

    async with asyncio.timeout(10):
        await in_rounds(work, stopping, pause_s=0.001)
    assert not failures


@pytest.mark.parametrize("failure", [asyncpg.CheckViolationError(), KeyError("a bug")])
async def test_any_other_failure_is_raised(failure: Exception) -> None:
    async def work() -> None:
        raise failure

    with pytest.raises(type(failure)):
        await in_rounds(work, asyncio.Event(), pause_s=0.001)
