"""Results of rules: conditions on exact numbers, values of nothing, and the verdict on all rules together."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from services.metrics.definitions.model import Function
from services.metrics.rules.evaluation import evaluation_json, result_of
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE, RuleKind
from services.metrics.rules.model import CustomerRule, Operator, RuleTerms, ValueCondition
from services.metrics.values.model import ValueReading

AT = datetime(2026, 3, 16, tzinfo=UTC)
METRIC_ID = uuid.UUID(int=7)


def rule(
    number: int = 1, operator: Operator = "gte", value: float = 5, kind: RuleKind = CONTACT_POLICY
) -> CustomerRule:
    condition = ValueCondition(operator=operator, value=value)
    terms = RuleTerms(name=f"rule {number}", status="active", metric_id=METRIC_ID, condition=condition)
    by = {"created_by": "ann", "updated_by": "ann"}
    return CustomerRule(
        tenant_id="acme",
        kind=kind.name,
        id=uuid.UUID(int=number),
        version=1,
        terms=terms,
        created_at=AT,
        updated_at=AT,
        **by,
    )


def reading(value: str | None, function: Function = "sum") -> ValueReading:
    return ValueReading(
        metric_name="spent", function=function, value=None if value is None else Decimal(value), computed_at=AT
    )


@pytest.mark.parametrize(
    ("operator", "held"),
    [("eq", "010"), ("neq", "101"), ("gt", "001"), ("gte", "011"), ("lt", "100"), ("lte", "110")],
)
def test_numbers_are_compared_as_the_decimals_that_they_are(operator: Operator, held: str) -> None:
    values = ("0.29999999999999999", "0.30", "0.30000000000000001")
    found = [result_of(rule(operator=operator, value=0.3), reading(value)).matched for value in values]
    assert found == [one == "1" for one in held]


@pytest.mark.parametrize(
    ("given", "value", "matched", "reason"),
    [
        (reading(None, "count"), 0, False, None),
        (reading(None, "sum"), 0, False, None),
        (reading(None, "avg"), None, None, "no_records"),
        (reading(None, "min"), None, None, "no_records"),
        (reading(None, "max"), None, None, "no_records"),
        (ValueReading(missing="metric_deleted"), None, None, "metric_deleted"),
        (ValueReading(metric_name="spent", missing="not_current"), None, None, "not_current"),
        (ValueReading(metric_name="spent", missing="dimensions_changed"), None, None, "dimensions_changed"),
    ],
)
def test_of_nothing_a_count_and_a_sum_are_0_and_all_else_is_unknown(
    given: ValueReading, value: int | None, matched: bool | None, reason: str | None
) -> None:
    found = result_of(rule(), given)
    assert (found.value, found.matched, found.reason) == (value, matched, reason)


@pytest.mark.parametrize(
    ("values", "allowed", "blocked_by", "qualified", "failed", "unknown"),
    [
        ((), True, [], True, [], []),
        (("6", "5"), False, [1, 2], True, [], []),
        (("6", "4"), False, [1], False, [2], []),
        (("6", None), False, [1], False, [], [2]),
        ((None, "4"), True, [], False, [2], [1]),
        ((None,), True, [], False, [], [1]),
        (("4", "3"), True, [], False, [1, 2], []),
    ],
)
def test_a_policy_that_holds_blocks_and_every_rule_must_hold(
    values: tuple[str | None, ...],
    allowed: bool,
    blocked_by: list[int],
    qualified: bool,
    failed: list[int],
    unknown: list[int],
) -> None:
    def shown(kind: RuleKind) -> dict[str, Any]:
        results = [
            result_of(rule(number, kind=kind), reading(value, "avg")) for number, value in enumerate(values, start=1)
        ]
        found = evaluation_json(kind, "17", 0, results)
        assert [one["id"] for one in found["results"]] == [kind.id_text(result.rule.id) for result in results]
        assert found["unknown"] == ids(kind, unknown)
        return found

    def ids(kind: RuleKind, numbers: list[int]) -> list[str]:
        return [kind.id_text(uuid.UUID(int=number)) for number in numbers]

    policies, rules = shown(CONTACT_POLICY), shown(QUALIFICATION_RULE)
    assert (policies["allowed"], policies["blockedBy"]) == (allowed, ids(CONTACT_POLICY, blocked_by))
    assert (rules["qualified"], rules["failed"]) == (qualified, ids(QUALIFICATION_RULE, failed))


def test_numbers_are_shown_to_the_digit_in_plain_notation() -> None:
    result = result_of(rule(value=1e20), reading("12345678901234567890.10"))
    (shown,) = evaluation_json(CONTACT_POLICY, "ann", 0, [result])["results"]
    assert orjson.dumps([shown["value"], shown["expected"]]) == b"[12345678901234567890.1,100000000000000000000]"
