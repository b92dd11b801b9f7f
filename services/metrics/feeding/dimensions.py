"""Values of dimensions, and the JSON text that stands for them: equal values have one, and any fits into an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
import orjson

from libs.expressions.numbers import format_number, is_within_bounds
from libs.expressions.values import normal
from libs.records.short_text import digest, short_text

NO_DIMENSIONS: Final = "[]"
MAX_DIMENSION_BYTES: Final = 400
"""How long a dimension's value can be as JSON: two of them share an index entry with a customer and a value."""
_decode_values = msgspec.json.Decoder(list[msgspec.Raw]).decode


def dims_text(values: Iterable[object]) -> str:
    """Return the text of the values of dimensions, in the order of the definition."""
    return f"[{','.join(map(_dimension, values))}]"


def dims_of(names: Sequence[str], values: Mapping[str, object]) -> str | None:
    """Return the text of values by the names of their dimensions; None where the names are others."""
    if values.keys() != set(names):
        return None
    return dims_text(normal(values[name]) for name in names)


def dimensions_json(names: Sequence[str], dims: str) -> dict[str, orjson.Fragment]:
    """Return the values that a text stands for, by the names of their dimensions, to be encoded with orjson."""
    return {name: orjson.Fragment(bytes(value)) for name, value in dimension_values(names, dims).items()}


def dimension_values(names: Sequence[str], dims: str) -> dict[str, Any]:
    """Return the values that a text stands for as JSON, numbers exact, by the names of their dimensions."""
    return dict(zip(names, _decode_values(dims), strict=True))


def _dimension(value: object) -> str:
    if isinstance(value, str):
        text = short_text(value)
        json = orjson.dumps(text)
        return _json_digest(text) if len(json) > MAX_DIMENSION_BYTES else json.decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _number_dimension(value)
    return "null"


def _number_dimension(value: int | Decimal) -> str:
    if not is_within_bounds(value):
        return "null"
    text = format_number(value)
    return _json_digest(text) if len(text) > MAX_DIMENSION_BYTES else text


def _json_digest(text: str) -> str:
    return f'"{digest(text)}"'
