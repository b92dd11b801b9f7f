"""Compiles definitions: finds the types of tasks, reads their values and expressions, and keeps all that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from libs.httpkit.errors import Loc, Violation, loc_text
from services.workflows.definitions.compiled import CompiledTask, CompiledWorkflow
from services.workflows.definitions.expressions import ExpressionReader
from services.workflows.definitions.links import Links, graph_of, link_errors
from services.workflows.definitions.model import TaskDefinition, WorkflowDefinition
from services.workflows.definitions.reading import read_inner_task
from services.workflows.definitions.types import Types
from services.workflows.task_types.model import TaskType
from services.workflows.values.blanks import PlacedBlank, merged
from services.workflows.values.form import Form, form_of, validator_of
from services.workflows.values.naming import Naming
from services.workflows.values.nodes import Literal, Value, blanks_of
from services.workflows.values.places import Place
from services.workflows.values.reading import Reader

Json: TypeAlias = Any
_TASKS: Final = "tasks"


class InvalidDefinition(ValueError):
    """A definition that cannot be run; validation refuses it before it is kept."""


def compile_workflow(definition: WorkflowDefinition, types: Types) -> CompiledWorkflow:
    """Return a definition ready to run. Raises InvalidDefinition."""
    errors: list[Violation] = []
    compiled = compile_with(definition, types, (), errors)
    if errors:
        raise InvalidDefinition(f"{loc_text(errors[0].loc)}: {errors[0].msg}")
    return compiled


def compile_with(definition: WorkflowDefinition, types: Types, loc: Loc, errors: list[Violation]) -> CompiledWorkflow:
    """Return a definition ready to run; what is wrong with it is added to `errors`, and left out."""
    tasks = definition.tasks
    links = Links(tasks)
    errors += link_errors(tasks, links, (*loc, _TASKS))
    ancestors: Mapping[str, frozenset[str]] = links.ancestors() if links.are_acyclic else {}
    compiling = _Compiling(types, errors, ExpressionReader(errors))
    compiled = {
        name: compiling.task(
            name, task, _Place(Naming(tasks=tasks, ancestors=ancestors.get(name)), (name,), (*loc, _TASKS, name))
        )
        for name, task in tasks.items()
    }
    output = None
    if definition.output is not msgspec.UNSET:
        reader = Reader(Naming(tasks=tasks, ancestors=None), errors)
        output = reader.output(definition.output, (*loc, "output"))
    blanks, clashes = merged(compiling.blanks)
    errors += clashes
    return CompiledWorkflow(
        definition=definition,
        graph=graph_of(tasks, links),
        tasks={name: task for name, task in compiled.items() if task is not None},
        output=output,
        blanks=blanks,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a task is: what its values may name, where its blanks lie, and where the definition has it."""

    naming: Naming
    place: Place
    loc: Loc


@dataclass(slots=True)
class _Compiling:
    types: Types
    errors: list[Violation]
    expressions: ExpressionReader
    blanks: list[PlacedBlank] = field(default_factory=list)

    def task(self, name: str, task: TaskDefinition, at: _Place) -> CompiledTask | None:
        """Return a task, None where its type is unknown."""
        type_ = self.types.find(task.type)
        if type_ is None:
            if task.type:
                self._refuse((*at.loc, "type"), f"there is no type of tasks {task.type!r}", "unknown_type")
            return None
        self._judge(task, type_, at.loc)
        form = form_of(type_.face.fields)
        fields = self._fields(form, task.body, at)
        return CompiledTask(
            name=name,
            definition=task,
            type=type_,
            fields=fields,
            checks={
                field_name: validator_of(form.fields[field_name].schema)
                for field_name, value in fields.items()
                if not isinstance(value, Literal) and not form.fields[field_name].is_open
            },
            expressions=self.expressions.read(form, fields, at.naming, (*at.loc, "body")),
            inner=self._inner(name, form, fields, at),
        )

    def _fields(self, form: Form, body: Mapping[str, Json], at: _Place) -> Mapping[str, Value]:
        loc = (*at.loc, "body")
        self.errors += form.unknown(body, loc)
        reader = Reader(at.naming, self.errors)
        fields: dict[str, Value] = {}
        for name, one in form.fields.items():
            value = reader.field(one, body.get(name, msgspec.UNSET), (*at.place, name), (*loc, name))
            if value is not None:
                fields[name] = value
                self.blanks += (PlacedBlank(blank, (*loc, name)) for blank in blanks_of(value))
        return fields

    def _inner(self, name: str, form: Form, fields: Mapping[str, Value], at: _Place) -> CompiledTask | None:
        for field_name, value in fields.items():
            if form.fields[field_name].is_task and isinstance(value, Literal):
                loc = (*at.loc, "body", field_name)
                naming = Naming(tasks=at.naming.tasks, ancestors=at.naming.ancestors, is_item=True)
                inner = read_inner_task(value.value, loc, self.errors)
                if at.naming.is_item:
                    self._refuse(loc, "a task within a task has none within itself", "limit")
                    return None
                return self.task(name, inner, _Place(naming, (*at.place, field_name, "body"), loc))
        return None

    def _judge(self, task: TaskDefinition, type_: TaskType, loc: Loc) -> None:
        face = type_.face
        if task.timeout_ms is not None and task.timeout_ms > face.max_timeout_ms:
            self._refuse((*loc, "timeoutMs"), f"at most {face.max_timeout_ms} is taken", "limit")
        if task.effect is not None and face.effect == "exactly-once":
            self._refuse((*loc, "effect"), f"{face.type} is exactly-once", "type_error")
        if task.integration is not None and not face.integrations:
            self._refuse((*loc, "integration"), f"{face.type} uses no integration", "unknown_field")

    def _refuse(self, loc: Loc, message: str, kind: str) -> None:
        self.errors.append(Violation(loc, message, kind))
