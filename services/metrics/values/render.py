"""Values as the API shows them: numbers in plain notation, dimensions by their names, the window that they are of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import orjson

from libs.contracts.metric_values import metric_text
from libs.contracts.times import DAY_MS, EARLIEST_MS, format_ms, to_ms
from libs.expressions.numbers import format_number
from services.metrics.definitions.model import Function
from services.metrics.feeding.dimensions import dimensions_json
from services.metrics.values.model import ZERO_OF_NOTHING, CountedRecord, CustomerValue, RollingPoint, ShownEdition

_KINDS = {"i": ("interaction", "/api/interactions/"), "e": ("event", "/api/v1/events/")}
"""The kind of a record, and the path of those that it is among, by the first letter of its id."""


def value_json(of: ShownEdition, found: CustomerValue) -> dict[str, Any]:
    """Return a value of a metric with the window that it is of."""
    key = of.key(found.customer, found.dims)
    ids = {"id": key.value_id, "metricId": metric_text(of.metric_id)}
    return ids | window_json(of.function, of.window_days, of.dimensions, found)


def window_json(
    function: Function, window_days: int | None, dimensions: Sequence[str], found: CustomerValue
) -> dict[str, Any]:
    """Return a value with the window that it is of."""
    at_ms = to_ms(found.computed_at)
    since_ms = None if window_days is None else max(EARLIEST_MS, at_ms - window_days * DAY_MS)
    return {
        "customerId": found.customer,
        "dimensions": dimensions_json(dimensions, found.dims),
        "value": needed_json(function, found.value),
        "recordCount": found.records,
        "from": None if since_ms is None else format_ms(since_ms),
        "to": format_ms(at_ms),
        "computedAt": format_ms(at_ms),
    }


def points_json(function: Function, instants: Iterable[int], points: Iterable[RollingPoint]) -> list[dict[str, Any]]:
    """Return the value at each of the instants."""
    values = {point.at_ms: point.value for point in points}
    return [{"at": format_ms(at_ms), "value": needed_json(function, values.get(at_ms))} for at_ms in instants]


def record_json(function: Function, found: CountedRecord) -> dict[str, Any]:
    """Return a record with what it gives to a value, or why it is passed over."""
    first, _, record_id = found.record_id.partition(":")
    kind, path = _KINDS[first]
    counted = function == "count" or found.number is not None
    return {
        "kind": kind,
        "id": record_id,
        "eventTime": format_ms(found.event_at),
        "number": number_json(found.number),
        "counted": counted,
        "reason": None if counted else "not_numeric",
        "href": f"{path}{record_id}",
    }


def needed_json(function: Function, value: Decimal | None) -> orjson.Fragment | None:
    """Return a value where one is needed: of nothing it is 0 for count and sum."""
    return number_json(0 if value is None and function in ZERO_OF_NOTHING else value)


def number_json(number: int | Decimal | None) -> orjson.Fragment | None:
    """Return a number as JSON, exact to the digit."""
    return None if number is None else orjson.Fragment(format_number(number))
