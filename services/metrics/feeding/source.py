"""Compiled sources of series: they tell whether a record contributes, with which number, in which group."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from libs.expressions import form
from libs.expressions.compiler import compile_condition, compile_expression
from libs.expressions.conditions import parse_conditions
from libs.expressions.form import Expression, Field
from libs.expressions.names import first_segments
from libs.expressions.numbers import is_within_bounds
from libs.expressions.values import at_path
from libs.lazy import lazy_imports
from services.metrics.definitions.model import SeriesSource
from services.metrics.feeding.attributes import ATTRIBUTES
from services.metrics.feeding.dimensions import NO_DIMENSIONS, dims_text
from services.metrics.feeding.record import CUSTOMER_ID, FedRecord, RecordFields

with lazy_imports():
    from libs.expressions.sql import parser as sql_parser

_VALUE: Final = "value"
_FIELDS: Final = RecordFields()


class Fed(NamedTuple):
    """The group that a record contributes to, as the JSON text of an array, and its number, if it has one."""

    dims: str
    number: Decimal | int | None


class CompiledSource:
    """A source. `name` is compared with actions and event types whatever their case, `path` leads into the data.

    `members` are the members of the data that it looks at.
    """

    def __init__(self, source: SeriesSource) -> None:
        condition, dimensions = _filter(source), _dimension_fields(source)
        self.name = source.source_field.casefold()
        self.path = tuple(source.source_field.split("."))
        self.members = frozenset({self.path[0], CUSTOMER_ID, _VALUE}).union(
            *map(first_segments, (condition, *dimensions))
        )
        self._passes = compile_condition(condition, _FIELDS)
        self._dimensions = tuple(compile_expression(field, _FIELDS) for field in dimensions)

    def fed_by(self, record: FedRecord) -> Fed | None:
        """Return the record's group and number, None where it does not contribute.

        The value at the path goes before that of the member `value`.
        """
        value = at_path(record.data, self.path)
        if value is None:
            if record.name.casefold() != self.name:
                return None
            value = at_path(record.data, (_VALUE,))
        return Fed(self._dims(record), _number(value)) if self._passes(record) else None

    def _dims(self, record: FedRecord) -> str:
        return dims_text(read(record) for read in self._dimensions) if self._dimensions else NO_DIMENSIONS


def _filter(source: SeriesSource) -> Expression:
    conditions: list[Expression] = []
    if source.filter_conditions is not None:
        conditions.append(parse_conditions(source.filter_conditions, ATTRIBUTES))
    if source.sql_filter is not None:
        conditions.append(sql_parser.parse_sql(source.sql_filter, ATTRIBUTES))
    return form.And(tuple(conditions))


def _dimension_fields(source: SeriesSource) -> tuple[Field, ...]:
    return tuple(ATTRIBUTES.field(entry.split(".")) for entry in source.group_by_dimensions)


def _number(value: object) -> Decimal | int | None:
    """Return a JSON number within bounds; None for anything else."""
    if type(value) is int or isinstance(value, Decimal):
        return value if is_within_bounds(value) else None
    return None
