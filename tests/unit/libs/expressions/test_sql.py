"""Conditions in SQL: what is read, what is refused and where, and that nothing else happens to any text."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.expressions import form
from libs.expressions.errors import InvalidSql
from libs.expressions.form import Comparison, Expression, Field, Function, Literal, Operator, ValueKind
from libs.expressions.sql.parser import parse_sql
from tests.support.expressions import ATTRIBUTES, as_text, conditions

A, B = Field(("a",)), Field(("b",))
KIND, TIME = Field(("kind",), ValueKind.TEXT), Field(("eventTime",), ValueKind.INSTANT)
UNIT_OF_WORK = Field(("correlationId",), ValueKind.TEXT)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEXT_OF_N = form.Cast(Field(("n",)), ValueKind.TEXT)


def number(text: str) -> Literal:
    return Literal(Decimal(text))


READ: dict[str, Expression] = {
    "a": A,
    "a = 'it''s'": form.Compare(A, Comparison.EQ, Literal("it's")),
    "a <> 1": form.Compare(A, Comparison.NEQ, number("1")),
    "a != 1.50": form.Compare(A, Comparison.NEQ, number("1.5")),
    "a < 1e2": form.Compare(A, Comparison.LT, number("100")),
    "a <= -5": form.Compare(A, Comparison.LTE, number("-5")),
    "a > b": form.Compare(A, Comparison.GT, B),
    "A >= b": form.Compare(Field(("A",)), Comparison.GTE, B),
    "a = true": form.Compare(A, Comparison.EQ, Literal(True)),
    "a is null": form.IsNull(A),
    "a IS NOT NULL": form.Not(form.IsNull(A)),
    "a is true": form.Truth(A, True),
    "a is not false": form.Not(form.Truth(A, False)),
    "a is distinct from b": form.Compare(A, Comparison.DISTINCT, B),
    "a is not distinct from null": form.Compare(A, Comparison.SAME, Literal(None)),
    "a between 1 and 2": form.And(
        (form.Compare(A, Comparison.GTE, number("1")), form.Compare(A, Comparison.LTE, number("2")))
    ),
    "a not in ('x', 2)": form.Not(form.In(A, ("x", Decimal(2)))),
    "a like 'x%'": form.Like(A, "x%"),
    "a not ilike 'x!%' escape '!'": form.Not(form.Like(A, "x!%", "!", ignores_case=True)),
    "not a and b or a": form.Or((form.And((form.Not(A), B)), A)),
    "not (a or b)": form.Not(form.Or((A, B))),
    "a and b and a": form.And((A, B, A)),
    "a + b * 2 = 0": form.Compare(
        form.Arithmetic(A, Operator.ADD, form.Arithmetic(B, Operator.MULTIPLY, number("2"))), Comparison.EQ, number("0")
    ),
    "-a = 1": form.Compare(form.Arithmetic(number("0"), Operator.SUBTRACT, A), Comparison.EQ, number("1")),
    "a.b.\"c d\".case": Field(("a", "b", "c d", "case")),
    "data.kind = kind": form.Compare(Field(("kind",)), Comparison.EQ, KIND),
    "data": Field(("data",)),
    "order is null and type is null": form.And((form.IsNull(Field(("order",))), form.IsNull(Field(("type",))))),
    "event_time >= '2026-01-15T12:00:00Z'": form.Compare(TIME, Comparison.GTE, Literal(NOON)),
    "eventTime in ('2026-01-15T12:00:00Z')": form.In(TIME, (NOON,)),
    "timestamptz '2026-01-15T13:00:00+01:00' < a": form.Compare(Literal(NOON), Comparison.LT, A),
    "uow_id = correlationId": form.Compare(UNIT_OF_WORK, Comparison.EQ, UNIT_OF_WORK),
    "data->>'n' = '5'": form.Compare(TEXT_OF_N, Comparison.EQ, Literal("5")),
    "data->'x.y'->0->>'$z' is null": form.IsNull(form.Cast(Field(("x.y", 0, "$z")), ValueKind.TEXT)),
    "(a.b->>'c')::numeric > 5": form.Compare(
        form.Cast(form.Cast(Field(("a", "b", "c")), ValueKind.TEXT), ValueKind.NUMBER), Comparison.GT, number("5")
    ),
    "cast(a as boolean)": form.Cast(A, ValueKind.BOOLEAN),
    "lower(trim(a)) = upper(b)": form.Compare(
        form.Call(Function.LOWER, (form.Call(Function.TRIM, (A,)),)), Comparison.EQ, form.Call(Function.UPPER, (B,))
    ),
    "length(a) > abs(b)": form.Compare(form.Call(Function.LENGTH, (A,)), Comparison.GT, form.Call(Function.ABS, (B,))),
    "coalesce(a, b, true)": form.Call(Function.COALESCE, (A, B, Literal(True))),
    "nullif(a, false)": form.Call(Function.NULLIF, (A, Literal(False))),
}  # fmt: skip

CLOCK = "a condition may not change with time"
CAST_ONE = "cast one of them, as in (data->>'n')::numeric"
REFUSED = {
    "": "column 1: a condition is expected",
    "a\n  = 1 -- c": "line 2, column 7: a condition has no comments",
    "a /* c */ = 1": "column 3: a condition has no comments",
    "a = 1; b": "column 6: a condition is one expression",
    "a = $1": "column 5: there are no parameters",
    "a = :b": "column 5: there are no parameters",
    "a = ?": "column 5: there are no parameters",
    "a = E'x'": "column 5: a text is written '…', without a letter",
    "a = U&'x'": "column 5: a text is written '…', without a letter",
    "a = $$x$$": "column 5: a text is written '…', without dollar signs",
    "a = 'x": "column 5: a text that begins with ' does not end",
    'a = "x': 'column 5: a text that begins with " does not end',
    "a == 1": "column 3: '==' is not expected",
    "a || 'x' = 'y'": "column 3: '||' is not expected",
    "a ~ 'x'": "column 3: '~' is not expected",
    "a[1] = 2": "column 2: '[' is not expected",
    "a / 2 = 1": "column 3: '/' is not expected",
    "a = +5": "column 5: a plus stands between two numbers",
    "a = .5": "column 5: a digit is expected before a point",
    "items.0.x = 1": "column 7: a name is expected after a point; an index is written ->0",
    "a = 1e1000": "column 5: the number is out of bounds",
    "a b": "column 3: an operator is expected before this",
    "'a' 'b' = a": "column 5: an operator is expected before this",
    "a and": "column 3: this cannot be read here",
    "(a": "column 3: a ')' is missing",
    "a)": "column 2: this ')' closes nothing",
    "(a, b) = 1": "column 2: this is no part of conditions",
    "exists (select 1)": "column 1: a condition looks at one record: there are no sub-queries",
    "a = (select 1)": "column 6: a condition looks at one record: there are no sub-queries",
    "now() > eventTime": f"column 1: {CLOCK}",
    "eventTime < current_timestamp": f"column 13: {CLOCK}",
    "random() > 0": "column 1: there is no function random; there are cast, lower,",
    "lower(distinct a) = 'x'": "column 7: 'distinct' is expected in 'is distinct from' only",
    "trim(a from b) = 'x'": "column 8: 'from' is expected in 'is distinct from' only",
    "case when a then b end": "column 1: write conditions with 'and' and 'or'",
    "a between symmetric 2 and 1": "column 11: give the lower bound first",
    "a::int = 1": "column 4: one of the types numeric, text, boolean, timestamptz is expected",
    "a::numeric(3) = 1": "column 11: types have no length",
    "a in (b)": "column 7: a literal is expected, and not null",
    "a in (1, null)": "column 10: a literal is expected, and not null",
    "a = null": "column 3: comparing with null is never true: write 'is null'",
    "a like b": "column 8: this is not expected here",
    "a like 'x\\'": "column 8: a pattern does not end with its escape character",
    "a like 'x' escape 'yz'": "column 8: an escape is one character, or none",
    "data->>'n' > 5": f"column 12: a text never compares to a number: {CAST_ONE}",
    "data->>'n'::numeric > 5": "column 8: a key or an index is expected; put parentheses around",
    "data->'n' is null": "column 1: a chain of arrows ends with ->>",
    "data->-1->>'n' = 'x'": "column 8: a key or an index is expected",
    "data->1.5->>'n' = 'x'": "column 7: an index is expected",
    "kind->>'n' = 'x'": "column 1: an attribute has no members",
    "kind = 5": f"column 6: a text never compares to a number: {CAST_ONE}",
    "eventTime > '2026-01-15'": "column 11: a time such as '2026-01-15T10:30:00Z' is expected, not the text",
    "'x'::numeric > 5": "column 1: the text 'x' is never a number",
    "eventTime::numeric > 5": "column 1: an instant is never a number",
    "kind": "column 1: a condition is expected, not a text",
    "a and length(b)": "column 14: a condition is expected, not a number",
    "kind is true": "column 6: a condition is expected, not a text",
    "kind + 1 = 2": "column 1: a number is expected, not a text",
    "1 like 'x'": "column 3: a text is expected, not a number",
    "abs(kind) = 1": "column 5: a number is expected, not a text",
    "a = not b": "column 9: parentheses are expected around a condition that is compared",
}  # fmt: skip
HOSTILE = {
    "(" * 2_000: "column 33: at most 32 levels",
    "(" * 60 + "a" + ")" * 60: "column 33: at most 32 levels",
    "not " * 499 + "a": "column 129: at most 32 levels",
    "a = " + "- " * 900 + "1": "at most 32 levels",
    "lower(" * 300 + "a": "at most 32 levels",
    "not lower(" * 33 + "a": "at most 32 levels",
    "a and " * 300 + "a": "at most 200 names",
    "a + " * 40 + "a = 1": "at most 32 levels",
    "a = " * 300 + "a": "parentheses are expected around",
    "a::text" + "::text" * 300 + " = 'x'": "at most 32 levels",
    "a" + "->'x'" * 300 + "->>'x' = 'x'": "at most 200 names",
    "a in (" + "1," * 100 + "1)": "1 to 100 values are expected",
    "a = '" + "x" * 2_000 + "'": "column 2001: at most 2,000 characters",
    "a = " + "9" * 1_500: "the number is out of bounds",
    "a = 1e" + "9" * 500: "the number is out of bounds",
}
WITHIN_BOUNDS = (
    "(" * 31 + "a" + ")" * 31,
    "not " * 31 + "a",
    "not (" * 15 + "a" + ")" * 15,
    "coalesce(" * 31 + "a" + ")" * 31,
    "coalesce(nullif(" * 15 + "a" + ", b))" * 15,
    "a and " * 99 + "a",
    "((a between b and 2)::text between 'a' and 'b')",
)
_TOKENS = [
    "a", "data", "kind", "eventTime", "1", "1.5", "'x'", "'2026-01-15T10:30:00Z'", "null", "true", "(", ")", ",",
    ".", "=", "<>", "<", "+", "-", "*", "->", "->>", "::", "and", "or", "not", "is", "distinct", "from", "between",
    "in", "like", "ilike", "escape", "cast(", "as", "text", "numeric", "timestamptz", "lower(", "coalesce(",
    "nullif(", "trim(", ";", "--", "/*", '"', "$", "any", "if", "row", "array", "[", "]", "?", "@", "E'x'", "0x1",
    "select", "isnull", "é", "\0",
]  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_a_condition_is_read(text: str) -> None:
    assert parse_sql(text, ATTRIBUTES) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_all_else_is_refused_with_its_place_and_advice(text: str) -> None:
    with pytest.raises(InvalidSql) as refused:
        parse_sql(text, ATTRIBUTES)
    assert str(refused.value).removeprefix("line 1, ").startswith(REFUSED[text])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_condition_is_refused_by_a_bound(text: str) -> None:
    with pytest.raises(InvalidSql) as refused:
        parse_sql(text, ATTRIBUTES)
    assert HOSTILE[text] in str(refused.value)


@pytest.mark.parametrize("text", WITHIN_BOUNDS)
def test_a_condition_within_the_bounds_is_read_however_deep_its_caller_is(text: str) -> None:
    def deeper(levels: int) -> Expression:
        return deeper(levels - 1) if levels else parse_sql(text, ATTRIBUTES)

    assert form.size(deeper(500)) <= 200


def test_between_counts_its_operand_twice_so_that_nesting_cannot_double_the_work_without_end() -> None:
    text = "a"
    for _ in range(10):
        text = f"({text} between 'a' and 'b')::text"
    with pytest.raises(InvalidSql, match="at most 200 names"):
        parse_sql(f"{text} = 'true'", ATTRIBUTES)


@given(conditions(depth=2))
@settings(max_examples=60)
def test_the_text_of_a_condition_is_read_as_the_condition(expression: Expression) -> None:
    assert parse_sql(as_text(expression), ATTRIBUTES) == expression


@given(st.lists(st.sampled_from(_TOKENS), max_size=12).map(" ".join) | st.lists(st.sampled_from(_TOKENS)).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidSql):
        assert form.size(parse_sql(text, ATTRIBUTES)) <= 200


def test_nothing_but_the_parser_loads_sqlglot() -> None:
    code = "import sys, libs.expressions.conditions, libs.expressions.compiler; print('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
