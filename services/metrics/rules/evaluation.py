"""Evaluates rules for a customer; pure.

A contact policy whose condition holds blocks; a qualification rule's condition must hold. A rule whose value is unknown
neither blocks nor qualifies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from libs.contracts.metric_values import metric_text
from libs.contracts.times import format_ms, format_time_if_any
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE, RuleKind
from services.metrics.rules.model import CustomerRule
from services.metrics.values.model import ZERO_OF_NOTHING, ValueReading
from services.metrics.values.render import number_json

Reason = Literal["no_records", "metric_deleted", "not_current", "dimensions_changed"]
"""Why it is unknown whether a condition holds."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule evaluated: `matched` says whether its condition holds; None, for a `reason`, where that is unknown."""

    rule: CustomerRule
    reading: ValueReading
    value: int | Decimal | None
    matched: bool | None
    reason: Reason | None


def result_of(rule: CustomerRule, reading: ValueReading) -> RuleResult:
    """Return the rule evaluated on a value."""
    if reading.missing is not None:
        return RuleResult(rule, reading, None, None, reading.missing)
    value: int | Decimal | None = reading.value
    if value is None and reading.function in ZERO_OF_NOTHING:
        value = 0
    if value is None:
        return RuleResult(rule, reading, None, None, "no_records")
    return RuleResult(rule, reading, value, rule.terms.condition.holds(value), None)


def evaluation_json(kind: RuleKind, customer: str, at_ms: int, results: Sequence[RuleResult]) -> dict[str, Any]:
    """Return the results, and the verdict on all of them together, as the API shows them."""
    return {
        "customerId": customer,
        "at": format_ms(at_ms),
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
        "expected": number_json(terms.condition.expected),
        "value": number_json(result.value),
        "matched": result.matched,
        "computedAt": format_time_if_any(reading.computed_at),
        "reason": result.reason,
    }
