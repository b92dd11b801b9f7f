"""What the values of a session's tasks can name: its input, its tasks' outcomes, itself; of an item also the item.

Outputs are decoded when something names them, once for all items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from libs.contracts.times import format_ms
from libs.contracts.workflow_sessions import error_facts
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.values.paths import ERROR, INDEX, INPUT, ITEM, OUTPUT, SESSION, STATUS, TASKS, Path, Step
from services.workflows.values.places import put, tokens_of

Json: TypeAlias = Any
"""JSON, or UNSET for nothing."""


class Scope:
    """A session as its tasks' values see it. `secrets` are the values of secret blanks by their JSON pointers."""

    __slots__ = ("_input", "_item", "_known", "_secrets", "_state")

    def __init__(self, state: SessionState, secrets: Mapping[str, str] | None = None) -> None:
        self._state = state
        self._secrets: Final = secrets or {}
        self._input: Json = msgspec.UNSET
        self._known: dict[str, dict[str, Json]] = {}
        self._item: dict[str, Json] = {}

    def of_item(self, item: Json, index: int) -> Scope:
        """Return what the values of one item of a `for-each` can name."""
        scope = Scope(self._state, self._secrets)
        scope._input = self.input
        scope._known = self._known
        scope._item = {ITEM: item, INDEX: index}
        return scope

    @property
    def input(self) -> Json:
        """The session's input, its secrets in their places."""
        if self._input is msgspec.UNSET:
            self._input = msgspec.json.decode(self._state.started.input)
            for pointer, secret in self._secrets.items():
                put(self._input, tokens_of(pointer), secret)
        return self._input

    def find(self, path: Path) -> Json:
        """Return the value that `path` leads to, UNSET where it leads nowhere."""
        match path.root:
            case "input":
                found = self.input
            case "session":
                found = self.session.get(path.part, msgspec.UNSET)
            case "tasks":
                found = self.task(path.task or "").get(path.part or "", msgspec.UNSET)
            case _:
                found = self._item.get(path.root, msgspec.UNSET)
        return step_into(found, path.steps)

    @property
    def session(self) -> Mapping[str | None, Json]:
        """What is known of the session itself."""
        started = self._state.started
        return {"id": started.session_id, "uowId": started.uow_id, "startedAt": format_ms(started.at)}

    def task(self, name: str) -> Mapping[str, Json]:
        """Return the status of a task, and its output or its error where it has one."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._facts_of(name)
        return known

    def variables(self, roots: Iterable[str], tasks: Iterable[str]) -> dict[str, Json]:
        """Return what an expression can name that names these roots, and these tasks."""
        values: dict[str, Json] = {}
        for root in roots:
            match root:
                case "input":
                    values[INPUT] = self.input
                case "session":
                    values[SESSION] = dict(self.session)
                case "tasks":
                    values[TASKS] = {name: self.task(name) for name in tasks}
                case _ if root in self._item:
                    values[root] = self._item[root]
        return values

    def _facts_of(self, name: str) -> dict[str, Json]:
        facts: dict[str, Json] = {STATUS: self._state.status_of(name)}
        task = self._state.tasks.get(TaskKey(name))
        if task is not None and isinstance(task.output, msgspec.Raw):
            facts[OUTPUT] = msgspec.json.decode(task.output)
        if task is not None and task.error is not None:
            facts[ERROR] = error_facts(task.error)
        return facts


def step_into(value: Json, steps: Iterable[Step]) -> Json:
    """Return what lies at `steps` below a value, UNSET where there is nothing."""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step, msgspec.UNSET)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return msgspec.UNSET
    return value
