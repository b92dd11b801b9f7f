"""Folds contributions: what is new goes to the ledger, then into tiles, quarter hours, skips and touched values.

Each step is a statement of its own, because it must see what others committed while the step before it waited for
rows. Within a transaction tables are written in one order and rows in that of their keys: fold once a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile, interpolate
from services.metrics.definitions.model import EditionState
from services.metrics.feeding.index import Contribution
from services.metrics.series.model import DAYS, QUARTERS

QUERIES: Final = SqlFile.load(Path(__file__).with_name("fold.sql"))
_MAKE_ROOM: Final = Path(__file__).with_name("arriving.sql").read_text(encoding="utf-8")
_ARRIVED: Final = f"WITH contributions AS ({QUERIES.arrived})"
_ADD_TO_DAYS: Final = interpolate(QUERIES.tile, **DAYS)
_ADD_TO_QUARTERS: Final = interpolate(QUERIES.tile, **QUARTERS)
_TILE: Final = f"""
{_ARRIVED}, changed AS ({_ADD_TO_DAYS} RETURNING tenant_id, series_id, customer, dims, day, n)
SELECT tenant_id, series_id, customer, dims, day, is_busy(n - count(*)) AS was_busy
FROM changed JOIN contributions USING (tenant_id, series_id, customer, dims)
WHERE is_busy(n) AND day = day_of(event_at)
GROUP BY tenant_id, series_id, customer, dims, day, n
"""
_QUARTER: Final = f"WITH contributions AS ({QUERIES.arrived_on}) {_ADD_TO_QUARTERS}"
_QUARTER_DAYS: Final = f"WITH contributions AS ({QUERIES.of_days}) {_ADD_TO_QUARTERS}"
_SKIP: Final = f"{_ARRIVED} {QUERIES.skip}"
_TOUCH: Final = (
    f"{_ARRIVED}, editions AS (SELECT * FROM metrics.editions WHERE state = ANY ($1::text[])) {QUERIES.touch}"
)
COUNT_ALL: Final = ";\n".join(
    (_ADD_TO_DAYS, f"WITH contributions AS ({QUERIES.of_busy_days}) {_ADD_TO_QUARTERS}", QUERIES.skip)
)
"""Makes tiles, quarter hours and skips of all contributions, where there are none."""


async def add(conn: Connection, contributions: Iterable[Contribution]) -> None:
    """Add the new ones among `contributions` to all tables."""
    await _add_and_count(conn, contributions, touching=("building", "serving"))


async def add_past(conn: Connection, contributions: Iterable[Contribution]) -> None:
    """Add to series that are being filled, as `add` does: a run will compute all values that are not shown yet."""
    await _add_and_count(conn, contributions, touching=("serving",))


async def add_rows(conn: Connection, contributions: Iterable[Contribution]) -> None:
    """Add the new ones among `contributions` to the ledger alone."""
    await _add(conn, contributions)


async def _add_and_count(
    conn: Connection, contributions: Iterable[Contribution], *, touching: Sequence[EditionState]
) -> None:
    fresh = await _add(conn, contributions)
    if not fresh:
        return
    busy = await conn.fetch(_TILE)
    were = [row[:5] for row in busy if row["was_busy"]]
    became = [row[:5] for row in busy if not row["was_busy"]]
    for days, statement in ((were, _QUARTER), (became, _QUARTER_DAYS)):
        if days:
            await conn.execute(statement, *as_columns(days))
    if any(one.number is None for one in fresh):
        await conn.execute(_SKIP)
    await conn.execute(_TOUCH, touching)


async def _add(conn: Connection, contributions: Iterable[Contribution]) -> Sequence[Contribution]:
    """Add the new ones to the ledger, leave them in `arriving_contributions`, and return them.

    Of several with one key the first counts.
    """
    first: dict[tuple[object, ...], Contribution] = {}
    for one in contributions:
        first.setdefault(one[:3], one)
    if not first:
        return ()
    await conn.execute(_MAKE_ROOM)
    await conn.copy_records_to_table("arriving_contributions", schema_name="pg_temp", records=first.values())
    for repeat in await conn.fetch(QUERIES.add):
        del first[tuple(repeat)]
    return list(first.values())
