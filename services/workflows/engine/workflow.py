"""A version of a workflow as executors run it: the rules of its sessions, and its tasks with their types and values."""

from __future__ import annotations

import msgspec

from libs.contracts.workflow_sessions import RawJson
from services.workflows.definitions.compiled import CompiledTask, CompiledWorkflow
from services.workflows.engine.graph import Graph
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.task_types.outputs import encode_output
from services.workflows.values.scope import Scope


class RunnableWorkflow:
    """The `SessionRules` of a compiled version."""

    def __init__(self, compiled: CompiledWorkflow) -> None:
        self._compiled = compiled

    @property
    def graph(self) -> Graph:
        return self._compiled.graph

    @property
    def max_sessions(self) -> int | None:
        return self._compiled.definition.max_sessions

    def task(self, key: TaskKey) -> CompiledTask:
        """Return a task, or the one that a `for-each` runs for its items."""
        task = self._compiled.tasks[key.task]
        if key.item is None:
            return task
        assert task.inner is not None
        return task.inner

    def type_of(self, key: TaskKey) -> str:
        return self.task(key).type.face.type

    def runs_at_most_once(self, key: TaskKey) -> bool:
        return self.task(key).effect == "at-most-once"

    def output(self, state: SessionState) -> RawJson:
        value = self._compiled.result(Scope(state))
        return msgspec.UNSET if value is msgspec.UNSET else encode_output(value)
