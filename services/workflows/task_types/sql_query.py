"""`sql-query`: one statement in the database of an integration, read-only unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from services.workflows.integrations.types.postgresql import (
    POSTGRESQL,
    Session,
    sql_failures,
    sql_session,
)
from services.workflows.task_types.connected_types import account_of
from services.workflows.task_types.fields import described, form, outputs, text
from services.workflows.task_types.http_failures import INVALID_INPUT
from services.workflows.task_types.model import Call, Completed, Json, TaskFailed, TypeFace
from services.workflows.task_types.outputs import MAX_OUTPUT_BYTES
from services.workflows.task_types.sql_parameters import bound
from services.workflows.task_types.sql_values import column_to_json, to_sql

MAX_ROWS: Final = 10_000
_DEFAULT_ROWS: Final = 1_000
_FETCHED_ROWS: Final = 200
_SQL_WORDS: Final = "`:name` and `$1` stand for parameters, `:key` for the task's key."


class SqlQuery:
    """The type. `truncated` says that there are more rows than it may return."""

    face: Final = TypeFace(
        type="sql-query",
        title="SQL query",
        description="Runs one statement in a PostgreSQL database.",
        fields=form(
            {
                "sql": text("SQL", _SQL_WORDS, limit=50_000, **{"x-code": "sql", "x-literal": True}),
                "parameters": described({"type": ["object", "array"]}, "Parameters", "By name, or in order."),
                "write": described({"type": "boolean", "default": False}, "Write", "Whether it may change anything."),
                "maxRows": described(
                    {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": _DEFAULT_ROWS}, "Row limit"
                ),
            },
            required=("sql",),
        ),
        outputs=outputs(
            {
                "rows": {"type": "array", "items": {"type": "object"}},
                "rowCount": {"type": "integer"},
                "columns": {"type": "array", "items": {"type": "object"}},
                "truncated": {"type": "boolean"},
            }
        ),
        effect="at-least-once",
        integrations=(POSTGRESQL,),
        needs_integration=True,
    )

    async def run(self, call: Call) -> Completed:
        body = call.body
        sql, values = bound(body["sql"], body.get("parameters"), call.key)
        writes = not self.is_repeatable(body)
        async with sql_session(account_of(call), call.tools.outbound, timeout_s=call.timeout_s) as conn:
            with sql_failures(is_undone=False):
                async with conn.transaction(readonly=not writes):
                    await conn.execute(f"SET LOCAL statement_timeout = {call.timeout_ms}")
                    return Completed(await _result(conn, sql, values, body.get("maxRows") or _DEFAULT_ROWS))

    def is_repeatable(self, body: Mapping[str, Json]) -> bool:
        return body.get("write") is not True


async def _result(conn: Session, sql: str, values: Sequence[Json], max_rows: int) -> dict[str, Json]:
    statement = await conn.prepare(sql)
    parameters = statement.get_parameters()
    if len(parameters) != len(values):
        raise TaskFailed(INVALID_INPUT, f"the statement takes {len(parameters)} parameters, {len(values)} are given")
    arguments = [
        _argument(at, value, one.name) for at, (value, one) in enumerate(zip(values, parameters, strict=True), 1)
    ]
    columns = [(one.name, one.type.name) for one in statement.get_attributes()]
    if not columns:
        await statement.fetch(*arguments)
        return {"rows": [], "rowCount": _affected(statement.get_statusmsg()), "columns": [], "truncated": False}
    cursor = await statement.cursor(*arguments)
    rows: list[dict[str, Json]] = []
    size_bytes = 0
    while len(rows) <= max_rows:
        fetched = await cursor.fetch(min(_FETCHED_ROWS, max_rows + 1 - len(rows)))
        if not fetched:
            break
        part = [{name: column_to_json(row[at], kind) for at, (name, kind) in enumerate(columns)} for row in fetched]
        size_bytes += len(orjson.dumps(part))
        if size_bytes > MAX_OUTPUT_BYTES:
            raise TaskFailed("output_too_large", "the rows are larger than 1 MiB as JSON")
        rows += part
    return {
        "rows": rows[:max_rows],
        "rowCount": min(len(rows), max_rows),
        "columns": [{"name": name, "type": kind} for name, kind in columns],
        "truncated": len(rows) > max_rows,
    }


def _argument(place: int, value: Json, type_name: str) -> Any:
    try:
        return to_sql(value, type_name)
    except (ValueError, TypeError, ArithmeticError):
        raise TaskFailed(INVALID_INPUT, f"parameter ${place} is no {type_name}") from None


def _affected(status: str | None) -> int:
    """Return the number of rows of a command tag: `UPDATE 3`, `INSERT 0 1`; 0 for one without."""
    count = (status or "").rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
