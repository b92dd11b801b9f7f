"""Random graphs of tasks, and what becomes of them by the words of the documentation alone.

Nothing here uses the engine: `Played` is written from the sentences about links, joins, skips and ends of sessions, one
look at all tasks after the other, as slowly as they read.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.workflows import building
from tests.support.workflows.building import Definition

Ending = Literal["completed", "failed", "condition_false"]
LINK_STATUSES = ("completed", "failed", "skipped")
_ENDED = ("completed", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task, the statuses of those before it that let it run, and how it ends if it runs."""

    name: str
    after: Mapping[str, Sequence[str]]
    ending: Ending = "completed"

    @property
    def status(self) -> str:
        """The status that it ends with if it runs."""
        return "completed" if self.ending == "completed" else "failed"


@dataclass(frozen=True, slots=True)
class PlannedGraph:
    """Tasks, each after those that it has links from."""

    tasks: Sequence[PlannedTask]

    def status_of(self, name: str) -> str:
        """Return the status that a task ends with if it runs."""
        return next(task.status for task in self.tasks if task.name == name)


def random_graph(
    source: random.Random, count: int, *, endings: Sequence[Ending] = ("completed", "failed", "condition_false")
) -> PlannedGraph:
    """Return a graph of `count` tasks, with links of any statuses, sparse or dense."""
    most = source.randrange(1, 5)
    tasks: list[PlannedTask] = []
    for number in range(count):
        before = source.sample(tasks, min(len(tasks), source.randrange(most + 1)))
        after = {one.name: _statuses(source) for one in before}
        tasks.append(PlannedTask(f"T{number}", after, source.choice((*endings, "completed", "completed"))))
    return PlannedGraph(tasks)


def definition_of(graph: PlannedGraph) -> Definition:
    """Return a workflow whose tasks end as the graph says."""
    return building.definition({one.name: _definition_of(one) for one in graph.tasks})


def _definition_of(planned: PlannedTask) -> dict[str, Any]:
    types = {
        "completed": ("transform", "1"),
        "failed": ("transform", "1 / 0"),
        "condition_false": ("condition", "false"),
    }
    type_, expression = types[planned.ending]
    return building.task(type_, planned.after, expression=expression)


def _statuses(source: random.Random) -> Sequence[str]:
    # Mostly the usual link: with any three statuses alike, nearly everything below the first tasks would be skipped.
    if source.random() < 0.5:
        return ("completed",)
    return tuple(source.sample(LINK_STATUSES, source.randrange(1, 4)))


@dataclass(slots=True)
class Played:
    """A session that is played: what each task came to so far, and the tasks that run."""

    graph: PlannedGraph
    ended: dict[str, str] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    def play_out(self, source: random.Random) -> Played:
        """Play to the end, the tasks ending in any order."""
        self.look()
        while self.running:
            self.finish(source.choice(self.running))
        return self

    def finish(self, name: str) -> None:
        """Let a running task end."""
        self.running.remove(name)
        self.ended[name] = self.graph.status_of(name)
        self.look()

    def look(self) -> None:
        """Look at every task that is pending until nothing changes any more."""
        has_changed = True
        while has_changed:
            has_changed = False
            for task in self.graph.tasks:
                if task.name in self.begun or task.name in self.ended:
                    continue
                if self._one_does_not_fit(task):
                    self.ended[task.name] = "skipped"
                    has_changed = True
                elif self._every_one_has_ended(task):
                    self.begun.append(task.name)
                    self.running.append(task.name)
                    has_changed = True

    @property
    def end(self) -> str:
        """Return how the session ends once nothing runs."""
        return "failed" if self.unhandled else "completed"

    @property
    def unhandled(self) -> list[str]:
        """The tasks that failed, no link out of which has `failed`, and which are no condition that is false."""
        return [
            task.name
            for task in self.graph.tasks
            if self.ended.get(task.name) == "failed"
            and task.ending != "condition_false"
            and not any("failed" in later.after.get(task.name, ()) for later in self.graph.tasks)
        ]

    def to_run_again(self) -> set[str]:
        """Return what a retry by hand begins anew: unhandled failures, and what was skipped below them."""
        again = set(self.unhandled)
        while more := {
            task.name
            for task in self.graph.tasks
            if task.name not in again and self.ended[task.name] == "skipped" and again.intersection(task.after)
        }:
            again |= more
        return again

    def _one_does_not_fit(self, task: PlannedTask) -> bool:
        return any(before in self.ended and self.ended[before] not in fit for before, fit in task.after.items())

    def _every_one_has_ended(self, task: PlannedTask) -> bool:
        return all(self.ended.get(before) in _ENDED for before in task.after)
