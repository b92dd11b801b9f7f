"""What the values of one task may name: the tasks before it, and in a `for-each` its item."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from services.workflows.values.paths import INDEX, ITEM, Path


class Refusal(NamedTuple):
    """Why a path may not be named."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """`tasks` are all of the workflow, `ancestors` those that may be named; None where links are not known."""

    tasks: Collection[str]
    ancestors: Collection[str] | None
    is_item: bool = False

    def refusal(self, path: Path) -> Refusal | None:
        """Return why `path` may not be named here, None when it may."""
        if path.root in (ITEM, INDEX):
            return self.root_refusal(path.root)
        return None if path.task is None else self.task_refusal(path.task)

    def root_refusal(self, root: str) -> Refusal | None:
        """Return the same of `item` and `index` themselves."""
        if root in (ITEM, INDEX) and not self.is_item:
            return Refusal("bad_reference", f"there is no {root} outside of a for-each")
        return None

    def task_refusal(self, task: str) -> Refusal | None:
        """Return the same of a task."""
        if task not in self.tasks:
            return Refusal("unknown_task", f"there is no task {task!r}")
        if self.ancestors is not None and task not in self.ancestors:
            return Refusal("not_an_ancestor", f"{task!r} need not have ended: there is no way of links from it")
        return None
