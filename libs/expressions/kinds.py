"""The kind that an expression's value has whatever the record, and expressions that can never fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from libs.expressions import form
from libs.expressions.errors import KindsDiffer, NeverFits
from libs.expressions.form import Expression, Function, ValueKind
from libs.expressions.values import KINDS, cast, parse_instant

_TAKES_KIND: Final[Mapping[Function, ValueKind]] = {
    Function.LOWER: ValueKind.TEXT,
    Function.UPPER: ValueKind.TEXT,
    Function.TRIM: ValueKind.TEXT,
    Function.LENGTH: ValueKind.TEXT,
    Function.ABS: ValueKind.NUMBER,
}
_RETURNS: Final[Mapping[Function, ValueKind]] = {
    **_TAKES_KIND,
    Function.LENGTH: ValueKind.NUMBER,
    Function.CONTAINS: ValueKind.BOOLEAN,
}
_TIME: Final = "a time such as '2026-01-15T10:30:00Z' is expected"


def kind_of(expression: Expression) -> ValueKind | None:
    """Return the kind of the expression's value; None where the record decides, and for null."""
    match expression:
        case form.Field(kind=kind) | form.Cast(kind=kind):
            return kind
        case form.Literal(value=value):
            return KINDS.get(type(value))
        case form.Arithmetic():
            return ValueKind.NUMBER
        case form.Call(function=Function.COALESCE | Function.NULLIF, arguments=arguments):
            return next((kind for one in arguments if (kind := kind_of(one)) is not None), None)
        case form.Call(function=function):
            return _RETURNS[function]
        case _:
            return ValueKind.BOOLEAN


def meeting(*expressions: Expression) -> tuple[Expression, ...]:
    """Return expressions that are compared with each other; texts beside an instant are read as instants.

    Raises KindsDiffer when two of them have different kinds whatever the record, NeverFits for a text that is no time.
    """
    if ValueKind.INSTANT in map(kind_of, expressions):
        expressions = tuple(map(_as_instant, expressions))
    kinds = dict.fromkeys(kind for one in expressions if (kind := kind_of(one)) is not None)
    if len(kinds) > 1:
        one, other, *_ = kinds
        raise KindsDiffer(f"{article(one)} never compares to {article(other)}")
    return expressions


def require(expression: Expression, kind: ValueKind) -> Expression:
    """Return the expression. Raises NeverFits when its value is of another kind whatever the record."""
    if kind_of(expression) not in {None, kind}:
        wanted = "a condition" if kind is ValueKind.BOOLEAN else article(kind)
        raise NeverFits(f"{wanted} is expected, not {_described(expression)}")
    return expression


def call(function: Function, arguments: tuple[Expression, ...]) -> form.Call:
    """Return the call of a function. Raises NeverFits for arguments of a kind that it gives null for."""
    if (kind := _TAKES_KIND.get(function)) is not None:
        for argument in arguments:
            require(argument, kind)
    elif function is not Function.CONTAINS:
        arguments = meeting(*arguments)
    return form.Call(function, arguments)


def casting(operand: Expression, kind: ValueKind) -> Expression:
    """Return the operand as `kind`; a text in quotes for an instant is that instant.

    Raises NeverFits for a cast that is null whatever the record.
    """
    if isinstance(operand, form.Literal) and operand.value is not None:
        value = cast(kind)(operand.value)
        if value is None:
            advice = f": {_TIME}" if kind is ValueKind.INSTANT else ""
            raise NeverFits(f"{_described(operand)} is never {article(kind)}{advice}")
    source = kind_of(operand)
    if source is not None and ValueKind.TEXT not in {source, kind} and source is not kind:
        raise NeverFits(f"{article(source)} is never {article(kind)}")
    if kind is ValueKind.INSTANT and source is ValueKind.TEXT and isinstance(operand, form.Literal):
        return _as_instant(operand)
    return form.Cast(operand, kind)


def article(kind: ValueKind) -> str:
    """Return the kind in words, as `a text`."""
    return f"an {kind}" if kind is ValueKind.INSTANT else f"a {kind}"


def _as_instant(expression: Expression) -> Expression:
    if not (isinstance(expression, form.Literal) and isinstance(expression.value, str)):
        return expression
    if (instant := parse_instant(expression.value)) is None:
        raise NeverFits(f"{_TIME}, not {_described(expression)}")
    return form.Literal(instant)


def _described(expression: Expression) -> str:
    if isinstance(expression, form.Literal) and isinstance(expression.value, str):
        text = expression.value if len(expression.value) <= 40 else f"{expression.value[:40]}…"
        return f"the text {text!r}"
    kind = kind_of(expression)
    return article(kind) if kind is not None else "null"
