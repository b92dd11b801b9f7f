"""Fields that request bodies of several routes have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from libs.contracts.times import ACCEPTED, to_ms
from libs.httpkit.times import read_time


def _customer(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _instant(value: Any) -> int:
    try:
        return to_ms(read_time(value))
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"a date or an RFC 3339 time is expected, from {ACCEPTED}") from None


CustomerId = Annotated[
    str,
    StringConstraints(min_length=1),
    BeforeValidator(_customer),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}),
]
"""A customer, as records name one: `17` is the customer `"17"`."""
Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema({"type": "string"})]
"""An instant in milliseconds since the epoch; a date is its midnight in UTC."""
