"""Conditions in SQL, with the semantics of PostgreSQL where it has one, and parsed by sqlglot.

It loads sqlglot: import this module where conditions are parsed, not where they are run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import TokenType

from libs.expressions import form
from libs.expressions.errors import InvalidSql, KindsDiffer, NeverFits
from libs.expressions.form import Comparison, Expression, Function, Operator, Scalar, ValueKind
from libs.expressions.kinds import call, casting, kind_of, meeting, require
from libs.expressions.like import is_complete
from libs.expressions.names import DATA, Attributes
from libs.expressions.numbers import parse_number
from libs.expressions.sql.look import DIALECT, LITERALS, MAX_LEVELS, Looked, Operand, look
from libs.expressions.values import is_index

MAX_NODES: Final = 200
MAX_VALUES: Final = 100
_KEEPS_KIND: Final = "cast one of them, as in (data->>'n')::numeric; data.n keeps the kind it has in the record"


def parse_sql(text: str, attributes: Attributes) -> Expression:
    """Return the expression of an SQL condition. Raises InvalidSql."""
    looked = look(text)
    return _Reader(text, looked.operands, attributes).read_whole(_parse(text, looked))


def _parse(text: str, looked: Looked) -> exp.Expr:
    """Parse on a fresh stack: how deep a condition may nest does not depend on how deep its caller is."""
    with ThreadPoolExecutor(1) as fresh:
        parsing = fresh.submit(DIALECT.parser().parse_into, exp.Condition, looked.tokens, text)
    try:
        (tree,) = parsing.result()
    except ParseError as error:
        raise InvalidSql(text, error.errors[0]["col"], "this cannot be read here") from None
    if tree is None:
        raise InvalidSql(text, 0, "a condition is expected")
    return tree


class _Reader:
    """Reads a tree of sqlglot's, leaf by leaf beside the operands of the text, by a positive list of nodes."""

    def __init__(self, text: str, operands: list[Operand], attributes: Attributes) -> None:
        self._text = text
        self._operands = operands
        self._attributes = attributes
        self._taken = 0
        self._nodes = 0
        self._level = 0

    def read_whole(self, tree: exp.Expr) -> Expression:
        """Return the expression of the whole text, a condition."""
        result = self._condition(tree)
        if self._taken != len(self._operands):
            raise self._refusal("the condition cannot be read here")
        return result

    def _condition(self, node: exp.Expr) -> Expression:
        at = self._place()
        with self._fitting(at):
            return require(self._read(node), ValueKind.BOOLEAN)

    def _read(self, node: exp.Expr) -> Expression:
        node = node.unnest()
        self._count(1)
        read = _READERS.get(type(node))
        if read is None or self._level == MAX_LEVELS:
            reason = f"at most {MAX_LEVELS} levels are expected" if read else "this is no part of conditions"
            raise self._refusal(reason)
        self._level += 1
        expression = read(self, node)
        self._level -= 1
        return expression

    def _operand(self, node: exp.Expr) -> Expression:
        """Read an operand of a comparison. One that is a comparison itself needs parentheses."""
        if isinstance(node, _PREDICATES):
            raise self._refusal("parentheses are expected around a condition that is compared")
        return self._read(node)

    def _joined(self, node: exp.Expr) -> Expression:
        """Read a row of conditions with `and`, or with `or`, which sqlglot nests to the left."""
        nodes = []
        rest = node
        while type(rest) is type(node):
            nodes.append(rest.expression)
            rest = rest.this
        conditions = tuple(self._condition(one) for one in (rest, *reversed(nodes)))
        return form.And(conditions) if isinstance(node, exp.And) else form.Or(conditions)

    def _not(self, node: exp.Expr) -> Expression:
        return form.Not(self._condition(node.this))

    def _compare(self, node: exp.Expr) -> Expression:
        left = self._operand(node.this)
        at = self._after_last()
        right = self._operand(node.expression)
        operator = _COMPARISONS[type(node)]
        is_null_safe = operator in {Comparison.SAME, Comparison.DISTINCT}
        if form.Literal(None) in {left, right} and not is_null_safe:
            raise InvalidSql(self._text, at, "comparing with null is never true: write 'is null' or 'is not null'")
        left, right = self._met(at, left, right)
        return form.Compare(left, operator, right)

    def _between(self, node: exp.Expr) -> Expression:
        operand = self._operand(node.this)
        at = self._after_last()
        low, high = self._operand(node.args["low"]), self._operand(node.args["high"])
        operand, low, high = self._met(at, operand, low, high)
        self._count(form.size(operand) + 2)
        lower, upper = form.Compare(operand, Comparison.GTE, low), form.Compare(operand, Comparison.LTE, high)
        return form.And((lower, upper))

    def _in(self, node: exp.Expr) -> Expression:
        operand = self._operand(node.this)
        at = self._after_last()
        nodes = node.expressions
        if not 1 <= len(nodes) <= MAX_VALUES:
            raise InvalidSql(self._text, at, f"1 to {MAX_VALUES} values are expected")
        values = []
        for one in nodes:
            place = self._place()
            _, value = self._met(place, operand, self._read(one))
            if not isinstance(value, form.Literal) or value.value is None:
                raise InvalidSql(self._text, place, "a literal is expected, and not null")
            values.append(value.value)
        return form.In(operand, tuple(values))

    def _like(self, node: exp.Expr) -> Expression:
        like, escape = (node.this, node.expression) if isinstance(node, exp.Escape) else (node, None)
        if not isinstance(like, exp.Like | exp.ILike):
            raise self._refusal("'escape' follows a pattern")
        operand = self._operand(like.this)
        with self._fitting(self._after_last()):
            require(operand, ValueKind.TEXT)
        at = self._place()
        pattern = self._text_literal()
        character = "\\" if escape is None else self._text_literal()
        if len(character) > 1:
            raise InvalidSql(self._text, at, "an escape is one character, or none")
        if not is_complete(pattern, character):
            raise InvalidSql(self._text, at, "a pattern does not end with its escape character")
        found = form.Like(operand, pattern, character, isinstance(like, exp.ILike))
        return form.Not(found) if like.args.get("negate") else found

    def _is(self, node: exp.Expr) -> Expression:
        operand = self._operand(node.this)
        at = self._after_last()
        value = self._literal(node.expression).value
        if value is None:
            found: Expression = form.IsNull(operand)
        else:
            with self._fitting(at):
                found = form.Truth(require(operand, ValueKind.BOOLEAN), value is True)
        return form.Not(found) if node.args.get("negate") else found

    def _calculate(self, node: exp.Expr) -> Expression:
        at = self._place()
        left = self._operand(node.this)
        with self._fitting(at):
            require(left, ValueKind.NUMBER)
        at = self._place()
        right = self._operand(node.expression)
        with self._fitting(at):
            require(right, ValueKind.NUMBER)
        return form.Arithmetic(left, _CALCULATIONS[type(node)], right)

    def _negate(self, node: exp.Expr) -> Expression:
        at = self._place()
        operand = self._operand(node.this)
        if isinstance(operand, form.Literal) and kind_of(operand) is ValueKind.NUMBER:
            return form.Literal(-Decimal(str(operand.value)))
        with self._fitting(at):
            require(operand, ValueKind.NUMBER)
        return form.Arithmetic(form.Literal(Decimal(0)), Operator.SUBTRACT, operand)

    def _cast(self, node: exp.Expr) -> Expression:
        at = self._place()
        operand = self._operand(node.this)
        kind = _TYPES.get(node.args["to"].this)
        if kind is None:
            raise InvalidSql(self._text, at, "there is no such type")
        with self._fitting(at):
            return casting(operand, kind)

    def _call(self, node: exp.Expr) -> Expression:
        at = self._place()
        arguments = [one for one in (node.this, node.args.get("expression")) if one is not None]
        with self._fitting(at):
            return call(_CALLS[type(node)], tuple(self._operand(one) for one in (*arguments, *node.expressions)))

    def _text_of(self, node: exp.Expr) -> Expression:
        """Read a chain of arrows, which ends in the text of a field of the data."""
        nodes = [node]
        while isinstance(inner := nodes[-1].this.unnest(), exp.JSONExtract):
            nodes.append(inner)
        root = nodes[-1].this.unnest()
        if not isinstance(root, exp.Column):
            raise self._refusal("an arrow follows the name of a field")
        at = self._place()
        self._count(len(nodes))
        field = self._attributes.field_in_sql(self._take(TokenType.IDENTIFIER).texts)
        if field.is_attribute:
            raise InvalidSql(self._text, at, "an attribute has no members: an arrow follows 'data'")
        path = () if field.path == (DATA,) else field.path
        return form.Cast(form.Field((*path, *(self._key(one.expression) for one in reversed(nodes)))), ValueKind.TEXT)

    def _key(self, node: exp.Expr) -> str | int:
        if not isinstance(node, exp.JSONPath | exp.Literal):
            raise self._refusal("a key or an index is expected; put parentheses around the arrows before a cast")
        operand = self._take(TokenType.STRING, TokenType.NUMBER)
        (text,) = operand.texts
        if operand.token_type is TokenType.STRING:
            return text
        if not is_index(text):
            raise InvalidSql(self._text, operand.at, "an index is expected")
        return int(text)

    def _object(self, _: exp.Expr) -> Expression:
        raise self._refusal("a chain of arrows ends with ->>, which gives text; data.a.b keeps the kind of the record")

    def _field(self, _: exp.Expr) -> Expression:
        return self._attributes.field_in_sql(self._take(TokenType.IDENTIFIER).texts)

    def _literal(self, _: exp.Expr) -> form.Literal:
        operand = self._take(*LITERALS)
        (text,) = operand.texts
        match operand.token_type:
            case TokenType.STRING:
                value: Scalar | None = text
            case TokenType.NUMBER:
                value = parse_number(text)
                if value is None:
                    raise InvalidSql(self._text, operand.at, "the number is out of bounds")
            case TokenType.NULL:
                value = None
            case literal:
                value = literal is TokenType.TRUE
        return form.Literal(value)

    def _text_literal(self) -> str:
        (text,) = self._take(TokenType.STRING).texts
        return text

    def _take(self, *expected: TokenType) -> Operand:
        if self._taken == len(self._operands) or self._operands[self._taken].token_type not in expected:
            raise self._refusal("this is not expected here")
        self._taken += 1
        return self._operands[self._taken - 1]

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._refusal(f"at most {MAX_NODES} names, values and operators are expected")

    def _met(self, at: int, *expressions: Expression) -> tuple[Expression, ...]:
        with self._fitting(at):
            return meeting(*expressions)

    @contextmanager
    def _fitting(self, at: int) -> Iterator[None]:
        try:
            yield
        except KindsDiffer as error:
            raise InvalidSql(self._text, at, f"{error}: {_KEEPS_KIND}") from None
        except NeverFits as error:
            raise InvalidSql(self._text, at, str(error)) from None

    def _place(self) -> int:
        """Return the place of the next operand."""
        return self._operands[self._taken].at if self._taken < len(self._operands) else len(self._text)

    def _after_last(self) -> int:
        """Return the place of the operator that follows what was read last."""
        return self._operands[self._taken - 1].follower if self._taken else 0

    def _refusal(self, reason: str) -> InvalidSql:
        return InvalidSql(self._text, self._place(), reason)


