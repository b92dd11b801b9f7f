"""The rules of links, joins and skips: which tasks of a session begin, which are skipped, how the session ends.

Statuses on one link are alternatives; all links of a task have to hold. A task runs once every task before it has ended
and each link holds its status; it is skipped as soon as one that has ended does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from libs.contracts.workflow_sessions import SessionEnd, TaskStatus
from services.workflows.engine.session import ENDED, SessionState, TaskKey

CONDITION_FALSE: Final = "condition_false"


@dataclass(frozen=True, slots=True)
class Graph:
    """The tasks of a version: `links[task][before]` are the statuses of `before` that let `task` run.

    `order` has every task after those before it, `after` the tasks that have a link from one.
    """

    order: Sequence[str]
    links: Mapping[str, Mapping[str, frozenset[str]]]
    after: Mapping[str, Sequence[str]]

    @property
    def roots(self) -> tuple[str, ...]:
        """The tasks that begin with the session."""
        return tuple(task for task in self.order if not self.links[task])


class Steps(NamedTuple):
    """The tasks that begin now, and those that are skipped."""

    begin: tuple[str, ...]
    skip: tuple[str, ...]


def next_steps(graph: Graph, statuses: Mapping[str, TaskStatus]) -> Steps:
    """Return the tasks to begin and to skip, by the statuses of all; a task that is missing is pending."""
    known = dict(statuses)
    begin: list[str] = []
    skip: list[str] = []
    for task in graph.order:
        if known.get(task, "pending") != "pending":
            continue
        links = graph.links[task]
        ended = {before: status for before in links if (status := known.get(before, "pending")) in ENDED}
        if any(status not in links[before] for before, status in ended.items()):
            known[task] = "skipped"
            skip.append(task)
        elif len(ended) == len(links):
            begin.append(task)
    return Steps(tuple(begin), tuple(skip))


def has_ended(graph: Graph, statuses: Mapping[str, TaskStatus]) -> bool:
    """Return whether every task has ended."""
    return all(statuses.get(task, "pending") in ENDED for task in graph.order)


def end_of(graph: Graph, state: SessionState) -> SessionEnd:
    """Return how a session ends whose tasks have all ended by themselves."""
    return "completed" if first_failure(graph, state) is None else "failed"


def to_run_again(graph: Graph, state: SessionState) -> tuple[str, ...]:
    """Return the tasks that a retry runs: unhandled failures, cancelled ones, and what was skipped below them."""
    again = {*_unhandled(graph, state), *(task for task in graph.order if state.status_of(task) == "cancelled")}
    for task in graph.order:
        if state.status_of(task) == "skipped" and not again.isdisjoint(graph.links[task]):
            again.add(task)
    return tuple(task for task in graph.order if task in again)


def _unhandled(graph: Graph, state: SessionState) -> Iterator[str]:
    """Return the tasks that failed where nothing follows a failure; a condition that does not hold is none."""
    failed = (task for task in graph.order if state.status_of(task) == "failed" and not _is_condition(state, task))
    return (task for task in failed if not any("failed" in graph.links[later][task] for later in graph.after[task]))


def first_failure(graph: Graph, state: SessionState) -> str | None:
    """Return the first task, in the graph's order, whose failure nobody handled."""
    return next(_unhandled(graph, state), None)


def _is_condition(state: SessionState, task: str) -> bool:
    found = state.tasks.get(TaskKey(task))
    return found is not None and found.error is not None and found.error.code == CONDITION_FALSE
