"""The intermediate form of conditions: immutable, and the same from whichever text it was parsed.

Every expression has a value: text, number, boolean, instant, or none (null, unknown). A condition is an expression that
passes where its value is true. `libs.expressions.compiler` defines what each expression means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

Scalar = str | int | Decimal | bool | datetime
"""A value with a kind; an `int` and a `Decimal` are numbers."""


class ValueKind(StrEnum):
    """The kinds of values. Only values of one kind compare."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"


class Comparison(StrEnum):
    """Operators of `Compare`, as SQL spells them. The last two tell null from a value, so they are never unknown."""

    EQ = "="
    NEQ = "<>"
    LT = "<"
    LTE = "<="
    GT = ">"
    GTE = ">="
    DISTINCT = "is distinct from"
    SAME = "is not distinct from"


class Function(StrEnum):
    """Functions of `Call`. `contains` asks for a part of a text or an element of an array."""

    LOWER = "lower"
    UPPER = "upper"
    TRIM = "trim"
    LENGTH = "length"
    ABS = "abs"
    COALESCE = "coalesce"
    NULLIF = "nullif"
    CONTAINS = "contains"


class Operator(StrEnum):
    """Operators of `Arithmetic`."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute of the record (`path` is its name, `kind` its kind), or a path into the record's data.

    A segment of a path is a key, its digits also the index of an array's element; an `int` is only an index.
    """

    path: tuple[str | int, ...]
    kind: ValueKind | None = None

    @property
    def is_attribute(self) -> bool:
        return self.kind is not None


@dataclass(frozen=True, slots=True)
class Literal:
    value: Scalar | None


@dataclass(frozen=True, slots=True)
class Compare:
    left: Expression
    operator: Comparison
    right: Expression


@dataclass(frozen=True, slots=True)
class In:
    """Whether one of `values` equals the operand."""

    operand: Expression
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """Whether `pattern` matches a text from end to end: `%` is any text, `_` any character.

    After `escape` a character stands for itself; an empty `escape` is none.
    """

    operand: Expression
    pattern: str
    escape: str = "\\"
    ignores_case: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether the operand is the boolean `value`: false where it is null."""

    operand: Expression
    value: bool


@dataclass(frozen=True, slots=True)
class Cast:
    operand: Expression
    kind: ValueKind


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    left: Expression
    operator: Operator
    right: Expression


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression


Expression = (
    Field | Literal | Compare | In | Like | IsNull | Truth | Cast | Call | Arithmetic | And | Or | Not
)  # fmt: skip


def operands(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions that `expression` is made of, in their order."""
    match expression:
        case Field() | Literal():
            return ()
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Call(arguments=several) | And(operands=several) | Or(operands=several):
            return several
        case _:
            return (expression.operand,)


def size(expression: Expression) -> int:
    """Return the number of expressions in `expression`, itself among them."""
    return 1 + sum(map(size, operands(expression)))
