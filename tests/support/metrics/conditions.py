"""Whether a record passes `filterConditions`, after the documented rules: true, false, or unknown (None)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.support.metrics.posted import Instant, Posted, kind_of, ms_of

Truth = bool | None
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def judged(condition: Mapping[str, Any], record: Posted) -> Truth:
    """Return whether the condition holds; `{}` does of all records."""
    if "and" in condition:
        return all_of([judged(one, record) for one in condition["and"]])
    if "or" in condition:
        return any_of([judged(one, record) for one in condition["or"]])
    if "not" in condition:
        return negated(judged(condition["not"], record))
    if "op" in condition:
        return _leaf(record.field(condition["field"]), condition["op"], condition.get("value"))
    return all_of([_leaf(record.field(name), "eq", value) for name, value in condition.items()])


def all_of(parts: Sequence[Truth]) -> Truth:
    """AND: false where one is, else unknown where one is."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def any_of(parts: Sequence[Truth]) -> Truth:
    """OR: true where one is, else unknown where one is."""
    if any(part is True for part in parts):
        return True
    return None if any(part is None for part in parts) else False


def negated(part: Truth) -> Truth:
    """NOT: unknown stays unknown."""
    return None if part is None else not part


def compared(name: str, one: Any, other: Any) -> Truth:
    """Compare two values: unknown with null or between different kinds."""
    if kind_of(one) == "instant" and isinstance(other, str):
        other = Instant(ms_of(other))
    if kind_of(one) is None or kind_of(one) != kind_of(other):
        return None
    return ORDERS[name](one, other)


def _leaf(found: Any, name: str, value: Any) -> Truth:
    if name == "exists":
        return (found is not None) is (value is not False)
    if name in {"eq", "neq"} and value is None:
        return (found is None) is (name == "eq")
    if name == "in":
        return any_of([compared("eq", found, one) for one in value])
    if name == "not_in":
        return negated(any_of([compared("eq", found, one) for one in value]))
    if name == "contains":
        return _contains(found, value)
    return compared(name, found, value)


def _contains(found: Any, value: Any) -> Truth:
    if isinstance(found, list):
        return any(compared("eq", one, value) is True for one in found)
    if isinstance(found, str) and isinstance(value, str):
        return value in found
    return None
