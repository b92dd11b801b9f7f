"""Loops: what ends one is never lost, and a stop always ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from libs.background.loops import Loop, LoopEnded, Periodic, check_all
from tests.support.waiting import eventually

LONG_S = 3_600.0


async def until_asked(stopping: asyncio.Event) -> None:
    await stopping.wait()


async def failing(_: asyncio.Event) -> None:
    raise ValueError("a bug")


async def returning(_: asyncio.Event) -> None:
    return


async def ended(loop: Loop) -> Loop:
    await loop.start()
    await eventually(loop.check)
    return loop


async def test_a_loop_that_works_or_was_stopped_has_no_failure() -> None:
    loop = Loop("loop", until_asked)
    assert await loop.check() is None
    await loop.start()
    assert await loop.check() is None
    await loop.stop()
    await loop.stop()
    assert await loop.check() is None
    loop.raise_failure()


async def test_what_ends_a_loop_is_checked_raised_and_told_once() -> None:
    told: list[Loop] = []
    loop = await ended(Loop("loop", failing, on_failure=told.append))
    assert await loop.check() == "ended by ValueError: a bug"
    with pytest.raises(ValueError, match="a bug"):
        loop.raise_failure()
    await loop.stop()
    assert await loop.check() == "ended by ValueError: a bug"
    assert told == [loop]


async def test_a_loop_that_returns_unasked_has_failed() -> None:
    loop = await ended(Loop("loop", returning))
    assert await loop.check() == "ended by LoopEnded: it returned"
    await loop.stop()


async def test_a_loop_that_somebody_else_cancels_has_failed() -> None:
    async def cancelled(_: asyncio.Event) -> None:
        raise asyncio.CancelledError

    loop = await ended(Loop("loop", cancelled))
    with pytest.raises(LoopEnded, match="cancelled"):
        loop.raise_failure()
    await loop.stop()


async def test_a_stop_wakes_what_waits_for_something_else() -> None:
    news = asyncio.Event()

    async def run(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            await news.wait()

    loop = Loop("loop", run, wake=news.set, grace_s=LONG_S)
    await loop.start()
    async with asyncio.timeout(10):
        await loop.stop()


async def test_a_loop_that_does_not_listen_is_cancelled_after_its_grace() -> None:
    async def run(_: asyncio.Event) -> None:
        await asyncio.Event().wait()

    loop = Loop("loop", run, grace_s=0.05)
    await loop.start()
    began_s = time.monotonic()
    async with asyncio.timeout(10):
        await loop.stop()
    assert time.monotonic() - began_s >= 0.05
    assert await loop.check() is None


def rounds_that(outcomes: list[Exception | None], done: list[int]) -> Callable[[], Awaitable[None]]:
    """Work whose n-th round has the n-th outcome; the later ones are without one."""

    async def work() -> None:
        done.append(len(done))
        if len(done) <= len(outcomes) and (outcome := outcomes[len(done) - 1]) is not None:
            raise outcome

    return work


async def test_rounds_come_at_the_interval_and_go_on_over_what_may_be_survived() -> None:
    done: list[int] = []
    work = rounds_that([ConnectionError(), None, OSError(), TimeoutError()], done)
    loop = Periodic("loop", 0.001, work, survives=(OSError, TimeoutError))
    await loop.start()
    await eventually(lambda: len(done) > 5)
    await loop.stop()
    assert await loop.check() is None


async def test_an_error_that_nobody_named_ends_the_loop() -> None:
    done: list[int] = []
    loop = Periodic("loop", 0.001, rounds_that([OSError(), ValueError("a bug")], done), survives=OSError)
    await ended(loop)
    assert await loop.check() == "ended by ValueError: a bug"
    assert done == [0, 1]
    await loop.stop()


@pytest.mark.parametrize("at_once", [False, True])
async def test_the_first_round_comes_after_an_interval_or_at_once(at_once: bool) -> None:
    done: list[int] = []
    loop = Periodic("loop", LONG_S, rounds_that([], done), at_once=at_once)
    await loop.start()
    await asyncio.sleep(0)
    await loop.stop()
    assert len(done) == at_once


@pytest.mark.parametrize("once_more", [False, True])
async def test_a_stop_cuts_the_wait_short_and_may_be_followed_by_one_more_round(once_more: bool) -> None:
    done: list[int] = []
    loop = Periodic("loop", LONG_S, rounds_that([OSError()], done), survives=OSError, once_more=once_more)
    await loop.start()
    await loop.stop()
    await loop.stop()
    assert len(done) == once_more
    assert await loop.check() is None


async def test_a_round_that_does_not_come_back_fails_the_check() -> None:
    goes_on = asyncio.Event()
    loop = Periodic("loop", 0.001, goes_on.wait, longest_round_s=0.02)
    await loop.start()
    assert "one round has taken" in (await eventually(loop.check) or "")
    goes_on.set()
    await eventually(lambda: _holds(loop))
    await loop.stop()


async def _holds(loop: Loop) -> bool:
    return await loop.check() is None


async def test_checks_are_joined_under_their_names() -> None:
    sound, broken = Loop("sound", until_asked), Loop("broken", failing)
    await sound.start()
    await ended(broken)
    assert await check_all(sound, broken) == "broken: ended by ValueError: a bug"
    assert await check_all(sound) is None
    await sound.stop()
    await broken.stop()
