"""Evaluates CEL where it is asked to: expressions without comprehensions, whose time is that of their length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import cel

from services.workflows.task_types.evaluating import EXPRESSION_ERROR
from services.workflows.task_types.model import Json, TaskFailed

_MAX_MESSAGE_CHARS: Final = 500


class InPlaceExpressions:
    """Evaluates in the calling thread."""

    async def evaluate(self, expression: str, variables: Mapping[str, Json]) -> Json:
        try:
            result: Any = cel.compile(expression).execute(dict(variables))
        except (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError) as error:
            raise TaskFailed(EXPRESSION_ERROR, str(error)[:_MAX_MESSAGE_CHARS]) from None
        return result
