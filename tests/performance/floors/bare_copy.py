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

    def __init__(self, login: Login, file: Path, rows: int) -> None:
        self._login = login
        self._file = file
        self._rows = rows

    async def rows_per_s(self) -> float:
        """Empty the table and copy everything, once."""
        await self._login.execute(f"TRUNCATE {_SCHEMA}.{_TABLE}")
        begun_s = time.perf_counter()
        await self._login.copy_to_table(_TABLE, schema_name=_SCHEMA, source=self._file, format="binary")
        return self._rows / (time.perf_counter() - begun_s)


@asynccontextmanager
async def bare_copy_of(login: Login, schema: str, table: str) -> AsyncIterator[BareCopy]:
    """The rows `schema.table` holds now; all of it goes at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as directory:
        file = Path(directory) / "rows"
        await login.copy_from_table(table, schema_name=schema, output=file, format="binary")
        rows = await login.fetchval(f"SELECT count(*) FROM {schema}.{table}")
        await login.execute(f"CREATE SCHEMA {_SCHEMA}")
        await login.execute(f"CREATE TABLE {_SCHEMA}.{_TABLE} (LIKE {schema}.{table} INCLUDING ALL)")
        try:
            yield BareCopy(login, file, rows)
        finally:
            await login.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")
