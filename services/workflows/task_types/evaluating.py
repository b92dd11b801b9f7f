"""The one field of the types that evaluate an expression, and its evaluation."""

from __future__ import annotations

from typing import Final

from services.workflows.expressions.reading import MAX_EXPRESSION_CHARS
from services.workflows.task_types.fields import CEL, Schema, form, text
from services.workflows.task_types.model import Call, Json

EXPRESSION: Final = "expression"
EXPRESSION_ERROR: Final = "expression_error"


def expression_form(description: str) -> Schema:
    """Return the fields of a type that evaluates one expression."""
    field = text("Expression", description, limit=MAX_EXPRESSION_CHARS, **{"x-code": CEL})
    return form({EXPRESSION: field}, required=(EXPRESSION,))


async def evaluated(call: Call) -> Json:
    """Return the value of the task's expression. Raises TaskFailed."""
    return await call.tools.expressions.evaluate(call.body[EXPRESSION], call.scope())
