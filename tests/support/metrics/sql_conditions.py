"""Conditions in SQL written twice: the text that is posted, and a function over the record that says the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from tests.support.metrics.conditions import Truth, all_of, any_of, compared, negated
from tests.support.metrics.posted import Posted, json_of, kind_of

_COMPARISONS = {"=": "eq", "<>": "neq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


class SqlCondition(NamedTuple):
    """A condition: its text, and whether a record passes."""

    text: str
    judge: Callable[[Posted], Truth]


def comparison(name: str, sign: str, value: Any) -> SqlCondition:
    """Compare a field with a literal."""
    return SqlCondition(
        f"{name} {sign} {_literal(value)}", lambda record: compared(_COMPARISONS[sign], record.field(name), value)
    )


def by_arrow(key: str, sign: str, value: str) -> SqlCondition:
    """Compare the text at a key of the data with a text."""
    return SqlCondition(
        f"data->>'{key}' {sign} {_literal(value)}",
        lambda record: compared(_COMPARISONS[sign], _as_text(record.field(f"data.{key}")), value),
    )


def is_null(name: str) -> SqlCondition:
    return SqlCondition(f"{name} is null", lambda record: record.field(name) is None)


def is_distinct(name: str, value: Any) -> SqlCondition:
    """Tell a field from a literal; null is distinct from every value."""
    return SqlCondition(
        f"{name} is distinct from {_literal(value)}",
        lambda record: compared("eq", record.field(name), value) is not True,
    )


def between(name: str, least: Any, most: Any) -> SqlCondition:
    return SqlCondition(
        f"{name} between {_literal(least)} and {_literal(most)}",
        lambda record: all_of([compared("gte", record.field(name), least), compared("lte", record.field(name), most)]),
    )


def is_in(name: str, values: Sequence[Any]) -> SqlCondition:
    return SqlCondition(
        f"{name} in ({', '.join(map(_literal, values))})",
        lambda record: any_of([compared("eq", record.field(name), value) for value in values]),
    )


def begins_with(name: str, letters: str) -> SqlCondition:
    def judge(record: Posted) -> Truth:
        found = record.field(name)
        return found.startswith(letters) if isinstance(found, str) else None

    return SqlCondition(f"{name} like {_literal(f'{letters}%')}", judge)


def coalesced(name: str, otherwise: Any, sign: str, value: Any) -> SqlCondition:
    """Compare a field, or `otherwise` where it is null, with a literal."""

    def judge(record: Posted) -> Truth:
        found = record.field(name)
        return compared(_COMPARISONS[sign], otherwise if found is None else found, value)

    return SqlCondition(f"coalesce({name}, {_literal(otherwise)}) {sign} {_literal(value)}", judge)


def inverse(one: SqlCondition) -> SqlCondition:
    return SqlCondition(f"not ({one.text})", lambda record: negated(one.judge(record)))


def both(one: SqlCondition, other: SqlCondition) -> SqlCondition:
    return SqlCondition(
        f"({one.text}) and ({other.text})", lambda record: all_of([one.judge(record), other.judge(record)])
    )


def either(one: SqlCondition, other: SqlCondition) -> SqlCondition:
    return SqlCondition(
        f"({one.text}) or ({other.text})", lambda record: any_of([one.judge(record), other.judge(record)])
    )


def random_sql(source: random.Random, values: Mapping[str, Sequence[Any]], depth: int = 2) -> SqlCondition:
    """Return a condition on some of the fields, each with values that it is compared with."""
    if depth > 0 and source.random() < 0.6:
        inner = [random_sql(source, values, depth - 1) for _ in range(2)]
        return source.choice((both, either, lambda one, _: inverse(one)))(*inner)
    name, several = source.choice(sorted(values.items()))
    value, other = source.choice(several), source.choice(several)
    sign = source.choice(sorted(_COMPARISONS))
    leaves = [comparison(name, sign, value), is_null(name), is_distinct(name, value)]
    if kind_of(value) == kind_of(other) == "number":
        leaves.append(between(name, min(value, other), max(value, other)))
    if kind_of(value) == kind_of(other):
        leaves += [is_in(name, (value, other)), coalesced(name, other, sign, value)]
    if isinstance(value, str):
        leaves.append(begins_with(name, value[:1]))
    return source.choice(leaves)


def _literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else json_of(value)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json_of(value) if isinstance(value, bool | int | Decimal) else None
