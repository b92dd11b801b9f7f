"""Names of fields: an attribute of the record where there is one of that name, else a path into its data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from libs.expressions.form import Expression, Field, ValueKind, operands

DATA: Final = "data"
"""The first segment that makes a name a path into the data, whatever it is called."""
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")


class Attributes:
    """The attributes of records by name, with their kinds; `aliases` are further names of them."""

    def __init__(self, kinds: Mapping[str, ValueKind], aliases: Mapping[str, str] | None = None) -> None:
        names = {name: name for name in kinds} | dict(aliases or {})
        self._fields = {name: Field((attribute,), kinds[attribute]) for name, attribute in names.items()}
        self._in_sql = {_snake_case(name): field for name, field in self._fields.items()} | self._fields

    def field(self, segments: Sequence[str]) -> Field:
        """Return the field of a dotted name in JSON. `segments` is not empty."""
        return _field(self._fields, segments)

    def field_in_sql(self, segments: Sequence[str]) -> Field:
        """Return the field of a dotted name in SQL, where an attribute has a name in snake_case as well."""
        return _field(self._in_sql, segments)


def fields(expression: Expression) -> frozenset[Field]:
    """Return the fields that the expression looks at."""
    found = set()
    waiting = [expression]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Field):
            found.add(one)
        waiting.extend(operands(one))
    return frozenset(found)


def first_segments(expression: Expression) -> frozenset[str]:
    """Return the members of the data that the expression looks at: a decoder may leave out all others."""
    return frozenset(str(field.path[0]) for field in fields(expression) if not field.is_attribute)


def _field(attributes: Mapping[str, Field], segments: Sequence[str]) -> Field:
    if len(segments) == 1 and (attribute := attributes.get(segments[0])) is not None:
        return attribute
    if len(segments) > 1 and segments[0] == DATA:
        return Field(tuple(segments[1:]))
    return Field(tuple(segments))


def _snake_case(name: str) -> str:
    return _HUMP.sub("_", name).lower()
