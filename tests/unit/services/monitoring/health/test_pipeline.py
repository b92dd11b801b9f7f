"""Marks: however the stages move between one look and the next, what they say is decided and counted."""

from __future__ import annotations

import random

import pytest

from services.monitoring.health.pipeline import Marks, Pipeline
from tests.support.monitoring.line import WATERMARK_MS, Line, Looks, happening


@pytest.mark.parametrize("seed", range(40))
async def test_nothing_accepted_before_what_is_decided_is_uncounted(seed: int) -> None:
    line = Line()
    pipeline = Pipeline(Looks(line, happening(line, random.Random(seed))))
    found = 0
    for _ in range(200):
        if (decided_ms := await pipeline.look()) is not None:
            assert decided_ms - WATERMARK_MS <= min(line.uncounted.values(), default=line.now)
            found += 1
    assert found, "the stages moved, and nothing was decided"


async def test_an_idle_line_is_decided_up_to_its_last_renewal_at_every_look() -> None:
    line = Line()
    line.accept(0)
    line.settle()
    pipeline = Pipeline(Looks(line, lambda: None))
    for _ in range(3):
        line.now += 1_000
        line.renew(0)
        line.renew(1)
        assert await pipeline.look() == line.now


async def test_a_mark_waits_for_the_stage_that_stalls_and_holds_when_it_has_caught_up() -> None:
    line = Line()
    pipeline = Pipeline(Looks(line, lambda: None))
    line.accept(0)
    line.forward(0)
    line.renew(0)
    line.renew(1)
    assert await pipeline.look() is None  # the matches have not read it
    line.now += 60_000
    line.settle()
    assert await pipeline.look() == line.now


@pytest.mark.parametrize("look", range(1, 8))
async def test_a_result_that_is_appended_between_two_looks_is_not_passed_over(look: int) -> None:
    line = Line()
    line.accept(0)
    line.now += 60_000
    for move in (line.forward, line.renew, line.match, line.tick, line.match, line.renew):
        move(0)
        move(1)
    assert line.outbox
    looks = 0

    def happen() -> None:
        nonlocal looks
        looks += 1
        if looks == look:
            line.append_a_result(0)
            line.mark_a_result(0)

    pipeline = Pipeline(Looks(line, happen))
    assert await pipeline.look() is None
    while looks < 8:
        assert await pipeline.look() is None
    line.count(0)
    assert await pipeline.look() == line.now


@pytest.mark.parametrize("look", range(1, 6))
async def test_a_record_that_is_forwarded_between_two_looks_is_not_passed_over(look: int) -> None:
    line = Line()
    line.accept(0)
    accepted = line.now
    line.now += 60_000
    looks = 0

    def happen() -> None:
        nonlocal looks
        looks += 1
        if looks == look:
            line.forward(0)
            line.renew(0)
            line.renew(1)

    pipeline = Pipeline(Looks(line, happen))
    for _ in range(3):
        assert (await pipeline.look() or 0) <= accepted
    line.settle()
    assert await pipeline.look() == line.now


def test_of_many_marks_that_wait_few_are_kept_and_the_last_is_among_them() -> None:
    marks: Marks[int] = Marks()
    for at in range(1_000):
        marks.set(at, at)
    some = marks.passed(lambda goal: goal <= 800)
    assert some is not None
    assert 600 < some <= 800
    assert marks.passed(lambda goal: goal <= 800) is None
    assert marks.passed(lambda goal: goal <= 999) == 999
