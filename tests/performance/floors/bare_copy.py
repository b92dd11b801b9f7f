"""The floor of a projection: one COPY of the very rows the projection wrote, into a table with the same indexes.

The rows come from a file in COPY's binary form, so nothing is decoded, checked, counted or looked up.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import asyncpg

Login: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_SCHEMA, _TABLE = "bench_copy", "rows"


class BareCopy:
    """Rows in a file, and an empty table like the one they came from."""

    def __init__(self, login: Login, schema: str, file: Path, rows: int) -> None:
        self._login = login
        self._schema = schema
        self._file = file
        self._rows = rows

    async def rows_per_s(self) -> float:
        """Empty the table and copy everything, once."""
        return self._rows / await self.seconds()

    async def seconds(self) -> float:
        """How long that takes, without the emptying."""
        await self._login.execute(f"TRUNCATE {self._schema}.{_TABLE}")
        begun_s = time.perf_counter()
        await self._login.copy_to_table(_TABLE, schema_name=self._schema, source=self._file, format="binary")
        return time.perf_counter() - begun_s


@asynccontextmanager
async def bare_copy_of(login: Login, schema: str, table: str, *, condition: str = "true") -> AsyncIterator[BareCopy]:
    """The rows `schema.table` holds now that meet the condition; all of it goes at the end of the block."""
    copies = f"{_SCHEMA}_{table}"
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as directory:
        file = Path(directory) / "rows"
        status = await login.copy_from_query(
            f"SELECT * FROM {schema}.{table} WHERE {condition}", output=file, format="binary"
        )
        await login.execute(f"CREATE SCHEMA {copies}")
        await login.execute(f"CREATE TABLE {copies}.{_TABLE} (LIKE {schema}.{table} INCLUDING ALL)")
        try:
            yield BareCopy(login, copies, file, int(status.removeprefix("COPY ")))
        finally:
            await login.execute(f"DROP SCHEMA {copies} CASCADE")
