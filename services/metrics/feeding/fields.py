"""The fields of records that filters and groupings name: attributes, and paths into the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from libs.expressions import form
from libs.expressions.conditions import parse_conditions
from libs.expressions.form import Expression, Field, ValueKind
from libs.expressions.names import Attributes
from libs.lazy import lazy_imports
from services.metrics.definitions.model import SeriesSource

with lazy_imports():
    from libs.expressions.sql import parser as sql_parser

_TEXTS: Final = (
    "kind",
    "action",
    "eventType",
    "resourceType",
    "resourceId",
    "origin",
    "userId",
    "actorId",
    "actorType",
    "correlationId",
    "customerId",
)
_INSTANTS: Final = ("eventTime", "createdDate")
_KINDS: Final[Mapping[str, ValueKind]] = {
    **dict.fromkeys(_TEXTS, ValueKind.TEXT),
    **dict.fromkeys(_INSTANTS, ValueKind.INSTANT),
}
ATTRIBUTES: Final = Attributes(_KINDS, {"uowId": "correlationId"})
"""The attributes of records; any other name is a path into the data."""


def filter_of(source: SeriesSource) -> Expression:
    """Return the condition that records of the source meet. Raises InvalidExpression."""
    conditions: list[Expression] = []
    if source.filter_conditions is not None:
        conditions.append(parse_conditions(source.filter_conditions, ATTRIBUTES))
    if source.sql_filter is not None:
        conditions.append(sql_parser.parse_sql(source.sql_filter, ATTRIBUTES))
    return form.And(tuple(conditions))


def dimensions_of(source: SeriesSource) -> tuple[Field, ...]:
    """Return the fields by which records of the source are grouped."""
    return tuple(ATTRIBUTES.field(entry.split(".")) for entry in source.group_by_dimensions)
