"""The law of the backfill: whenever a series comes, it gets the contributions of all records, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from libs.service.setup import setup_service
from services.metrics.backfill import reading
from services.metrics.service import SERVICE
from tests.support.metrics.backfilling import Course, Pausing, opened_course
from tests.support.postgres import TestServer, a_session_waits
from tests.support.waiting import eventually

Courses = Callable[[], AbstractAsyncContextManager[Course]]
Step = tuple[str, int]
COMMON = ("record", "fold", "define", "cut", "fill")
STEPS = (*COMMON, *COMMON, "die", "rebuild", "fold next", "finish", "cut next", "fill next", "switch")


@pytest.fixture
async def courses(postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch) -> Courses:
    """Courses in a database of their own each, in which the backfill reads a few records at once."""
    monkeypatch.setattr(reading, "MAX_RECORDS", 4)
    template = await postgres_server.template(SERVICE.name, partial(setup_service, SERVICE))

    @asynccontextmanager
    async def opened() -> AsyncIterator[Course]:
        async with postgres_server.database(template=template) as url, opened_course(url) as course:
            yield course

    return opened


async def take(course: Course, step: Step) -> None:
    """Take a step; one for which there is nothing to do does nothing."""
    name, size = step
    states = ("filling", "catching_up") if name == "fold next" else ("catching_up",) if "next" in name else ("serving",)
    generation = await course.generation(*states)
    if generation is None:
        return
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "record": lambda: course.record(size),
        "define": course.define,
        "fold": lambda: course.fold(generation, size),
        "cut": lambda: course.cut(generation),
        "fill": lambda: course.fill(generation, size),
        "die": lambda: course.fill(generation, size, is_killed=True),
        "rebuild": course.begin_rebuild,
        "finish": course.finish_rebuild,
        "switch": course.switch,
    }
    await steps[name.removesuffix(" next")]()


@given(todo=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 9)), min_size=4, max_size=30))
@example(todo=[("record", 9), ("fold", 5), ("define", 1), ("cut", 1), ("fold", 9), ("die", 1), ("fill", 1)])
@example(todo=[(step, 9) for step in ("record", "rebuild", "define", "cut", "finish", "fill", "fold next", "switch")])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whenever_a_series_comes_it_gets_the_contributions_of_all_records(
    courses: Courses, todo: list[Step]
) -> None:
    async with courses() as course:
        for step in todo:
            await take(course, step)
        await course.settle()
        await course.check()


async def test_a_cut_waits_for_the_batch_that_does_not_know_the_series(courses: Courses) -> None:
    async with courses() as course:
        await course.record(9)
        serving = await course.serving()
        projection = Pausing()
        batch = asyncio.create_task(course.fold(serving, 5, projection=projection))
        await projection.has_folded.wait()
        await course.define()
        cut = asyncio.create_task(course.cut(serving))
        async with course.db.acquire() as conn:
            await eventually(lambda: a_session_waits(conn))
        projection.may_commit.set()
        await asyncio.gather(batch, cut)
        await course.settle()
        await course.check()
