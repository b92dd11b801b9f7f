"""Executors die after each record in turn, freeze, and fight over a partition: what is done is done once, and sessions
end as if nothing had been."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count, product
from typing import Any

import msgspec
import pytest

from libs.eventlog.memory import MemoryEventLog
from services.workflows.engine.session import SessionState, TaskKey
from tests.support.waiting import eventually
from tests.support.workflows.building import task
from tests.support.workflows.executing import Workbench
from tests.support.workflows.faulty_logs import Alone, Dying, Freezing
from tests.support.workflows.graphs import Played, definition_of, random_graph
from tests.support.workflows.key_counting import KeyCounter, key_counter
from tests.support.workflows.outside import answered
from tests.support.workflows.stories import CALLS, CHILD, STATUSES, child, story

STORY = "story"


@pytest.fixture
async def counter(bench: Workbench) -> AsyncIterator[KeyCounter]:
    """The server that the story calls; the story is defined, and what it waits for arrives."""
    async with key_counter() as counter, answered(bench):
        bench.define(CHILD, **child(counter.url))
        bench.define(STORY, **story(counter.url))
        yield counter


def statuses(state: SessionState) -> dict[str, str]:
    return {key.task: task.status for key, task in state.tasks.items() if key.item is None}


def failures(state: SessionState) -> list[object]:
    return [(key, task.error) for key, task in state.tasks.items() if task.error is not None] + [state.error]


def check_calls(counter: KeyCounter, state: SessionState, *, of_roots: int = 1) -> None:
    """Every call of the story was made under one key, once for each time that its task was begun.

    Tasks that begin with the session are begun by `of_roots` executors at once.
    """
    roots = {at.task for at in state.started.started}
    for path, (name, item) in CALLS.items():
        assert len(counter.keys(path)) == 1, path
        if name in statuses(state):
            known = state.tasks[TaskKey(name, item)]
            begun = known.attempts * (of_roots if name in roots else 1) + known.resumed
            assert 1 <= counter.count(path) <= begun, path


@pytest.mark.parametrize("lands", [True, False], ids=["after the log has it", "before the log has it"])
async def test_an_executor_dies_at_each_of_its_appends_in_turn(
    bench: Workbench, counter: KeyCounter, lands: bool
) -> None:
    every = 1 if isinstance(bench.log, MemoryEventLog) else 5
    for at in count(1, every):
        counter.calls.clear()
        session_id = f"s{at}"
        dying = Dying(bench.log, at=at, lands=lands)
        async with bench.executor(log=dying.as_log):
            await bench.start(STORY, session_id, {"n": at})
            ended = asyncio.create_task(bench.ended(session_id))
            died = asyncio.create_task(dying.died.wait())
            await asyncio.wait({ended, died}, return_when=asyncio.FIRST_COMPLETED)
        if not died.done():
            break
        ended.cancel()
        done = {key for key, task in (await bench.states())[session_id].tasks.items() if task.status == "completed"}
        calls = counter.calls.copy()
        async with bench.executor():
            state = await bench.ended(session_id)
        assert (state.status, statuses(state)) == ("completed", STATUSES), failures(state)
        check_calls(counter, state)
        finished = {path for path, (name, item) in CALLS.items() if TaskKey(name, item) in done}
        assert all(counter.calls[path, key] == count for (path, key), count in calls.items() if path in finished)
    died.cancel()
    assert statuses(await ended) == STATUSES
    assert at > 12


async def test_two_executors_that_both_hold_every_partition_change_nothing(
    bench: Workbench, counter: KeyCounter
) -> None:
    async with (
        bench.executor("one", log=Alone(bench.log).as_log),
        bench.executor("two", log=Alone(bench.log).as_log),
    ):
        for number in range(3):
            counter.calls.clear()
            await bench.start(STORY, f"s{number}", {"n": number})
            state = await bench.ended(f"s{number}")
            assert (state.status, statuses(state)) == ("completed", STATUSES), failures(state)
            check_calls(counter, state, of_roots=2)


async def test_what_is_to_be_done_at_most_once_is_done_once_though_two_hold_it(
    bench: Workbench, counter: KeyCounter
) -> None:
    bench.define("once", {"Once": once(counter)})
    async with (
        bench.executor("one", log=Alone(bench.log).as_log),
        bench.executor("two", log=Alone(bench.log).as_log),
    ):
        for number in range(5):
            await bench.start("once", f"s{number}")
            assert (await bench.ended(f"s{number}")).status == "completed"
    assert sorted(counter.calls.values()) == [1] * 5


async def test_what_is_to_be_done_at_most_once_is_not_done_again_after_a_death(
    bench: Workbench, counter: KeyCounter
) -> None:
    bench.define("once", {"Before": task("delay", seconds=0), "Once": once(counter, "Before")})
    ends = []
    for at, lands in product(range(1, 4), (True, False)):
        counter.calls.clear()
        session_id = f"s{at}-{lands}"
        dying = Dying(bench.log, at=at, lands=lands)
        async with bench.executor(log=dying.as_log):
            await bench.start("once", session_id)
            await dying.died.wait()
        async with bench.executor():
            state = await bench.ended(session_id)
        found = state.tasks[TaskKey("Once")]
        assert found.status == "completed" or (found.error is not None and found.error.code == "interrupted")
        assert sum(counter.calls.values()) <= 1
        ends.append(found.status)
    assert set(ends) == {"completed", "failed"}


def once(counter: KeyCounter, *after: str) -> dict[str, Any]:
    return task("http-request", after, url=f"{counter.url}/slow/20/once") | {"effect": "at-most-once"}


async def test_an_executor_that_was_frozen_past_its_lease_changes_nothing(
    bench: Workbench, counter: KeyCounter
) -> None:
    for at in (1, 2, 4, 6):
        counter.calls.clear()
        session_id = f"s{at}"
        frozen = Freezing(bench.log, at=at)
        async with bench.executor(log=frozen.as_log):
            await bench.start(STORY, session_id, {"n": at})
            await frozen.frozen.wait()
            async with bench.executor():
                state = await bench.ended(session_id)
                calls = counter.calls.copy()
                frozen.thawed.set()
                await bench.start(CHILD, f"after-{at}", {"Ask": {"path": "/ok/after"}})
                await bench.ended(f"after-{at}")
        assert (await bench.states())[session_id] == state
        assert (state.status, statuses(state)) == ("completed", STATUSES), failures(state)
        check_calls(counter, state)
        assert calls == counter.calls - Counter({one: 1 for one in counter.calls if one[0] == "/ok/after"})


async def test_the_result_of_an_executor_that_was_frozen_is_void_while_the_session_goes_on(
    bench: Workbench, counter: KeyCounter
) -> None:
    tasks = {
        "Ask": task("http-request", url=f"{counter.url}/ok/ask"),
        "Pause": task("delay", ["Ask"], seconds=0.3),
        "Says": task("transform", ["Pause"], expression="tasks.Ask.output.body.calls"),
    }
    bench.define("late", tasks)
    frozen = Freezing(bench.log)
    async with bench.executor(log=frozen.as_log):
        await bench.start(CHILD, "first", {"Ask": {"path": "/ok/first"}})
        await bench.ended("first")
        frozen.at = 1
        await bench.start("late", "s")
        await frozen.frozen.wait()
        async with bench.executor():
            await eventually(lambda: is_at(bench, "s", "Pause", "waiting"))
            frozen.thawed.set()
            state = await bench.ended("s")
    assert counter.count("/ok/ask") == 2
    assert state.tasks[TaskKey("Says")].output == msgspec.Raw(b'{"result":2}')


async def is_at(bench: Workbench, session_id: str, name: str, status: str) -> bool:
    return (await bench.states())[session_id].status_of(name) == status


async def test_random_graphs_end_as_the_words_say(bench: Workbench) -> None:
    source = random.Random(7)
    plans = [random_graph(source, source.randrange(2, 14)) for _ in range(25)]
    async with bench.executor():
        for number, plan in enumerate(plans):
            bench.define(f"plan-{number}", **definition_of(plan))
            await bench.start(f"plan-{number}", f"s{number}")
        for number, plan in enumerate(plans):
            state, played = await bench.ended(f"s{number}"), Played(plan).play_out(source)
            assert (statuses(state), state.status) == (played.ended, played.end)
