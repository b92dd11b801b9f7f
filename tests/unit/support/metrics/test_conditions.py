"""The oracle's three-valued logic against examples worked out by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.support.metrics.building import event, interaction
from tests.support.metrics.conditions import Truth, judged
from tests.support.metrics.sql_conditions import (
    SqlCondition,
    begins_with,
    between,
    both,
    by_arrow,
    coalesced,
    comparison,
    inverse,
    is_distinct,
    is_in,
    is_null,
    random_sql,
)

NOON_MS = 1_767_268_800_000  # 2026-01-01T12:00:00Z
RECORD = interaction(
    "ann", NOON_MS, {"country": "DE", "n": 5, "tags": ["a", 1], "action": "own", "flag": True, "no": None}
)
AT = "2026-01-01T13:00:00+01:00"


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ({}, True),
        ({"country": "DE", "n": 5}, True),
        ({"country": "DE", "n": 6}, False),
        ({"country": "DE", "missing": 1}, None),
        ({"missing": None, "no": None}, True),
        (leaf("missing", "neq", "DE"), None),
        ({"not": leaf("missing", "eq", "DE")}, None),
        (leaf("missing", "neq"), False),
        (leaf("no", "eq"), True),
        (leaf("n", "eq", "5"), None),
        ({"not": leaf("n", "eq", "5")}, None),
        (leaf("n", "gt", 4), True),
        (leaf("n", "lte", 4), False),
        (leaf("country", "lt", "DEU"), True),
        (leaf("country", "lt", "AT"), False),
        (leaf("tags", "contains", "a"), True),
        (leaf("tags", "contains", "1"), False),
        (leaf("country", "contains", "E"), True),
        (leaf("n", "contains", "5"), None),
        (leaf("country", "in", ["AT", "DE"]), True),
        (leaf("country", "not_in", ["AT"]), True),
        (leaf("missing", "not_in", ["AT"]), None),
        (leaf("tags", "exists"), True),
        ({"field": "missing", "op": "exists"}, False),
        (leaf("no", "exists", False), True),
        (leaf("tags", "eq", "a"), None),
        (leaf("action", "eq", "CREATE"), True),
        (leaf("data.action", "eq", "own"), True),
        (leaf("eventType", "exists"), False),
        (leaf("eventTime", "eq", AT), True),
        (leaf("eventTime", "gt", AT), False),
        ({"or": [leaf("missing", "eq", 1), leaf("n", "eq", 5)]}, True),
        ({"or": [leaf("missing", "eq", 1), leaf("n", "eq", 6)]}, None),
        ({"and": [leaf("missing", "eq", 1), leaf("n", "eq", 6)]}, False),
        ({"and": [leaf("missing", "eq", 1), leaf("n", "eq", 5)]}, None),
    ],
)
def test_conditions_are_true_false_or_unknown(condition: dict[str, Any], truth: Truth) -> None:
    assert judged(condition, RECORD) is truth


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (comparison("country", "<>", "AT"), True),
        (comparison("missing", "<>", "AT"), None),
        (inverse(comparison("missing", "=", "AT")), None),
        (by_arrow("n", "=", "5"), True),
        (is_null("missing"), True),
        (is_distinct("missing", 1), True),
        (is_distinct("n", 5), False),
        (between("n", 5, 6), True),
        (between("n", 6, 7), False),
        (is_in("country", ("AT", "DE")), True),
        (inverse(is_in("missing", ("AT", "DE"))), None),
        (begins_with("country", "D"), True),
        (begins_with("n", "5"), None),
        (coalesced("missing", "AT", "=", "AT"), True),
        (both(comparison("flag", "=", True), comparison("kind", "=", "interaction")), True),
    ],
)
def test_so_are_those_in_sql(condition: SqlCondition, truth: Truth) -> None:
    assert condition.judge(RECORD) is truth


def test_random_sql_is_the_same_for_the_same_seed() -> None:
    values: dict[str, list[Any]] = {"country": ["DE", "A'T"], "n": [1, 2], "flag": [True]}
    texts = {random_sql(random.Random(7), values).text for _ in range(3)}
    assert len(texts) == 1


def test_an_attribute_that_a_kind_lacks_is_null() -> None:
    assert judged(leaf("action", "exists", False), event("ann", NOON_MS)) is True
