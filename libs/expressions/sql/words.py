"""Words of SQL conditions: those they are made of, and advice about those that they do not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from libs.expressions.form import Function

FUNCTIONS: Final = tuple(one.value for one in Function if one is not Function.CONTAINS)
CAST: Final = "cast"
KEYWORDS: Final = frozenset(
    {"and", "or", "not", "is", "null", "true", "false", "between", "in", "distinct", "from", "as"}
    | {"like", "ilike", "escape"}
)
OPERATORS: Final = frozenset(["=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "->", "->>", "::"])
_CLOCK: Final = "a condition may not change with time, so it cannot ask for the time; compare with timestamptz '…'"
_SUB_QUERY: Final = "a condition looks at one record: there are no sub-queries"
_WRITE: Final[Mapping[str, str]] = {
    "isnull": "write 'is null'",
    "notnull": "write 'is not null'",
    "unknown": "write 'is null'",
    "similar": "write 'like'",
    "any": "write 'in (…)'",
    "some": "write 'in (…)'",
    "all": "write several conditions with 'and'",
    "symmetric": "give the lower bound first",
    "case": "write conditions with 'and' and 'or'",
    "timestamp": "write timestamptz '…' with an offset from UTC",
    "interval": "there are no intervals; compare with timestamptz '…'",
}
_ASKS_FOR_TIME: Final = {"now", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"} | {
    "age", "timeofday", "transaction_timestamp", "statement_timestamp", "clock_timestamp"
}  # fmt: skip
_BEGINS_A_QUERY: Final = ("select", "exists", "union", "with", "values", "table")
ADVICE: Final[Mapping[str, str]] = {
    **dict.fromkeys(_ASKS_FOR_TIME, _CLOCK),
    **dict.fromkeys(_BEGINS_A_QUERY, _SUB_QUERY),
    **_WRITE,
}
"""The advice for each word that is refused; a field of that name is put in double quotes."""
