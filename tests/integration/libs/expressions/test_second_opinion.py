"""Conditions mean what PostgreSQL means by them."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import AsyncIterator
from itertools import product

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from libs.expressions.compiler import compile_expression
from libs.expressions.form import Expression
from libs.expressions.letters import lower, upper
from libs.expressions.names import Attributes
from libs.expressions.sql.parser import parse_sql
from tests.support.expressions import (
    FUNCTIONS,
    FromRecords,
    Record,
    as_condition,
    conditions,
    containments,
    json_text,
    records,
)

BINDING = (
    "not a = b",
    "not a and b",
    "not a is null",
    "a or b and c",
    "a and b or c",
    "a = b is true",
    "a = b is not null",
    "a is true = b",
    "a is distinct from b = c",
    "n + m * n = m",
    "n - m - n = m",
    "- n + m = n",
    "- n * m = n",
    "n + m between m and n * m",
    "n between m and n and a",
    "not n between m and n or b",
    "n = m and a = b or c",
    "n < m is false",
    "n + m in (1, 2, 3)",
    "n::text = '1' or a",
    "not n in (1, 2)",
    "not t like 'x%' or a",
)
"""Conditions without parentheses; `n` and `m` are numbers, `t` is a text, the other names are booleans."""

batches = st.tuples(
    st.lists(conditions() | containments, min_size=15, max_size=40), st.lists(records, min_size=5, max_size=20)
)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    await connection.execute(FUNCTIONS)
    yield connection
    await connection.close()


@given(batches)
@settings(
    max_examples=6,
    phases=[Phase.generate],  # the assertion names one condition and one record: there is nothing to shrink
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_condition_of_any_record_is_the_same_in_postgresql(
    connection: asyncpg.Connection, batch: tuple[list[Expression], list[Record]]
) -> None:
    several, seen = batch
    columns = ", ".join(f"ARRAY[{as_condition(one)}]" for one in several)
    rows = await connection.fetch(
        f"SELECT {columns} FROM unnest($1::text[]) WITH ORDINALITY t (j, n), LATERAL (SELECT j::jsonb AS record) r"
        " ORDER BY n",
        [json_text(one) for one in seen],
    )
    for at, one in enumerate(several):
        evaluate = compile_expression(one, FromRecords())
        for record, row in zip(seen, rows, strict=True):
            value = evaluate(record)
            assert (value if isinstance(value, bool) else None) is row[at][0], (one, record)


async def test_operators_bind_as_in_postgresql(connection: asyncpg.Connection) -> None:
    names = {"a": "boolean", "b": "boolean", "c": "boolean", "n": "numeric", "m": "numeric", "t": "text"}
    values = [
        dict(zip(names, row, strict=True)) for row in product(*[[True, False, None]] * 3, *[[1, 2, -2]] * 2, ["xy"])
    ]
    columns = ", ".join(f"({text})::boolean" for text in BINDING)
    rows = await connection.fetch(
        f"SELECT {columns} FROM unnest($1::text[]) WITH ORDINALITY t (j, at),"
        f" jsonb_to_record(j::jsonb) AS r ({', '.join(f'{name} {kind}' for name, kind in names.items())}) ORDER BY at",
        [json_text(one) for one in values],
    )
    for at, text in enumerate(BINDING):
        evaluate = compile_expression(parse_sql(text, Attributes({})), FromRecords())
        assert [evaluate({"attributes": {}, "data": one}) for one in values] == [row[at] for row in rows], text


async def test_cases_are_those_of_the_builtin_provider(connection: asyncpg.Connection) -> None:
    known = [chr(code) for code in range(1, sys.maxunicode + 1) if unicodedata.category(chr(code)) not in {"Cn", "Cs"}]
    rows = await connection.fetch(
        'SELECT c, lower(c COLLATE "pg_c_utf8") AS lower, upper(c COLLATE "pg_c_utf8") AS upper'
        " FROM unnest($1::text[]) c",
        known,
    )
    newer = [row for row in rows if {unicodedata.category(row["lower"]), unicodedata.category(row["upper"])} & {"Cn"}]
    assert len(newer) < 20, "letters got a case after this Python's version of Unicode"
    differing = [row for row in rows if (lower(row["c"]), upper(row["c"])) != (row["lower"], row["upper"])]
    assert [row for row in differing if row not in newer] == []
