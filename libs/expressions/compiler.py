"""Compiles expressions to closures over a record, and defines what expressions mean.

Logic is three-valued: a value is true, false or unknown (`None`, as null is). Comparing with null or between different
kinds is unknown, and so is its negation. Numbers compare as decimals, texts by code point. Objects and arrays are not
null, equal nothing and have no text. A cast, a function or an arithmetic operator that its operand does not fit is
null; so is whatever has to be searched in a text or an array that is too long. Nothing but the record is looked at: no
clock, no locale.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from functools import singledispatch
from typing import Any, Final, Protocol, TypeVar

from libs.expressions import form
from libs.expressions.form import Comparison, Expression, Function, Operator, ValueKind
from libs.expressions.letters import lower, upper
from libs.expressions.like import compile_like
from libs.expressions.numbers import EXACT
from libs.expressions.values import KINDS, MAX_ELEMENTS, cast, normal, searched_text

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)
Read = Callable[[R], object]
"""Reads a value of a record: text, number (`int`, `Decimal` or `float`), boolean, instant, None, or parsed JSON."""
Evaluate = Callable[[Any], object]


class Resolver(Protocol[R_contra]):
    """The readers of fields, for records of one type."""

    def attribute(self, name: str) -> Callable[[R_contra], object]:
        """Return the reader of an attribute; a record that lacks it gives None."""
        ...

    def path(self, path: tuple[str | int, ...]) -> Callable[[R_contra], object]:
        """Return the reader of a path into the data, as `libs.expressions.values.at_path` goes."""
        ...


def compile_condition(expression: Expression, resolver: Resolver[R]) -> Callable[[R], bool]:
    """Return the test of whether a record passes: the expression is true of it, not false or unknown."""
    evaluate = compile_expression(expression, resolver)
    return lambda record: evaluate(record) is True


def compile_expression(expression: Expression, resolver: Resolver[R]) -> Read[R]:
    """Return the function that gives the expression's value for a record; unknown is None."""
    parts = tuple(compile_expression(one, resolver) for one in form.operands(expression))
    if isinstance(expression, form.Field):
        return _field(expression, resolver)
    return _compile(expression, *parts)


def _field(field: form.Field, resolver: Resolver[R]) -> Read[R]:
    read = resolver.attribute(str(field.path[0])) if field.is_attribute else resolver.path(field.path)
    return lambda record: normal(read(record))


@singledispatch
def _compile(expression: Expression, *_: Evaluate) -> Evaluate:
    """Return the closure of an expression over the closures of its operands."""
    raise TypeError(f"{expression!r} is no expression")


@_compile.register
def _(expression: form.Literal) -> Evaluate:
    value = expression.value
    return lambda _: value


@_compile.register
def _(expression: form.Compare, left: Evaluate, right: Evaluate) -> Evaluate:
    if expression.operator in _NEVER_UNKNOWN:
        is_distinct = expression.operator is Comparison.DISTINCT
        return lambda record: _are_distinct(left(record), right(record)) is is_distinct
    compare = _COMPARISONS[expression.operator]

    def evaluate(record: object) -> object:
        one, other = left(record), right(record)
        kind = KINDS.get(type(one))
        return compare(one, other) if kind is not None and kind is KINDS.get(type(other)) else None

    return evaluate


@_compile.register
def _(expression: form.In, operand: Evaluate) -> Evaluate:
    by_kind: dict[ValueKind, set[object]] = {}
    for value in expression.values:
        by_kind.setdefault(KINDS[type(value)], set()).add(value)
    # A value is neither equal to one of another kind nor not: beside such a one, "none of them" is unknown.
    otherwise = False if len(by_kind) == 1 else None

    def evaluate(record: object) -> object:
        value = operand(record)
        kind = KINDS.get(type(value))
        if kind is None or (values := by_kind.get(kind)) is None:
            return None
        return True if value in values else otherwise

    return evaluate


@_compile.register
def _(expression: form.Like, operand: Evaluate) -> Evaluate:
    fold: Callable[[str], str] = lower if expression.ignores_case else str
    matches = compile_like(expression.pattern, expression.escape, fold)

    def evaluate(record: object) -> object:
        value = searched_text(operand(record))
        return None if value is None else matches(fold(value))

    return evaluate


@_compile.register
def _(_: form.IsNull, operand: Evaluate) -> Evaluate:
    return lambda record: operand(record) is None


@_compile.register
def _(expression: form.Truth, operand: Evaluate) -> Evaluate:
    value = expression.value
    return lambda record: operand(record) is value


