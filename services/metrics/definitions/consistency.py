"""What of a metric's definition fits together, and whether its filters can be read; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from libs.expressions.conditions import parse_conditions
from libs.expressions.errors import InvalidCondition, InvalidSql
from libs.expressions.sql.parser import parse_sql
from libs.httpkit.errors import Loc, Unprocessable, Violation
from services.metrics.definitions.model import REALTIME_FUNCTIONS, MetricDefinition
from services.metrics.feeding.attributes import ATTRIBUTES

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
        try:
            parse_conditions(definition.filter_conditions, ATTRIBUTES)
        except InvalidCondition as error:
            place = (error.place,) if error.place else ()
            yield Violation((*_BODY, "filterConditions", *place), error.reason, "condition_invalid")
    if definition.sql_filter is not None:
        try:
            parse_sql(definition.sql_filter, ATTRIBUTES)
        except InvalidSql as error:
            yield Violation((*_BODY, "sqlFilter"), str(error), "sql_invalid")
