"""Reads the expressions in the fields of a definition's tasks, and keeps everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from libs.httpkit.errors import Loc, Violation
from services.workflows.expressions.reading import (
    EVERY_VARIABLE,
    MAX_EXPRESSIONS_CHARS,
    SCOPE,
    BadExpression,
    Expression,
    read_expression,
)
from services.workflows.values.form import Form
from services.workflows.values.naming import Naming, Refusal
from services.workflows.values.nodes import Literal, Value

Json: TypeAlias = Any
VARIABLES: Final = "x-variables"


@dataclass(slots=True)
class ExpressionReader:
    """Reads the expressions of one definition, as far as they are not too long together."""

    errors: list[Violation]
    chars: int = 0

    def read(self, form: Form, fields: Mapping[str, Value], naming: Naming, loc: Loc) -> Sequence[Expression]:
        """Return the expressions of a task; `loc` is the place of its fields."""
        return [
            expression
            for name, value in fields.items()
            if form.fields[name].is_expression and isinstance(value, Literal) and isinstance(value.value, str)
            for expression in self._read(value.value, _variables(form.fields[name].schema), naming, (*loc, name))
        ]

    def _read(self, text: str, variables: frozenset[str], naming: Naming, loc: Loc) -> Iterator[Expression]:
        self.chars += len(text)
        if self.chars > MAX_EXPRESSIONS_CHARS:
            words = f"at most {MAX_EXPRESSIONS_CHARS} characters are taken in all expressions together"
            self.errors.append(Violation(loc, words, "limit"))
            return
        try:
            expression = read_expression(text, variables)
        except BadExpression as bad:
            self.errors.append(Violation(loc, str(bad), bad.kind))
            return
        self.errors += (Violation(loc, refusal.message, refusal.type) for refusal in _refusals(expression, naming))
        yield expression


def _refusals(expression: Expression, naming: Naming) -> Iterator[Refusal]:
    roots = map(naming.root_refusal, sorted(expression.roots))
    tasks = map(naming.task_refusal, sorted(expression.tasks))
    return (refusal for refusal in (*roots, *tasks) if refusal is not None)


def _variables(schema: Mapping[str, Json]) -> frozenset[str]:
    """Return the variables that expressions of a field may name; a tenant's own type may say anything there."""
    names = schema.get(VARIABLES)
    return frozenset(name for name in EVERY_VARIABLE if name in names) if isinstance(names, list) else SCOPE
