"""Stored values, computed as of an instant from the windows of the series by whoever holds the edition.

Keys are taken off those that are touched before they are computed, so that what is folded between the two touches them
anew. No value is replaced by one of an earlier instant; its key stays touched then. Locks are taken in the order
edition, rows of the schedule, runs, touched keys, values.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from libs.contracts.times import from_ms
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Database, Row
from libs.pg.sql_files import SqlFile
from libs.pg.time_limits import bound_time, let_go_when_idle
from libs.schedule.schedule import HOLDER_IDLE_S
from services.metrics.definitions.model import Edition
from services.metrics.values.model import KeyCursor, KeyScope

_sql = SqlFile.load(Path(__file__).with_name("computing.sql"))
BEGINNING = KeyCursor("", "")
STATEMENT_S: Final = 30.0


class Keys(NamedTuple):
    """Keys of values in their order, the place behind which the next are looked for, and whether there may be any."""

    keys: Sequence[KeyCursor]
    cursor: KeyCursor
    may_go_on: bool


@asynccontextmanager
async def bounded(db: Database) -> AsyncIterator[Connection]:
    """Open a transaction that PostgreSQL ends where a statement takes too long, or the process stands still."""
    async with db.transaction() as conn:
        await bound_time(conn, STATEMENT_S)
        await let_go_when_idle(conn, HOLDER_IDLE_S)
        yield conn


async def clock_ms(conn: Connection) -> int:
    """Return the database's clock in milliseconds, rounded up to the next: whatever was accepted lies before."""
    found: int = await conn.fetchval(_sql.instant)
    return found


async def find_edition(conn: Connection, tenant_id: str, metric_id: uuid.UUID, edition: int) -> Edition | None:
    """Return an edition; None when there is none."""
    return _edition(await conn.fetchrow(_sql.find_edition, tenant_id, metric_id, edition))


async def hold_edition(conn: Connection, tenant_id: str, metric_id: uuid.UUID, edition: int) -> Edition | None:
    """Wait for whoever computes values of an edition, then hold and return it; None when there is none."""
    return _edition(await conn.fetchrow(_sql.hold_edition, tenant_id, metric_id, edition))


async def next_keys(
    conn: Connection, edition: Edition, scope: KeyScope, cursor: KeyCursor, at_ms: int, *, limit: int
) -> Keys:
    """Return keys to be computed as of `at_ms`: of all, or of those touched or due, at most `limit` of either."""
    if scope == "all":
        rows = await conn.fetch(_sql.all_keys, *edition.key, edition.series_id, *cursor, limit)
        keys = _keys(rows)
        return Keys(keys, keys[-1] if keys else cursor, len(keys) == limit)
    rows = await conn.fetch(_sql.changed_keys, *edition.key, *cursor, at_ms, limit, from_ms(at_ms))
    touched = _keys([row for row in rows if row["is_touched"]])
    due = sum(row["is_due"] for row in rows)
    return Keys(_keys(rows), touched[-1] if touched else cursor, limit in {len(touched), due})


async def count_keys(conn: Connection, edition: Edition, scope: KeyScope, at_ms: int) -> int:
    """Return an estimate of the number of keys that `next_keys` returns in all."""
    if scope == "all":
        found: int = await conn.fetchval(_sql.count_all_keys, edition.tenant_id, edition.series_id)
    else:
        found = await conn.fetchval(_sql.count_changed_keys, *edition.key, at_ms)
    return found


async def compute(
    conn: Connection, edition: Edition, keys: Sequence[KeyCursor], at_ms: int, *, is_current: bool
) -> int:
    """Compute and store the values of the keys as of `at_ms`, and return how many of them changed.

    `is_current` says that the edition's values are up to date by then. The transaction holds the edition, and has
    entered the read model.
    """
    at, columns = from_ms(at_ms), [list(column) for column in as_columns(keys, 2)]
    await conn.execute(_sql.clear_touched, *edition.key, *columns, at)
    row = await conn.fetchrow(
        _sql.store_values,
        *(*edition.key, *columns, at, at_ms),
        *(edition.series_id, edition.function, edition.window_days),
    )
    assert row is not None
    if row["empty"]:
        await conn.execute(_sql.drop_empty_values, *edition.key, *columns)
    await conn.execute(_sql.count_values, *edition.key, row["more"], at if is_current else None)
    changed: int = row["changed"]
    return changed


def _keys(rows: Sequence[Row]) -> list[KeyCursor]:
    return [KeyCursor(row["customer"], row["dims"]) for row in rows]


def _edition(row: Row | None) -> Edition | None:
    return None if row is None else Edition(**row)
