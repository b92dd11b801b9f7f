"""The law of executors: whatever dies, freezes or gets lost, every session ends as its definition says."""

from __future__ import annotations

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.contracts.workflow_sessions import CancelRequested, Parent, SessionAdvanced, TaskWait
from services.workflows.engine.planning import MAX_RESUMED
from services.workflows.engine.session import SessionState, TaskKey
from tests.support.workflows.many_executors import BY, Executor, Rules, World, expected_statuses, random_rules

PLAIN = ("ok", "fails", "flaky", "waits", "calls", "fans")


def _take_over(world: World, rng: random.Random, name: str) -> Executor:
    """Return an executor that begins now, with a read model that lags behind."""
    executor = Executor(world, name)
    position = rng.randint(max(0, len(world.log) - 6), len(world.log))
    states = [state for state in world.folded[position].values() if state.is_open]
    executor.take_over(states, position, len(world.log))
    return executor


def _step(world: World, executor: Executor, rng: random.Random) -> None:
    match rng.randrange(7):
        case 0:
            executor.read(rng.randint(1, 4))
        case 1:
            executor.send(rng, loses=rng.random() < 0.2)
        case 2:
            executor.hear()
        case 3:
            executor.end_a_run(rng)
        case 4:
            executor.settle()
        case 5:
            executor.hear_of_fetched(rng)
        case 6:
            executor.sweep()


def _run_to_the_end(world: World, rng: random.Random, others: list[Executor]) -> None:
    """Let one executor that nothing happens to finish everything; the others still have a while to live."""
    _finish(world, rng, _take_over(world, rng, "last"), others)


def _finish(world: World, rng: random.Random, executor: Executor, others: list[Executor]) -> None:
    for number in range(2_000):
        if others and number < 50:
            _step(world, rng.choice(others), rng)
        executor.read(100)
        executor.settle()
        if not any(state.is_open for state in world.states.values()):
            return
        executor.send(rng, loses=False)
        executor.hear()
        executor.end_a_run(rng)
        executor.hear_of_fetched(rng)
        executor.sweep()
        world.end_children()
        world.now_ms += 100 if any(one.running for one in (executor,)) else 1_000
    raise AssertionError(f"open for ever: {[state for state in world.states.values() if state.is_open]}")


def _play(world: World, rng: random.Random, steps: int = 120) -> list[Executor]:
    """Let executors come, die and freeze while they work; return those that are alive."""
    alive = [_take_over(world, rng, "e0")]
    for number in range(1, steps):
        _step(world, rng.choice(alive), rng)
        happens = rng.random()
        if happens < 0.03:
            alive.append(_take_over(world, rng, f"e{number}"))
        elif happens < 0.06 and len(alive) > 1:
            alive.pop(0)
        elif happens < 0.10:
            world.now_ms += rng.choice((10, 600, 6_000, 700_000))
        elif happens < 0.12:
            world.end_children()
        elif happens < 0.14:
            world.start_again(rng.choice(sorted(world.states)), rng.choice((None, "acme:another")))
    return alive


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_session_ends_as_its_definition_says_whoever_runs_it(seed: int) -> None:
    rng = random.Random(seed)
    world = World()
    for number in range(rng.randint(1, 3)):
        world.start(f"s{number}", random_rules(rng, kinds=PLAIN, once=False))
    _run_to_the_end(world, rng, _play(world, rng))
    for session_id, state in world.states.items():
        lost = {key.task for key, task in state.tasks.items() if task.error and task.error.code == "executor_lost"}
        if not lost:
            expected = expected_statuses(world.rules[session_id])
            assert {name: state.status_of(name) for name in expected} == expected


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_task_that_runs_at_most_once_is_begun_once_or_interrupted(seed: int) -> None:
    rng = random.Random(seed)
    world = World()
    for number in range(rng.randint(1, 3)):
        world.start(f"s{number}", random_rules(rng, kinds=("ok", "fails", "flaky"), once=True))
    _run_to_the_end(world, rng, _play(world, rng))


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_sessions_end_when_they_are_cancelled_and_go_on_when_they_are_retried(seed: int) -> None:
    rng = random.Random(seed)
    world = World(room=rng.choice((1, 100)))
    for number in range(3):
        world.start(f"s{number}", random_rules(rng, kinds=PLAIN), timeout_ms=rng.choice((2_000, 86_400_000)))
    alive: list[Executor] = []
    for _ in range(3):
        alive = _play(world, rng, 40)
        session_id = rng.choice(sorted(world.states))
        rng.choice((world.request_cancel, world.request_retry))(session_id)
    _run_to_the_end(world, rng, alive)