_COMPARISONS: Final[Mapping[type[exp.Expr], Comparison]] = {
    exp.EQ: Comparison.EQ,
    exp.NEQ: Comparison.NEQ,
    exp.LT: Comparison.LT,
    exp.LTE: Comparison.LTE,
    exp.GT: Comparison.GT,
    exp.GTE: Comparison.GTE,
    exp.NullSafeEQ: Comparison.SAME,
    exp.NullSafeNEQ: Comparison.DISTINCT,
}
_CALCULATIONS: Final[Mapping[type[exp.Expr], Operator]] = {
    exp.Add: Operator.ADD,
    exp.Sub: Operator.SUBTRACT,
    exp.Mul: Operator.MULTIPLY,
}
_CALLS: Final[Mapping[type[exp.Expr], Function]] = {
    exp.Lower: Function.LOWER,
    exp.Upper: Function.UPPER,
    exp.Trim: Function.TRIM,
    exp.Length: Function.LENGTH,
    exp.Abs: Function.ABS,
    exp.Coalesce: Function.COALESCE,
    exp.Nullif: Function.NULLIF,
}
_TYPES: Final[Mapping[object, ValueKind]] = {
    exp.DType.DECIMAL: ValueKind.NUMBER,
    exp.DType.TEXT: ValueKind.TEXT,
    exp.DType.BOOLEAN: ValueKind.BOOLEAN,
    exp.DType.TIMESTAMPTZ: ValueKind.INSTANT,
}
_READERS: Final[Mapping[type[exp.Expr], Callable[[_Reader, Any], Expression]]] = {
    exp.And: _Reader._joined,
    exp.Or: _Reader._joined,
    exp.Not: _Reader._not,
    **dict.fromkeys(_COMPARISONS, _Reader._compare),
    exp.Between: _Reader._between,
    exp.In: _Reader._in,
    exp.Like: _Reader._like,
    exp.ILike: _Reader._like,
    exp.Escape: _Reader._like,
    exp.Is: _Reader._is,
    **dict.fromkeys(_CALCULATIONS, _Reader._calculate),
    exp.Neg: _Reader._negate,
    exp.Cast: _Reader._cast,
    **dict.fromkeys(_CALLS, _Reader._call),
    exp.JSONExtractScalar: _Reader._text_of,
    exp.JSONExtract: _Reader._object,
    exp.Column: _Reader._field,
    exp.Literal: _Reader._literal,
    exp.Boolean: _Reader._literal,
    exp.Null: _Reader._literal,
}
_PREDICATES: Final[tuple[type[exp.Expr], ...]] = (
    exp.And, exp.Or, exp.Not, *_COMPARISONS, exp.Between, exp.In, exp.Like, exp.ILike, exp.Escape, exp.Is
)  # fmt: skip
