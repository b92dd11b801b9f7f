"""Conditions in JSON: `{"and": […]}`, `{"or": […]}`, `{"not": …}`, `{"field", "op", "value"}`, or a flat object.

A flat object, `{"country": "DE"}`, says what each of its fields equals. `{}` passes every record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from libs.expressions import form
from libs.expressions.errors import InvalidCondition, NeverFits
from libs.expressions.form import Comparison, Expression, Field, Function, Scalar
from libs.expressions.kinds import kind_of, meeting
from libs.expressions.names import Attributes
from libs.expressions.numbers import is_within_bounds
from libs.expressions.values import normal

MAX_DEPTH: Final = 8
MAX_LEAVES: Final = 100
MAX_VALUES: Final = 100
MAX_NAME_CHARACTERS: Final = 200
MAX_TEXT_CHARACTERS: Final = 2_000
_COMBINING: Final = ("and", "or", "not")
_MEMBERS: Final = ("field", "op", "value")
_ABSENT: Final = object()
_PASSES: Final = form.Literal(True)


def parse_conditions(conditions: object, attributes: Attributes) -> Expression:
    """Return the expression of conditions in parsed JSON. Raises InvalidCondition."""
    return _Parser(attributes).parse(conditions, "", MAX_DEPTH)


def segments_of(name: object) -> list[str]:
    """Return the segments of a field's dotted name; raises ValueError for what is none."""
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise ValueError(f"the name of a field is expected, of 1 to {MAX_NAME_CHARACTERS} characters")
    segments = name.split(".")
    if not all(segments):
        raise ValueError("a name, or a text between two dots, is missing")
    return segments