@settings(max_examples=80, deadline=None)
@example(seed=363054166)  # the last that ran comes back into memory ended
@given(seed=st.integers(0, 2**32))
def test_no_more_sessions_run_than_their_workflow_lets(seed: int) -> None:
    rng = random.Random(seed)
    world = World(room=rng.choice((1, 100)))
    rules = random_rules(rng, kinds=PLAIN, max_sessions=rng.randint(1, 2))
    for number in range(4):
        world.start(f"s{number}", rules)
    _run_to_the_end(world, rng, _play(world, rng))
    for states in world.folded:
        assert _running(states.values()) <= (rules.max_sessions or 0)


def test_an_executor_that_is_alone_resumes_nothing() -> None:
    rng = random.Random(0)
    world = World()
    executor = _take_over(world, rng, "alone")
    world.start("s", random_rules(rng, kinds=PLAIN, once=False))
    _finish(world, rng, executor, [])
    assert all(task.resumed == 0 for task in world.states["s"].tasks.values())


def test_a_session_that_began_before_its_partition_was_read_may_be_anothers_work() -> None:
    world = World()
    world.start("before", Rules(links={"t": {}}, kinds={"t": "ok"}))
    executor = Executor(world, "e")
    executor.take_over([], 0, 1)
    executor.read(1)
    world.start("after", Rules(links={"t": {}}, kinds={"t": "ok"}))
    executor.read(1)
    assert {name: held.is_adopted for name, held in executor.partition.sessions.items()} == {
        "before": True,
        "after": False,
    }


def test_a_child_that_was_cancelled_before_its_start_came_runs_nothing() -> None:
    world = World()
    executor = Executor(world, "e")
    executor.take_over([], 0, 0)
    for name, is_cancelled in (("unwanted", True), ("wanted", False)):
        if is_cancelled:
            world.append(f"acme:{name}", CancelRequested(session_id=name, at=world.now_ms, by=BY))
        parent = Parent(session_id="p", key="acme:p", task="t", depth=1)
        world.start(name, Rules(links={"t": {}}, kinds={"t": "ok"}), parent=parent)
    executor.read(3)
    executor.settle()
    assert [held.session_id for held, _ in executor.running] == ["wanted"]
    executor.send(random.Random(0), loses=False)
    assert {name: state.status for name, state in world.states.items()} == {
        "unwanted": "cancelled",
        "wanted": "running",
    }


def test_a_session_that_rests_stays_out_of_memory_until_its_time_comes() -> None:
    world = World()
    for name, pause_ms in (("soon", 1_000), ("later", 100_000)):
        world.start(name, Rules(links={"t": {}}, kinds={"t": "waits"}))
        wait = TaskWait(task="t", attempt=1, started_at=world.now_ms, due=world.now_ms + pause_ms)
        world.append(f"acme:{name}", SessionAdvanced(session_id=name, at=world.now_ms, seq=1, waiting=(wait,)))
    world.start("running", Rules(links={"t": {}}, kinds={"t": "ok"}))
    executor = Executor(world, "e")
    executor.take_over(list(world.states.values()), len(world.log), len(world.log))
    assert set(executor.partition.sessions) == {"soon", "running"}
    world.now_ms += 100_000
    executor.sweep()
    executor.settle()
    assert executor.fetching == ["later"]


def test_what_executors_do_not_survive_is_given_up() -> None:
    world = World()
    world.start("s", Rules(links={"t": {}}, kinds={"t": "ok"}))
    for number in range(MAX_RESUMED + 1):
        executor = Executor(world, f"e{number}")
        executor.take_over(list(world.states.values()), len(world.log), len(world.log))
        executor.settle()
        executor.send(random.Random(0), loses=False)
        executor.hear()
        executor.settle()
    task = world.states["s"].tasks[TaskKey("t")]
    assert (task.status, task.error and task.error.code) == ("failed", "executor_lost")


def _running(states: object) -> int:
    return sum(isinstance(state, SessionState) and state.status == "running" for state in states)  # type: ignore[attr-defined]
