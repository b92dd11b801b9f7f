"""Conditions in JSON: what is read, and what is refused, with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from libs.expressions import form
from libs.expressions.conditions import parse_conditions
from libs.expressions.errors import InvalidCondition
from libs.expressions.form import Comparison, Expression, Field, Function, Literal, ValueKind
from libs.expressions.names import fields, first_segments
from tests.support.expressions import ATTRIBUTES

A = Field(("a",))
KIND = Field(("kind",), ValueKind.TEXT)
TIME = Field(("eventTime",), ValueKind.INSTANT)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def leaf(op: str, value: Any, field: str = "a") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def equal(field: Field, value: Any) -> form.Compare:
    return form.Compare(field, Comparison.EQ, Literal(value))


def negated(times: int, expression: Expression) -> Expression:
    return form.Not(negated(times - 1, expression)) if times else expression


def nested(depth: int) -> dict[str, Any]:
    return {"not": nested(depth - 1)} if depth > 1 else {"a": 1}


READ: list[tuple[dict[str, Any], Expression]] = [
    ({}, Literal(True)),
    ({"a": 1}, equal(A, 1)),
    ({"a": None, "value": "x"}, form.And((form.IsNull(A), equal(Field(("value",)), "x")))),
    ({"and": [{"a": 1}, {"kind": "event"}]}, form.And((equal(A, 1), equal(KIND, "event")))),
    ({"or": [{"not": {"a": True}}]}, form.Or((form.Not(equal(A, True)),))),
    (leaf("eq", None), form.IsNull(A)),
    (leaf("neq", None), form.Not(form.IsNull(A))),
    (leaf("neq", "DE"), form.Compare(A, Comparison.NEQ, Literal("DE"))),
    (leaf("gt", 0.1), form.Compare(A, Comparison.GT, Literal(Decimal("0.1")))),
    (leaf("gte", 1, "data.kind"), form.Compare(Field(("kind",)), Comparison.GTE, Literal(1))),
    (leaf("lt", 1, "a.0.b"), form.Compare(Field(("a", "0", "b")), Comparison.LT, Literal(1))),
    (leaf("lte", "2026-01-15T13:00:00+01:00", "eventTime"), form.Compare(TIME, Comparison.LTE, Literal(NOON))),
    (leaf("in", ["x", 2]), form.In(A, ("x", 2))),
    (leaf("not_in", ["x"]), form.Not(form.In(A, ("x",)))),
    (leaf("contains", "x"), form.Call(Function.CONTAINS, (A, Literal("x")))),
    ({"field": "a", "op": "exists"}, form.Not(form.IsNull(A))),
    (leaf("exists", False), form.IsNull(A)),
    (nested(8), negated(7, equal(A, 1))),
]  # fmt: skip
REFUSED: list[tuple[Any, str]] = [
    ([], "an object is expected"),
    ({"and": []}, "and: a list of conditions is expected"),
    ({"or": {"a": 1}}, "or: a list of conditions is expected"),
    ({"and": [{"a": 1}, 5]}, "and[1]: an object is expected"),
    ({"and": [{"a": 1}], "b": 1}, "b: 'and' stands alone in its object; a field of that name is written 'data.and'"),
    ({"a": {"b": 1}}, "a: a text, number, boolean or null is expected"),
    ({"a": [1]}, "a: a text, number, boolean or null is expected"),
    ({"a..b": 1}, "a..b: a name, or a text between two dots, is missing"),
    ({"x" * 10_000: 1}, f"{'x' * 200}…: the name of a field is expected, of 1 to 200 characters"),
    ({"field": "a", "value": 1}, "op: one of eq, neq, gt, gte, lt, lte, in, not_in, contains, exists is expected"),
    (leaf("like", "x"), "op: one of eq,"),
    ({"op": "eq", "value": 1}, "field: the name of a field is expected"),
    (leaf("eq", 1) | {"fields": 1}, "fields: only 'field', 'op' and 'value' are expected"),
    ({"field": "a", "op": "gt"}, "value: a text, number or boolean is expected"),
    (leaf("gt", None), "value: a text, number or boolean is expected"),
    (leaf("eq", [1]), "value: a text, number or boolean is expected"),
    (leaf("eq", float("nan")), "value: the number is out of bounds"),
    (leaf("eq", Decimal("1e1000000")), "value: the number is out of bounds"),
    (leaf("eq", 10**5_000), "value: the number is out of bounds"),
    (leaf("eq", "x" * 2_001), "value: at most 2,000 characters are expected"),
    (leaf("eq", 1, "kind"), "value: a text never compares to a number"),
    (leaf("gt", "yesterday", "eventTime"), "value: a time such as '2026-01-15T10:30:00Z' is expected"),
    (leaf("contains", 5, "kind"), "value: only a text contains, and only a text"),
    (leaf("in", []), "value: a list of 1 to 100 values is expected"),
    (leaf("in", [1] * 101), "value: a list of 1 to 100 values is expected"),
    (leaf("in", [1, None]), "value[1]: a text, number or boolean is expected"),
    (leaf("exists", 1), "value: true or false is expected"),
    (nested(9), "not.not.not.not.not.not.not.not: at most 8 levels are expected"),
    ({"and": [{"a": 1}] * 101}, "and: at most 100 conditions are expected"),
    ({"or": [{"and": [{"a": 1}] * 60}] * 2}, "or[1].and[40]: at most 100 conditions are expected"),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "expression"), READ)
def test_conditions_are_read(conditions: dict[str, Any], expression: Expression) -> None:
    assert parse_conditions(conditions, ATTRIBUTES) == expression


@pytest.mark.parametrize(("conditions", "reason"), REFUSED)
def test_all_else_is_refused_with_its_place(conditions: Any, reason: str) -> None:
    with pytest.raises(InvalidCondition) as refused:
        parse_conditions(conditions, ATTRIBUTES)
    assert str(refused.value).startswith(reason)


def test_an_expression_tells_which_fields_and_members_of_the_data_it_looks_at() -> None:
    expression = parse_conditions({"and": [{"kind": "event"}, {"a.b": 1, "data.kind": 2}]}, ATTRIBUTES)
    assert fields(expression) == {KIND, Field(("a", "b")), Field(("kind",))}
    assert first_segments(expression) == {"a", "kind"}
