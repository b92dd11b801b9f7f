"""Versions of workflows ready to run: their graph, their tasks' types and values, the blanks of their callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from libs.event_schemas.validator import PayloadValidator
from services.workflows.definitions.model import Effect, RetryPolicy, TaskDefinition, WorkflowDefinition
from services.workflows.engine.graph import Graph
from services.workflows.expressions.reading import Expression
from services.workflows.task_types.model import TaskFailed, TaskType
from services.workflows.values.form import problems_of
from services.workflows.values.nodes import Blank, Resolving, Value
from services.workflows.values.scope import Scope

Json: TypeAlias = Any
INPUT_INVALID: Final = "input_invalid"
_DEFAULT_RETRY: Final = RetryPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledTask:
    """A task of a version. `retry`, `effect` and `timeout_ms` are its own, else its type's.

    `checks` judge the values that are not known before. `inner` is the task that a `for-each` runs for each item.
    """

    name: str
    definition: TaskDefinition
    type: TaskType
    fields: Mapping[str, Value]
    checks: Mapping[str, PayloadValidator] = field(repr=False)
    expressions: Sequence[Expression] = ()
    inner: CompiledTask | None = None

    @property
    def effect(self) -> Effect:
        """What may be said of how often the task has its effect."""
        return self.definition.effect or self.type.face.effect

    @property
    def retry(self) -> RetryPolicy:
        """How often the task is tried."""
        return self.definition.retry or self.type.face.retry or _DEFAULT_RETRY

    @property
    def timeout_ms(self) -> int:
        """The time that one attempt may take."""
        return self.definition.timeout_ms or self.type.face.timeout_ms

    @property
    def integration(self) -> str | None:
        """The name of the integration that the task uses."""
        return self.definition.integration

    def body(self, scope: Scope) -> dict[str, Json]:
        """Return the fields' values. Raises TaskFailed: a reference leads nowhere, a value is not the field's."""
        resolving = Resolving(scope)
        found = ((name, value.resolve(resolving)) for name, value in self.fields.items())
        body = {name: value for name, value in found if value is not msgspec.UNSET}
        for name, check in self.checks.items():
            problems = problems_of(check, body[name]) if name in body else ()
            if problems:
                raise TaskFailed(INPUT_INVALID, f"{name}: {problems[0].message}", detail={"field": name})
        return body

    def variables(self, scope: Scope) -> dict[str, Json]:
        """Return what the task's expressions name; nothing for a task without any."""
        roots = {root for expression in self.expressions for root in expression.roots}
        tasks = {task for expression in self.expressions for task in expression.tasks}
        return scope.variables(roots, tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledWorkflow:
    """A version. `tasks` lie in the order of their links; `output` is None where the definition has none."""

    definition: WorkflowDefinition
    graph: Graph
    tasks: Mapping[str, CompiledTask]
    output: Value | None
    blanks: Sequence[Blank]

    def result(self, scope: Scope) -> Json:
        """Return the session's `output`, UNSET where the definition has none. Raises TaskFailed."""
        return msgspec.UNSET if self.output is None else self.output.resolve(Resolving(scope))
