"""Contact policies and qualification rules: conditions on a customer's value of a metric, and when they hold."""

from __future__ import annotations

import operator
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from libs.expressions.numbers import exact

RuleStatus = Literal["draft", "active", "paused", "archived"]
RuleType = Literal["metric_condition"]
Operator = Literal["eq", "neq", "gt", "gte", "lt", "lte"]
DimensionValue = str | bool | int | float | None

ACTIVE: Final = "active"
MAX_RULES: Final = 200
"""The most rules of a kind that a tenant has."""
MAX_NAME_CHARS: Final = 255
MAX_DESCRIPTION_CHARS: Final = 500
MAX_PRIORITY: Final = 100
DEFAULT_PRIORITY: Final = 50

_COMPARISONS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


_MAX_WHOLE: Final = 2**63


def plain_number(number: float) -> int | float:
    """Return a number as an integer where it is one, `100` for `100.0`."""
    return int(number) if number.is_integer() and abs(number) < _MAX_WHOLE else number


class ValueCondition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer's value of a metric compared with `value`.

    `dimensions` is None for the value over all dimensions, else it names a value for each.
    """

    operator: Operator
    value: int | float
    dimensions: dict[str, DimensionValue] | None = None

    @property
    def expected(self) -> int | Decimal:
        """The number that values are compared with."""
        return exact(self.value)

    def holds(self, value: int | Decimal) -> bool:
        """Return whether the condition holds for a value: numbers are compared as the decimals that they are."""
        return _COMPARISONS[self.operator](value, self.expected)


class RuleTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a rule that its makers choose."""

    name: str
    description: str | None = None
    status: RuleStatus = "draft"
    rule_type: RuleType = "metric_condition"
    metric_id: uuid.UUID
    condition: ValueCondition
    priority: int = DEFAULT_PRIORITY

    @property
    def is_active(self) -> bool:
        """Whether the rule counts for customers; while it does, its metric cannot be deleted."""
        return self.status == ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRule:
    """A rule as an object of a tenant; `kind` is the name of its kind of object."""

    tenant_id: str
    kind: str
    id: uuid.UUID
    version: int
    terms: RuleTerms
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