class _Parser:
    """Parses one object and counts its leaves."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._leaves = 0

    def parse(self, node: object, place: str, depth: int) -> Expression:
        if not isinstance(node, Mapping):
            raise InvalidCondition(place, "an object is expected")
        if depth == 0:
            raise InvalidCondition(place, f"at most {MAX_DEPTH} levels are expected")
        if any(name in node for name in _COMBINING):
            return self._combined(node, place, depth)
        if "field" in node or "op" in node:
            return self._leaf(node, place)
        return self._flat(node, place)

    def _combined(self, node: Mapping[str, object], place: str, depth: int) -> Expression:
        name = next(name for name in _COMBINING if name in node)
        if len(node) > 1:
            other = next(key for key in node if key != name)
            reason = f"{name!r} stands alone in its object; a field of that name is written 'data.{name}'"
            raise InvalidCondition(_member(place, other), reason)
        place, inner = _member(place, name), node[name]
        if name == "not":
            return form.Not(self.parse(inner, place, depth - 1))
        if not isinstance(inner, list) or not inner:
            raise InvalidCondition(place, "a list of conditions is expected")
        if len(inner) > MAX_LEAVES:
            raise _too_many(place)
        operands = tuple(self.parse(one, f"{place}[{at}]", depth - 1) for at, one in enumerate(inner))
        return form.And(operands) if name == "and" else form.Or(operands)

    def _flat(self, node: Mapping[str, object], place: str) -> Expression:
        equalities = []
        for name, value in node.items():
            self._count_leaf(place)
            at = _member(place, name)
            if isinstance(value, list | Mapping):
                raise InvalidCondition(at, "a text, number, boolean or null is expected; other conditions have an 'op'")
            equalities.append(_equality(self._field(name, at), value, at))
        if not equalities:
            return _PASSES
        return equalities[0] if len(equalities) == 1 else form.And(tuple(equalities))

    def _leaf(self, node: Mapping[str, object], place: str) -> Expression:
        self._count_leaf(place)
        for name in node:
            if name not in _MEMBERS:
                raise InvalidCondition(_member(place, name), "only 'field', 'op' and 'value' are expected")
        at = _member(place, "op")
        parse = _OPERATORS.get(op) if isinstance(op := node.get("op"), str) else None
        if parse is None:
            raise InvalidCondition(at, f"one of {', '.join(_OPERATORS)} is expected")
        field = self._field(node.get("field"), _member(place, "field"))
        return parse(field, node.get("value", _ABSENT), _member(place, "value"))

    def _field(self, name: object, place: str) -> Field:
        try:
            return self._attributes.field(segments_of(name))
        except ValueError as error:
            raise InvalidCondition(place, str(error)) from None

    def _count_leaf(self, place: str) -> None:
        self._leaves += 1
        if self._leaves > MAX_LEAVES:
            raise _too_many(place)


def _too_many(place: str) -> InvalidCondition:
    return InvalidCondition(place, f"at most {MAX_LEAVES} conditions are expected")


def _equality(field: Field, value: object, place: str) -> Expression:
    if value is None:
        return form.IsNull(field)
    return _compare(Comparison.EQ)(field, value, place)


def _inequality(field: Field, value: object, place: str) -> Expression:
    if value is None:
        return form.Not(form.IsNull(field))
    return _compare(Comparison.NEQ)(field, value, place)


def _compare(operator: Comparison) -> _Leaf:
    def parse(field: Field, value: object, place: str) -> Expression:
        left, right = _meeting(place, field, form.Literal(_scalar(value, place)))
        return form.Compare(left, operator, right)

    return parse


def _in(field: Field, value: object, place: str) -> Expression:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        raise InvalidCondition(place, f"a list of 1 to {MAX_VALUES} values is expected")
    values: list[Scalar] = []
    for at, one in enumerate(value):
        literal = form.Literal(_scalar(one, f"{place}[{at}]"))
        _, met = _meeting(f"{place}[{at}]", field, literal)
        if isinstance(met, form.Literal) and met.value is not None:
            values.append(met.value)
    return form.In(field, tuple(values))


def _not_in(field: Field, value: object, place: str) -> Expression:
    return form.Not(_in(field, value, place))


def _contains(field: Field, value: object, place: str) -> Expression:
    literal = form.Literal(_scalar(value, place))
    if kind_of(field) is not None and not (kind_of(field) == "text" and isinstance(value, str)):
        raise InvalidCondition(place, "only a text contains, and only a text")
    return form.Call(Function.CONTAINS, (field, literal))


def _exists(field: Field, value: object, place: str) -> Expression:
    if not (value is _ABSENT or isinstance(value, bool)):
        raise InvalidCondition(place, "true or false is expected")
    return form.IsNull(field) if value is False else form.Not(form.IsNull(field))


def _scalar(value: object, place: str) -> Scalar:
    value = normal(value)
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
        raise InvalidCondition(place, f"at most {MAX_TEXT_CHARACTERS:,} characters are expected")
    if isinstance(value, str | bool):
        return value
    if not isinstance(value, int | Decimal):
        raise InvalidCondition(place, "a text, number or boolean is expected")
    if not is_within_bounds(value):
        raise InvalidCondition(place, "the number is out of bounds")
    return value


def _meeting(place: str, *expressions: Expression) -> tuple[Expression, ...]:
    try:
        return meeting(*expressions)
    except NeverFits as error:
        raise InvalidCondition(place, str(error)) from None


def _member(place: str, name: str) -> str:
    shown = name if len(name) <= MAX_NAME_CHARACTERS else f"{name[:MAX_NAME_CHARACTERS]}…"
    return f"{place}.{shown}" if place else shown


_Leaf = Callable[[Field, object, str], Expression]
_OPERATORS: Final[Mapping[str, _Leaf]] = {
    "eq": _equality,
    "neq": _inequality,
    "gt": _compare(Comparison.GT),
    "gte": _compare(Comparison.GTE),
    "lt": _compare(Comparison.LT),
    "lte": _compare(Comparison.LTE),
    "in": _in,
    "not_in": _not_in,
    "contains": _contains,
    "exists": _exists,
}
