"""Evaluates an expression that was read, in the calling thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from libs.contracts.texts import only_printable
from services.workflows.expressions.cel import CEL_ERRORS
from services.workflows.expressions.reading import Expression, program_of
from services.workflows.expressions.values import NotJson, to_json

_MAX_REASON_CHARS: Final = 300


class EvaluationFailed(ValueError):
    """The expression has no value here; the message says why."""


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Return the expression's value as JSON. Raises EvaluationFailed."""
    try:
        return to_json(program_of(expression.text).execute(dict(values)))
    except KeyError as missing:
        raise EvaluationFailed(f"there is no {str(missing)[:_MAX_REASON_CHARS]}") from None
    except NotJson as result:
        raise EvaluationFailed(f"the result has {result}") from None
    except CEL_ERRORS as error:
        raise EvaluationFailed(only_printable(str(error).partition(".")[0])[:_MAX_REASON_CHARS]) from None
