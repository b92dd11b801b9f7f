"""Random graphs: the engine's rules of links, joins, skips and ends against the documentation's words, played out."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.workflow_sessions import TaskError, TaskStatus
from services.workflows.engine.graph import CONDITION_FALSE, Graph, end_of, has_ended, next_steps, to_run_again
from services.workflows.engine.session import SessionState, TaskKey, TaskState, fold
from tests.support.workflows.graphs import PlannedGraph, PlannedTask, Played, random_graph
from tests.support.workflows.sessions import started

SEEDS = st.integers(0, 2**32).map(random.Random)


def rules_of(plan: PlannedGraph) -> Graph:
    """The graph as the engine has it."""
    names = [task.name for task in plan.tasks]
    return Graph(
        order=names,
        links={task.name: {before: frozenset(fit) for before, fit in task.after.items()} for task in plan.tasks},
        after={name: [later.name for later in plan.tasks if name in later.after] for name in names},
    )


def statuses_of(played: Played) -> dict[str, str]:
    """The statuses of what has ended and of what runs."""
    return {**played.ended, **dict.fromkeys(played.running, "running")}


def state_of(played: Played) -> SessionState:
    """The state of a session in which all has ended."""
    conditions = {task.name for task in played.graph.tasks if task.ending == "condition_false"}
    error = TaskError(code=CONDITION_FALSE, message="false")
    tasks = {
        TaskKey(name): TaskState(status=status, round=1, error=error if name in conditions else None)  # type: ignore[arg-type]
        for name, status in played.ended.items()
    }
    begun = fold(None, started("any", tasks=()), tenant_id="acme", key="acme:k")
    assert begun is not None
    return msgspec.structs.replace(begun, tasks=tasks)


@given(SEEDS)
def test_tasks_begin_and_are_skipped_as_the_words_say(source: random.Random) -> None:
    played = Played(random_graph(source, source.randrange(1, 26)))
    graph = rules_of(played.graph)
    statuses: dict[str, Any] = {}
    played.look()
    while True:
        steps = next_steps(graph, statuses)
        statuses |= dict.fromkeys(steps.begin, "running") | dict.fromkeys(steps.skip, "skipped")
        assert statuses == statuses_of(played)
        assert has_ended(graph, statuses) == (not played.running)
        if not played.running:
            return
        ending = source.choice(played.running)
        played.finish(ending)
        statuses[ending] = played.graph.status_of(ending)


@given(SEEDS)
def test_sessions_end_and_are_retried_as_the_words_say(source: random.Random) -> None:
    played = Played(random_graph(source, source.randrange(1, 26))).play_out(source)
    graph, state = rules_of(played.graph), state_of(played)
    assert end_of(graph, state) == played.end
    assert set(to_run_again(graph, state)) == played.to_run_again()


@given(SEEDS)
def test_the_order_in_which_tasks_end_changes_nothing(source: random.Random) -> None:
    graph = random_graph(source, source.randrange(1, 26))
    assert Played(graph).play_out(source).ended == Played(graph).play_out(source).ended


YES, NO = ("completed", "skipped"), ("failed",)
TABLE = [
    pytest.param({"A": "completed", "B": "completed"}, {"A": ("completed",), "B": ("completed",)}, "runs", id="both"),
    pytest.param({"A": "failed", "B": "running"}, {"A": ("completed",), "B": ("completed",)}, "skipped", id="at once"),
    pytest.param({"A": "failed"}, {"A": ("completed", "failed")}, "runs", id="either"),
    pytest.param({"A": "completed"}, {"A": ("failed",)}, "skipped", id="else"),
    pytest.param({"A": "skipped"}, {"A": ("completed", "failed")}, "skipped", id="a skip is neither"),
    pytest.param({"A": "skipped"}, {"A": ("completed", "skipped")}, "runs", id="unless it is named"),
    pytest.param({"A": "completed", "B": "skipped"}, {"A": YES, "B": YES}, "runs", id="branches join"),
    pytest.param({"A": "completed", "B": "running"}, {"A": YES, "B": YES}, "pending", id="a join waits"),
]


@pytest.mark.parametrize(("happened", "links", "expected"), TABLE)
def test_the_table_of_the_documentation(
    happened: dict[str, TaskStatus], links: dict[str, tuple[str, ...]], expected: str
) -> None:
    plan = PlannedGraph([*(PlannedTask(name, {}) for name in happened), PlannedTask("C", links)])
    steps = next_steps(rules_of(plan), happened)
    assert ("C" in steps.begin, "C" in steps.skip) == (expected == "runs", expected == "skipped")
    played = Played(plan, {name: status for name, status in happened.items() if status != "running"}, [], [*happened])
    played.look()
    assert ("C" in played.running, played.ended.get("C") == "skipped") == (expected == "runs", expected == "skipped")
