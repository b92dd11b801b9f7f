"""Random conditions and records, and two renderers of conditions: the text they are parsed from, and PostgreSQL's SQL.

The SQL is a second opinion on what conditions mean. Each value is a `jsonb`, an instant `{"instant": "…"}`, and null is
SQL's; logic, comparisons, patterns, casts and functions are PostgreSQL's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from libs.expressions import form
from libs.expressions.form import Comparison, Expression, Function, Operator, Scalar, ValueKind
from libs.expressions.names import Attributes
from libs.expressions.values import at_path

ATTRIBUTES: Final = Attributes(
    {"kind": ValueKind.TEXT, "eventType": ValueKind.TEXT, "correlationId": ValueKind.TEXT}
    | {"eventTime": ValueKind.INSTANT, "createdDate": ValueKind.INSTANT},
    {"uowId": "correlationId"},
)
Record = dict[str, dict[str, Any]]
"""A record of tests: its `attributes` and its `data`."""
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_COMPARED: Final = [one for one in Comparison if one not in {Comparison.DISTINCT, Comparison.SAME}]


class FromRecords:
    """Reads the fields of the records of tests."""

    def attribute(self, name: str) -> Callable[[Record], object]:
        return lambda record: record["attributes"].get(name)

    def path(self, path: tuple[str | int, ...]) -> Callable[[Record], object]:
        return lambda record: at_path(record["data"], path)


# Random records and conditions

_WORDS = (
    "",
    "a",
    "A",
    "Ab",
    "ä",
    "Ä",
    "aß",
    "İ",
    "ς",
    "😀",
    "a%",
    "_",
    "a\\",
    "%!",
    " a ",
    "true",
    "No",
    "of",
    "-1.50",
)
_NUMBER_WORDS = (
    "1e2",
    " 7 ",
    "0x1",
    "NaN",
    "1_0",
    ".5",
    "5.",
    "1e1000000",
    "2026-01-15T10:30:00Z",
    "2026-02-30T00:00:00Z",
)
texts = st.sampled_from(_WORDS + _NUMBER_WORDS) | st.text("aAbÄ%_\\!1", max_size=5)
numbers = st.integers(-3, 3).map(Decimal) | st.sampled_from([Decimal(text) for text in (
    "0.1", "0.2", "0.3", "1.0", "1.50", "-1.5", "1e2", "100", "9007199254740993", "9007199254740992", "1e-20", "3e60",
)])  # fmt: skip
instants = st.integers(0, 3).map(lambda ms: datetime(2026, 1, 15, 10, 30, tzinfo=UTC) + timedelta(milliseconds=ms))
_scalars = texts | numbers | st.booleans()
_contained = st.none() | _scalars
_json = _contained | st.lists(_contained, max_size=3) | st.dictionaries(st.sampled_from("ab0"), _contained, max_size=2)
records: st.SearchStrategy[Record] = st.fixed_dictionaries(
    {
        "attributes": st.fixed_dictionaries(
            {"kind": texts, "eventTime": instants}, optional={"eventType": texts, "createdDate": instants}
        ),
        "data": st.dictionaries(st.sampled_from("abc"), _json, max_size=3),
    }
)
_paths = st.tuples(st.sampled_from("abc")) | st.tuples(st.sampled_from("abc"), st.sampled_from("ab0"))
_data = _paths.map(form.Field)
_by_arrows = st.builds(
    lambda first, index: form.Cast(form.Field((first, index)), ValueKind.TEXT),
    st.sampled_from("abc"),
    st.integers(0, 2),
)
_LITERALS = {
    ValueKind.TEXT: texts,
    ValueKind.NUMBER: numbers,
    ValueKind.BOOLEAN: st.booleans(),
    ValueKind.INSTANT: instants,
}
_ATTRIBUTES = {ValueKind.TEXT: ("kind", "eventType"), ValueKind.INSTANT: ("eventTime", "createdDate")}


def values(kind: ValueKind, depth: int) -> st.SearchStrategy[Expression]:
    """Return expressions that are of one kind, or of the kind that the record decides."""
    several: list[st.SearchStrategy[Any]] = [_data, _LITERALS[kind].map(form.Literal)]
    several += [st.just(form.Field((name,), kind)) for name in _ATTRIBUTES.get(kind, ())]
    if kind is ValueKind.TEXT:
        several.append(_by_arrows)
    if depth > 0:
        inner = partial(values, depth=depth - 1)
        several += [
            st.builds(partial(form.Cast, kind=kind), _data | inner(ValueKind.TEXT).filter(_is_no_literal)),
            st.builds(lambda *both: form.Call(Function.COALESCE, both), inner(kind), inner(kind)),
            st.builds(lambda *both: form.Call(Function.NULLIF, both), inner(kind), inner(kind)),
            *_special(kind, depth),
        ]
    return st.one_of(several)


def _special(kind: ValueKind, depth: int) -> list[st.SearchStrategy[Any]]:
    inner = partial(values, depth=depth - 1)
    text, number = inner(ValueKind.TEXT), inner(ValueKind.NUMBER)
    if kind is ValueKind.TEXT:
        functions = st.sampled_from([Function.LOWER, Function.UPPER, Function.TRIM])
        others = st.sampled_from([ValueKind.NUMBER, ValueKind.INSTANT, ValueKind.BOOLEAN]).flatmap(inner)
        return [
            st.builds(lambda function, one: form.Call(function, (one,)), functions, text),
            st.builds(form.Cast, others.filter(_is_no_literal), st.just(ValueKind.TEXT)),
        ]
    if kind is ValueKind.NUMBER:
        return [
            st.builds(form.Arithmetic, number, st.sampled_from(Operator), number),
            text.map(lambda one: form.Call(Function.LENGTH, (one,))),
            number.map(lambda one: form.Call(Function.ABS, (one,))),
        ]
    return [] if kind is ValueKind.INSTANT else [conditions(depth - 1)]


def conditions(depth: int = 3) -> st.SearchStrategy[Expression]:
    """Return conditions that SQL can say."""
    anything = st.sampled_from(ValueKind).flatmap(partial(values, depth=depth))
    several: list[st.SearchStrategy[Any]] = [
        st.sampled_from(ValueKind).flatmap(partial(_comparisons, depth=depth)),
        st.sampled_from(ValueKind).flatmap(partial(_memberships, depth=depth)),
        _patterns(values(ValueKind.TEXT, depth)),
        anything.map(form.IsNull),
    ]
    if depth > 0:
        inner = conditions(depth - 1) | values(ValueKind.BOOLEAN, depth - 1)
        rows = st.lists(inner, min_size=2, max_size=3).map(tuple)
        several += [
            rows.map(form.And),
            rows.map(form.Or),
            inner.map(form.Not),
            st.builds(form.Truth, inner, st.booleans()),
        ]
    return st.one_of(several)


containments = st.builds(lambda *both: form.Call(Function.CONTAINS, both), _data, _scalars.map(form.Literal))
"""Conditions that JSON alone can say."""


def _comparisons(kind: ValueKind, depth: int) -> st.SearchStrategy[Expression]:
    operand = values(kind, depth - 1)
    return st.builds(form.Compare, operand, st.sampled_from(_COMPARED), operand) | st.builds(
        form.Compare,
        operand,
        st.sampled_from([Comparison.DISTINCT, Comparison.SAME]),
        operand | st.just(form.Literal(None)),
    )


def _memberships(kind: ValueKind, depth: int) -> st.SearchStrategy[Expression]:
    literals = st.lists(_LITERALS[kind], min_size=1, max_size=3).map(tuple)
    return st.builds(form.In, values(kind, depth - 1), literals) | st.builds(
        form.In, _data, st.lists(_scalars, min_size=1, max_size=3).map(tuple)
    )


def _patterns(operand: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    pattern = st.text("aAÄ%_!\\1", max_size=6)
    likes = st.builds(form.Like, operand, pattern, st.sampled_from(["\\", "!", "", "a"]), st.booleans())
    return likes.filter(_has_complete_pattern)


def _has_complete_pattern(like: form.Like) -> bool:
    rest = like.pattern
    while like.escape and like.escape in rest:
        rest = rest[rest.index(like.escape) + 1 :]
        if not rest:
            return False
        rest = rest[1:]
    return True


def _is_no_literal(expression: Expression) -> bool:
    return not isinstance(expression, form.Literal)


# The text of a condition


def as_text(expression: Expression) -> str:
    """Return the SQL condition that is parsed to `expression`, with parentheses around everything."""
    parts = [f"({as_text(one)})" for one in form.operands(expression)]
    match expression:
        case form.Field(path=path):
            return str(path[0]) if expression.is_attribute else ".".join(["data", *(f'"{one}"' for one in path)])
        case form.Literal(value=value):
            return _literal_text(value)
        case form.Cast(operand=form.Field(path=(str(first), int(index)))):
            return f"data->{_quoted(first)}->>{index}"
        case form.Cast(kind=kind):
            return f"cast({parts[0]} as {_TYPES[kind]})"
        case form.Call(function=function):
            return f"{function}({', '.join(parts)})"
        case _:
            return _native(expression, parts)


def _native(expression: Expression, parts: list[str]) -> str:  # noqa: PLR0911  # one return a construct
    """Return what is spelt alike in conditions and in PostgreSQL."""
    match expression:
        case form.Compare(operator=operator) | form.Arithmetic(operator=operator):
            return f"{parts[0]} {operator} {parts[1]}"
        case form.In(values=values):
            return f"{parts[0]} in ({', '.join(map(_literal_text, values))})"
        case form.Like(pattern=pattern, escape=escape, ignores_case=ignores_case):
            return f"{parts[0]} {'i' * ignores_case}like {_quoted(pattern)} escape {_quoted(escape)}"
        case form.IsNull():
            return f"{parts[0]} is null"
        case form.Truth(value=value):
            return f"{parts[0]} is {value}"
        case form.And():
            return " and ".join(parts)
        case form.Or():
            return " or ".join(parts)
        case _:
            return f"not {parts[0]}"


_TYPES: Final = {
    ValueKind.TEXT: "text",
    ValueKind.NUMBER: "numeric",
    ValueKind.BOOLEAN: "boolean",
    ValueKind.INSTANT: "timestamptz",
}


def _literal_text(value: Scalar | None) -> str:
    match value:
        case None:
            return "null"
        case str():
            return _quoted(value)
        case datetime():
            return f"timestamptz {_quoted(value.isoformat())}"
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# PostgreSQL's SQL

FUNCTIONS: Final = """
-- Strict, so never expanded in place, and immutable: a constant's kind is looked at before it is cast.
CREATE FUNCTION pg_temp.kind(v jsonb) RETURNS text LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE jsonb_typeof(v) WHEN 'object' THEN CASE WHEN v ? 'instant' THEN 'instant' END
     WHEN 'array' THEN NULL ELSE jsonb_typeof(v) END $$;
