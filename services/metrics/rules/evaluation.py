"""What rules come to for a customer; pure.

A contact policy whose condition holds blocks; a qualification rule's condition must hold. A rule whose value is unknown
neither blocks nor qualifies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from libs.contracts.metric_values import metric_text
from libs.contracts.times import format_time
from libs.expressions.numbers import format_number
from services.metrics.definitions.model import Function
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE, RuleKind
from services.metrics.rules.model import CustomerRule, Reason

ZERO_OF_NOTHING: Final[frozenset[Function]] = frozenset(("count", "sum"))
"""The functions whose value of nothing is 0; that of the others is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A customer's value for one rule; None where the window has nothing.

    `missing` is why there is no value at all; then `function` and `computed_at` may be None.
    """

    metric_name: str | None = None
    function: Function | None = None
    value: Decimal | None = None
    computed_at: datetime | None = None
    missing: Reason | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule and what it comes to: `matched` is None, for a `reason`, where that is unknown."""

    rule: CustomerRule
    reading: Reading
    value: int | Decimal | None
    matched: bool | None
    reason: Reason | None


def result_of(rule: CustomerRule, reading: Reading) -> RuleResult:
    """Return what a rule comes to with a value."""
    if reading.missing is not None:
        return RuleResult(rule, reading, None, None, reading.missing)
    value: int | Decimal | None = reading.value
    if value is None and reading.function in ZERO_OF_NOTHING:
        value = 0
    if value is None:
        return RuleResult(rule, reading, None, None, "no_records")
    return RuleResult(rule, reading, value, rule.terms.condition.holds(value), None)


def evaluation_json(kind: RuleKind, customer: str, at: datetime, results: Sequence[RuleResult]) -> dict[str, Any]:
    """Return the results, and what they come to together, as the API shows them."""
    return {
        "customerId": customer,
        "at": format_time(at),
        **_VERDICTS[kind.name](kind, results),
        "unknown": _ids(kind, results, matched=None),
        "results": [_result_json(kind, result) for result in results],
    }


def _contact(kind: RuleKind, results: Sequence[RuleResult]) -> dict[str, Any]:
    blocking = _ids(kind, results, matched=True)
    return {"allowed": not blocking, "blockedBy": blocking}


def _qualification(kind: RuleKind, results: Sequence[RuleResult]) -> dict[str, Any]:
    return {
        "qualified": all(result.matched for result in results),
        "failed": _ids(kind, results, matched=False),
    }


_VERDICTS: Final[Mapping[str, Callable[[RuleKind, Sequence[RuleResult]], dict[str, Any]]]] = {
    CONTACT_POLICY.name: _contact,
    QUALIFICATION_RULE.name: _qualification,
}


def _ids(kind: RuleKind, results: Sequence[RuleResult], *, matched: bool | None) -> list[str]:
    return [kind.id_text(result.rule.id) for result in results if result.matched is matched]


def _result_json(kind: RuleKind, result: RuleResult) -> dict[str, Any]:
    terms, reading = result.rule.terms, result.reading
    return {
        "id": kind.id_text(result.rule.id),
        "name": terms.name,
        "priority": terms.priority,
        "status": terms.status,
        "metricId": metric_text(terms.metric_id),
        "metricName": reading.metric_name,
        "operator": terms.condition.operator,
        "expected": _number(terms.condition.expected),
        "value": None if result.value is None else _number(result.value),
        "matched": result.matched,
        "computedAt": None if reading.computed_at is None else format_time(reading.computed_at),
        "reason": result.reason,
    }


def _number(value: int | Decimal) -> orjson.Fragment:
    """Return a number as JSON in plain notation, exact to the digit."""
    return orjson.Fragment(format_number(value))
