"""The links between the tasks of a definition: the order they give, who comes before whom, circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from libs.httpkit.errors import Loc, Violation
from services.workflows.definitions.model import MAX_LINKS, TaskDefinition
from services.workflows.engine.graph import Graph


class Links:
    """The links of tasks, those to tasks that do not exist left out."""

    def __init__(self, tasks: Mapping[str, TaskDefinition]) -> None:
        self.before: Mapping[str, Sequence[str]] = {
            name: [other for other in task.execute_after if other in tasks] for name, task in tasks.items()
        }
        after: dict[str, list[str]] = {name: [] for name in tasks}
        for name, others in self.before.items():
            for other in others:
                after[other].append(name)
        self.after: Mapping[str, Sequence[str]] = after
        self.order: Sequence[str] = self._ordered()

    @property
    def are_acyclic(self) -> bool:
        """Whether every task has its place in the order."""
        return len(self.order) == len(self.before)

    def ancestors(self) -> dict[str, frozenset[str]]:
        """Return the tasks that have ended whenever a task begins."""
        known: dict[str, frozenset[str]] = {}
        for name in self.order:
            before = self.before[name]
            known[name] = frozenset(before).union(*(known[other] for other in before))
        return known

    def circles(self) -> Iterator[Sequence[str]]:
        """Return circles that share no task, one at least for each group of tasks that wait for each other."""
        left = set(self.before).difference(self.order)
        while left:
            circle = self._circle(left)
            yield circle
            left = _waiting(self.before, left.difference(circle))

    def _circle(self, left: set[str]) -> Sequence[str]:
        way = [next(name for name in self.before if name in left)]
        while (name := next(other for other in self.before[way[-1]] if other in left)) not in way:
            way.append(name)
        return way[way.index(name) :][::-1]

    def _ordered(self) -> Sequence[str]:
        """Return the tasks, each after those before it, else as the definition has them; none that is in a circle."""
        missing = {name: len(others) for name, others in self.before.items()}
        order = [name for name, count in missing.items() if not count]
        for name in order:
            for later in self.after[name]:
                missing[later] -= 1
                if not missing[later]:
                    order.append(later)
        return order


def _waiting(before: Mapping[str, Sequence[str]], left: set[str]) -> set[str]:
    """Return those of `left` that wait for one of them, however many others are taken away."""
    while True:
        free = {name for name in left if not left.intersection(before[name])}
        if not free:
            return left
        left = left - free


def graph_of(tasks: Mapping[str, TaskDefinition], links: Links) -> Graph:
    """Return the graph of tasks whose links are sound."""
    return Graph(
        order=tuple(links.order),
        links={
            name: {other: frozenset(statuses) for other, statuses in task.execute_after.items()}
            for name, task in tasks.items()
        },
        after={name: tuple(later) for name, later in links.after.items()},
    )


def link_errors(tasks: Mapping[str, TaskDefinition], links: Links, loc: Loc) -> Iterator[Violation]:
    """Return what is wrong with the links of tasks; `loc` is the place of the tasks."""
    for name, task in tasks.items():
        for other in task.execute_after:
            if other not in tasks:
                yield Violation((*loc, name, "executeAfter", other), f"there is no task {other!r}", "unknown_task")
    for circle in links.circles():
        words = " → ".join((*circle, circle[0]))
        yield Violation((*loc, circle[0], "executeAfter", circle[-1]), f"waits for itself: {words}", "cycle")
    if sum(len(task.execute_after) for task in tasks.values()) > MAX_LINKS:
        yield Violation(loc, f"at most {MAX_LINKS} links are taken", "limit")