@_compile.register
def _(expression: form.Cast, operand: Evaluate) -> Evaluate:
    convert = cast(expression.kind)
    return lambda record: convert(operand(record))


@_compile.register
def _(expression: form.Call, *arguments: Evaluate) -> Evaluate:
    return _CALLS[expression.function](*arguments)


@_compile.register
def _(expression: form.Arithmetic, left: Evaluate, right: Evaluate) -> Evaluate:
    calculate = _CALCULATIONS[expression.operator]

    def evaluate(record: object) -> object:
        one, other = left(record), right(record)
        if not (_is_number(one) and _is_number(other)):
            return None
        try:
            return calculate(one, other)
        except DecimalException:
            return None

    return evaluate


@_compile.register
def _(_: form.And, *conditions: Evaluate) -> Evaluate:
    return _decided_by(False, conditions)


@_compile.register
def _(_: form.Or, *conditions: Evaluate) -> Evaluate:
    return _decided_by(True, conditions)


@_compile.register
def _(_: form.Not, condition: Evaluate) -> Evaluate:
    def evaluate(record: object) -> object:
        value = condition(record)
        return not value if isinstance(value, bool) else None

    return evaluate


def _decided_by(decisive: bool, conditions: tuple[Evaluate, ...]) -> Evaluate:
    """Return the closure that is `decisive` where one condition is, else unknown where one is no boolean."""

    def evaluate(record: object) -> object:
        result: bool | None = not decisive
        for condition in conditions:
            value = condition(record)
            if value is decisive:
                return decisive
            if not isinstance(value, bool):
                result = None
        return result

    return evaluate


def _are_distinct(one: object, other: object) -> bool:
    if one is None or other is None:
        return one is not other
    kind = KINDS.get(type(one))
    return kind is None or kind is not KINDS.get(type(other)) or one != other


def _is_number(value: object) -> bool:
    return KINDS.get(type(value)) is ValueKind.NUMBER


def _of_text(change: Callable[[str], object]) -> Callable[[Evaluate], Evaluate]:
    def call(argument: Evaluate) -> Evaluate:
        def evaluate(record: object) -> object:
            value = searched_text(argument(record))
            return None if value is None else change(value)

        return evaluate

    return call


def _length(argument: Evaluate) -> Evaluate:
    def evaluate(record: object) -> object:
        value = argument(record)
        return len(value) if isinstance(value, str) else None

    return evaluate


def _abs(argument: Evaluate) -> Evaluate:
    def evaluate(record: object) -> object:
        value: Any = argument(record)
        if not _is_number(value):
            return None
        return value.copy_abs() if isinstance(value, Decimal) else abs(value)

    return evaluate


def _coalesce(*arguments: Evaluate) -> Evaluate:
    return lambda record: next((value for one in arguments if (value := one(record)) is not None), None)


def _nullif(argument: Evaluate, null: Evaluate) -> Evaluate:
    def evaluate(record: object) -> object:
        value = argument(record)
        return value if value is None or _are_distinct(value, null(record)) else None

    return evaluate


def _contains(whole: Evaluate, part: Evaluate) -> Evaluate:
    def evaluate(record: object) -> object:
        value, sought = whole(record), part(record)
        if isinstance(value, list):
            if sought is None or len(value) > MAX_ELEMENTS:
                return None
            return any(not _are_distinct(normal(element), sought) for element in value)
        text = searched_text(value)
        return sought in text if text is not None and isinstance(sought, str) else None

    return evaluate


_NEVER_UNKNOWN: Final = frozenset({Comparison.DISTINCT, Comparison.SAME})
_COMPARISONS: Final[Mapping[Comparison, Callable[[Any, Any], bool]]] = {
    Comparison.EQ: operator.eq,
    Comparison.NEQ: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LTE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GTE: operator.ge,
}
_CALCULATIONS: Final[Mapping[Operator, Callable[[Any, Any], Decimal]]] = {
    Operator.ADD: EXACT.add,
    Operator.SUBTRACT: EXACT.subtract,
    Operator.MULTIPLY: EXACT.multiply,
}
_CALLS: Final[Mapping[Function, Callable[..., Evaluate]]] = {
    Function.LOWER: _of_text(lower),
    Function.UPPER: _of_text(upper),
    Function.TRIM: _of_text(lambda text: text.strip(" ")),
    Function.LENGTH: _length,
    Function.ABS: _abs,
    Function.COALESCE: _coalesce,
    Function.NULLIF: _nullif,
    Function.CONTAINS: _contains,
}
