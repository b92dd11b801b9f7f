"""Checks that the parts of a metric's definition fit together, and that its filters can be read; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from libs.expressions.conditions import parse_conditions
from libs.expressions.errors import InvalidCondition, InvalidSql
from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.lazy import lazy_imports
from services.metrics.definitions.model import MAX_CONDITIONS_BYTES, REALTIME_FUNCTIONS, MetricDefinition
from services.metrics.feeding.attributes import ATTRIBUTES

with lazy_imports():
    from libs.expressions.sql import parser as sql_parser

_BODY: Final[Loc] = ("body",)


def require_consistent(definition: MetricDefinition) -> None:
    """Raise Unprocessable for a definition whose parts do not fit, or whose filters cannot be read."""
    violations = tuple(_inconsistencies(definition))
    if violations:
        raise Unprocessable(*violations)


def _inconsistencies(definition: MetricDefinition) -> Iterator[Violation]:
    if definition.compute_mode == "realtime" and definition.aggregate_function not in REALTIME_FUNCTIONS:
        words = f"{' or '.join(REALTIME_FUNCTIONS)} is expected of a realtime metric"
        yield Violation((*_BODY, "aggregateFunction"), words, "inconsistent")
    if definition.filter_conditions is not None:
        yield from _of_conditions(definition.filter_conditions, (*_BODY, "filterConditions"))
    if definition.sql_filter is not None:
        try:
            sql_parser.parse_sql(definition.sql_filter, ATTRIBUTES)
        except InvalidSql as error:
            yield Violation((*_BODY, "sqlFilter"), str(error), "sql_invalid")


def _of_conditions(conditions: Any, loc: Loc) -> Iterator[Violation]:
    if len(orjson.dumps(conditions)) > MAX_CONDITIONS_BYTES:
        yield Violation(loc, f"at most {MAX_CONDITIONS_BYTES} bytes as JSON are expected", "too_long")
        return
    try:
        parse_conditions(conditions, ATTRIBUTES)
    except InvalidCondition as error:
        yield Violation((*loc, error.place) if error.place else loc, error.reason, "condition_invalid")
