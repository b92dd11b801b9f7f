"""Values of records at run time: their kinds, the fields they are read from, and casts between kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from libs.contracts.times import format_time, read_rfc_3339
from libs.expressions.form import ValueKind
from libs.expressions.numbers import BLANKS, exact, format_number, parse_number

KINDS: Final[Mapping[type, ValueKind]] = {
    str: ValueKind.TEXT,
    int: ValueKind.NUMBER,
    Decimal: ValueKind.NUMBER,
    bool: ValueKind.BOOLEAN,
    datetime: ValueKind.INSTANT,
}
"""The kind of a value by its exact type. Null has none, nor have objects and arrays: they equal nothing."""
MAX_SEARCHED: Final = 8_192
"""How many characters a text has at most that is searched or changed."""
MAX_ELEMENTS: Final = 1_000
"""How many elements an array has at most that is searched."""
_INDEX_DIGITS: Final = 9
_TRUE: Final = frozenset({"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"})
_FALSE: Final = frozenset({"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"})


def at_path(data: object, path: Iterable[str | int]) -> object:
    """Return the value at `path` within parsed JSON; None where there is none."""
    value = data
    for segment in path:
        if isinstance(value, dict):
            value = value.get(segment)
        elif isinstance(value, list):
            value = _element(value, segment)
        else:
            return None
    return value


def is_index(segment: str) -> bool:
    """Return whether a segment of a path may be the index of an array's element: up to nine digits."""
    return segment.isascii() and segment.isdigit() and len(segment) <= _INDEX_DIGITS


def normal(value: object) -> object:
    """Return a value of a record as expressions know it: a float is the decimal that its shortest text says."""
    return exact(value) if type(value) is float else value


def searched_text(value: object) -> str | None:
    """Return a text that may be searched or changed: other tenants wait meanwhile. Anything else is null."""
    return value if isinstance(value, str) and len(value) <= MAX_SEARCHED else None


def parse_instant(text: str) -> datetime | None:
    """Return the instant of a text of RFC 3339, None for any other text."""
    try:
        return read_rfc_3339(text)
    except (ValueError, OverflowError):
        return None


def cast(kind: ValueKind) -> Callable[[object], object]:
    """Return the cast to `kind`; a value that does not fit becomes null."""
    return _CASTS[kind]


def _element(elements: list[object], segment: str | int) -> object:
    if isinstance(segment, str):
        if not is_index(segment):
            return None
        segment = int(segment)
    return elements[segment] if segment < len(elements) else None


def _to_text(value: object) -> object:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format_number(value)
        case datetime():
            return format_time(value)
        case _:
            return None


def _to_number(value: object) -> object:
    if isinstance(value, str):
        return parse_number(value)
    return value if KINDS.get(type(value)) is ValueKind.NUMBER else None


def _to_boolean(value: object) -> object:
    if isinstance(value, str):
        word = value.strip(BLANKS).lower() if value.isascii() else ""
        return True if word in _TRUE else False if word in _FALSE else None
    return value if isinstance(value, bool) else None


def _to_instant(value: object) -> object:
    if isinstance(value, str):
        return parse_instant(value)
    return value if isinstance(value, datetime) else None


_CASTS: Final[Mapping[ValueKind, Callable[[object], object]]] = {
    ValueKind.TEXT: _to_text,
    ValueKind.NUMBER: _to_number,
    ValueKind.BOOLEAN: _to_boolean,
    ValueKind.INSTANT: _to_instant,
}
