"""Judges definitions: everything that is wrong with one, and what is worth a warning, at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from libs.httpkit.errors import Loc, Violation
from libs.objects.names import fold_name
from services.workflows.definitions.compiled import CompiledTask, CompiledWorkflow
from services.workflows.definitions.compiling import compile_with
from services.workflows.definitions.model import MAX_DEFINITION_BYTES, WorkflowDefinition
from services.workflows.definitions.reading import read_definition
from services.workflows.definitions.types import Types
from services.workflows.values.nodes import Blank

Json: TypeAlias = Any
BODY: Final[Loc] = ("body",)
INTEGRATION_MISSING: Final = "integration_missing"
NO_TASKS: Final = "no_tasks"
LITERAL_AUTHORIZATION: Final = "literal_authorization"
MAX_ERRORS: Final = 1_000
"""The errors that are told, of however many there are."""
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is to be said of a document. There is a `definition` where there are no errors.

    `order` has the tasks that are in no circle, each after those before it.
    """

    definition: WorkflowDefinition | None
    errors: Sequence[Violation]
    warnings: Sequence[Violation]
    blanks: Sequence[Blank]
    order: Sequence[str]


def validate(document: Json, types: Types, integrations: Mapping[str, str]) -> Checked:
    """Judge the JSON of a definition; `integrations` are the types of a tenant's integrations by their folded names."""
    errors: list[Violation] = []
    definition = read_definition(document, BODY, errors)
    if len(_encode(definition)) > MAX_DEFINITION_BYTES:
        return _too_large(errors)
    compiled = compile_with(definition, types, BODY, errors)
    return Checked(
        definition=None if errors else definition,
        errors=errors[:MAX_ERRORS],
        warnings=tuple(warnings_of(compiled, integrations)),
        blanks=compiled.blanks,
        order=compiled.graph.order,
    )


def _too_large(errors: Sequence[Violation]) -> Checked:
    """Say that a definition is too large, which is then not looked at any closer."""
    large = Violation(BODY, f"a definition has at most {MAX_DEFINITION_BYTES} bytes", "limit")
    return Checked(definition=None, errors=(large, *errors[:MAX_ERRORS]), warnings=(), blanks=(), order=())


def warnings_of(compiled: CompiledWorkflow, integrations: Mapping[str, str]) -> Iterator[Violation]:
    """Return what may be saved and will not work, or is not wise; `integrations` as `validate` takes them."""
    if not compiled.tasks:
        yield Violation((*BODY, "tasks"), "there is no task yet, so it cannot be run", NO_TASKS)
    for name, task in compiled.tasks.items():
        loc = (*BODY, "tasks", name)
        yield from _task_warnings(task, loc, integrations)
        if task.inner is not None:
            yield from _task_warnings(task.inner, (*loc, "body", "do"), integrations)


def _task_warnings(task: CompiledTask, loc: Loc, integrations: Mapping[str, str]) -> Iterator[Violation]:
    face, name = task.type.face, task.integration
    kinds = " or ".join(face.integrations)
    if name is None and face.needs_integration:
        yield Violation((*loc, "integration"), f"an integration of the type {kinds} is needed", INTEGRATION_MISSING)
    if name is not None and integrations.get(fold_name(name)) not in face.integrations:
        words = f"there is no integration {name!r} of the type {kinds}"
        yield Violation((*loc, "integration"), words, INTEGRATION_MISSING)
    headers = task.definition.body.get("headers")
    for header, value in headers.items() if isinstance(headers, dict) else ():
        if header.casefold() == "authorization" and isinstance(value, str) and value:
            words = "definitions are shown to everybody who may see workflows: keep it in an integration"
            yield Violation((*loc, "body", "headers", header), words, LITERAL_AUTHORIZATION)