CREATE FUNCTION pg_temp.text(v jsonb) RETURNS text LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE jsonb_typeof(v) WHEN 'string' THEN v #>> '{}' END $$;
CREATE FUNCTION pg_temp.number(v jsonb) RETURNS numeric LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE jsonb_typeof(v) WHEN 'number' THEN v::numeric END $$;
CREATE FUNCTION pg_temp.truth(v jsonb) RETURNS boolean LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE jsonb_typeof(v) WHEN 'boolean' THEN v::boolean END $$;
CREATE FUNCTION pg_temp.instant(v jsonb) RETURNS timestamptz LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE pg_temp.kind(v) WHEN 'instant' THEN (v ->> 'instant')::timestamptz END $$;
CREATE FUNCTION pg_temp.compare(a jsonb, b jsonb) RETURNS int LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE WHEN pg_temp.kind(a) = pg_temp.kind(b) THEN CASE pg_temp.kind(a)
     WHEN 'string' THEN CASE WHEN (a #>> '{}') COLLATE "C" < (b #>> '{}') THEN -1
            ELSE ((a #>> '{}') <> (b #>> '{}'))::int END
     WHEN 'number' THEN CASE WHEN a::numeric < b::numeric THEN -1 ELSE (a::numeric <> b::numeric)::int END
     WHEN 'boolean' THEN a::boolean::int - b::boolean::int
     ELSE CASE WHEN pg_temp.instant(a) < pg_temp.instant(b) THEN -1
            ELSE (pg_temp.instant(a) <> pg_temp.instant(b))::int END END END $$;
CREATE FUNCTION pg_temp.is_distinct(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql AS
$$ SELECT CASE WHEN a IS NULL OR b IS NULL THEN a IS DISTINCT FROM b
     ELSE pg_temp.compare(a, b) IS DISTINCT FROM 0 END $$;
CREATE FUNCTION pg_temp.contains(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE jsonb_typeof(a) WHEN 'array' THEN a @> b ELSE position(pg_temp.text(b) IN pg_temp.text(a)) > 0 END $$;
CREATE FUNCTION pg_temp.cast_text(v jsonb) RETURNS text LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE pg_temp.kind(v) WHEN 'number' THEN trim_scale(v::numeric)::text
     WHEN 'instant' THEN to_char(pg_temp.instant(v) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
     WHEN 'string' THEN v #>> '{}' WHEN 'boolean' THEN v #>> '{}' END $$;
CREATE FUNCTION pg_temp.cast_number(v jsonb) RETURNS numeric LANGUAGE plpgsql STRICT AS
$$ BEGIN IF jsonb_typeof(v) = 'number' OR (pg_input_is_valid(pg_temp.text(v), 'numeric')
     AND pg_temp.text(v) !~* '[nx_]') THEN RETURN (v #>> '{}')::numeric; END IF; RETURN NULL; END $$;
CREATE FUNCTION pg_temp.cast_truth(v jsonb) RETURNS boolean LANGUAGE plpgsql STRICT AS
$$ BEGIN IF jsonb_typeof(v) = 'boolean' OR pg_input_is_valid(pg_temp.text(v), 'boolean')
     THEN RETURN (v #>> '{}')::boolean; END IF; RETURN NULL; END $$;
CREATE FUNCTION pg_temp.cast_instant(v jsonb) RETURNS timestamptz LANGUAGE plpgsql STRICT AS
$$ BEGIN IF pg_temp.kind(v) = 'instant' THEN RETURN pg_temp.instant(v); END IF;
     IF pg_temp.text(v) ~ '^\\d{4}-\\d\\d-\\d\\dT' AND pg_input_is_valid(pg_temp.text(v), 'timestamptz')
     THEN RETURN pg_temp.text(v)::timestamptz; END IF; RETURN NULL; END $$;
CREATE FUNCTION pg_temp.of_instant(v timestamptz) RETURNS jsonb LANGUAGE sql STRICT IMMUTABLE AS
$$ SELECT CASE WHEN v IS NOT NULL THEN jsonb_build_object('instant', v) END $$;
"""


def json_text(value: object) -> str:
    """Return a record or value of a test as JSON, its instants as objects."""
    return _ENCODER.encode(_with_instants(value)).decode()


def _with_instants(value: object) -> object:
    match value:
        case datetime():
            return {"instant": value.isoformat()}
        case dict():
            return {key: _with_instants(one) for key, one in value.items()}
        case _:
            return value


def as_condition(expression: Expression) -> str:  # noqa: PLR0911  # one return a construct
    """Return the boolean SQL expression over `record`, a jsonb, after `FUNCTIONS`."""
    parts = form.operands(expression)
    match expression:
        case form.And() | form.Or() | form.Not() | form.Truth():
            return _native(expression, [f"({as_condition(one)})" for one in parts])
        case form.Compare(operator=Comparison.DISTINCT | Comparison.SAME as operator):
            is_distinct = f"pg_temp.is_distinct({_value(parts[0])}, {_value(parts[1])})"
            return is_distinct if operator is Comparison.DISTINCT else f"NOT {is_distinct}"
        case form.Compare(operator=operator):
            return f"pg_temp.compare({_value(parts[0])}, {_value(parts[1])}) {operator} 0"
        case form.In(values=several):
            return " OR ".join(f"pg_temp.compare({_value(parts[0])}, {_constant(one)}) = 0" for one in several)
        case form.Like():
            return _native(expression, [f'(pg_temp.text({_value(parts[0])}) COLLATE "pg_c_utf8")'])
        case form.IsNull():
            return f"({_value(parts[0])}) IS NULL"
        case form.Call(function=Function.CONTAINS):
            return f"pg_temp.contains({_value(parts[0])}, {_value(parts[1])})"
        case _:
            return f"pg_temp.truth({_value(expression)})"


def _value(expression: Expression) -> str:  # noqa: PLR0911  # one return a construct
    parts = form.operands(expression)
    match expression:
        case form.Field(path=path):
            return f"nullif({_at_path('attributes' if expression.is_attribute else 'data', path)}, 'null')"
        case form.Literal(value=value):
            return _constant(value)
        case form.Cast(kind=kind):
            return _CASTS[kind].format(_value(parts[0]))
        case form.Call(function=Function.NULLIF):
            one, other = map(_value, parts)
            return f"CASE WHEN pg_temp.compare({one}, {other}) = 0 THEN NULL ELSE {one} END"
        case form.Call(function=Function.COALESCE):
            return f"coalesce({', '.join(map(_value, parts))})"
        case form.Call(function=function) if function in _CALLS:
            return f"to_jsonb({_CALLS[function].format(_value(parts[0]))})"
        case form.Arithmetic(operator=operator):
            one, other = (f"pg_temp.number({_value(part)})" for part in parts)
            return f"to_jsonb({one} {operator} {other})"
        case _:
            return f"to_jsonb({as_condition(expression)})"


def _at_path(root: str, path: tuple[str | int, ...]) -> str:
    sql = f"(record -> '{root}')"
    for one in path:
        # To PostgreSQL a scalar is an array of itself where it is indexed.
        is_array = f"CASE jsonb_typeof({sql}) WHEN 'array' THEN {sql} -> {one} END"
        sql = f"({is_array})" if isinstance(one, int) else f"({sql} #> ARRAY[{_quoted(one)}])"
    return sql


def _constant(value: Scalar | None) -> str:
    return "NULL::jsonb" if value is None else f"{_quoted(json_text(value))}::jsonb"


_CASTS: Final = {
    ValueKind.TEXT: "to_jsonb(pg_temp.cast_text({}))",
    ValueKind.NUMBER: "to_jsonb(pg_temp.cast_number({}))",
    ValueKind.BOOLEAN: "to_jsonb(pg_temp.cast_truth({}))",
    ValueKind.INSTANT: "pg_temp.of_instant(pg_temp.cast_instant({}))",
}
_CALLS: Final = {
    Function.LOWER: 'lower(pg_temp.text({}) COLLATE "pg_c_utf8")',
    Function.UPPER: 'upper(pg_temp.text({}) COLLATE "pg_c_utf8")',
    Function.TRIM: "trim(pg_temp.text({}))",
    Function.LENGTH: "length(pg_temp.text({}))",
    Function.ABS: "abs(pg_temp.number({}))",
}
