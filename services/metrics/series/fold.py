"""Folds contributions: what is new goes to the ledger, then into tiles, quarter hours, skips and touched values.

Each step is a statement of its own, because it must see what others committed while the step before it waited for
rows. Within a transaction tables are written in one order and rows in that of their keys: fold once a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.metrics.definitions.model import EditionState
from services.metrics.feeding.index import Contribution

QUERIES: Final = SqlFile.load(Path(__file__).with_name("fold.sql"))
BUSY: Final = 200
"""How many contributions a day has whose quarter hours are kept as well."""
_DAY_MS: Final = 86_400_000
_GIVEN: Final = f"WITH contributions AS ({QUERIES.given})"
_TILE: Final = (
    f"{_GIVEN}, changed AS ({QUERIES.tile} RETURNING tenant_id, series_id, customer, dims, day, n)"
    " SELECT * FROM changed WHERE n >= $8"
)
_QUARTER: Final = f"{_GIVEN} {QUERIES.quarter}"
_QUARTER_DAYS: Final = f"WITH contributions AS ({QUERIES.of_days}) {QUERIES.quarter}"
_SKIP: Final = f"{_GIVEN} {QUERIES.skip}"
_TOUCH: Final = f"{_GIVEN}, editions AS (SELECT * FROM metrics.editions WHERE state = ANY ($8::text[])) {QUERIES.touch}"
COUNT_ALL: Final = ";\n".join(
    (QUERIES.tile, f"WITH contributions AS ({QUERIES.of_busy_days}) {QUERIES.quarter}", QUERIES.skip)
)
"""Makes tiles, quarter hours and skips of all contributions, where there are none."""


class TileKey(NamedTuple):
    """The key of a tile; days count from the epoch."""

    tenant_id: str
    series_id: int
    customer: str
    dims: str
    day: int


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
    given = as_columns(fresh)
    busy = {TileKey(*row[:5]): row["n"] for row in await conn.fetch(_TILE, *given, BUSY)}
    if busy:
        await _add_to_quarters(conn, fresh, busy)
    if any(one.number is None for one in fresh):
        await conn.execute(_SKIP, *given)
    await conn.execute(_TOUCH, *given, touching)


async def _add(conn: Connection, contributions: Iterable[Contribution]) -> Sequence[Contribution]:
    """Return those that are new; of several with one key the first is."""
    first: dict[tuple[object, ...], Contribution] = {}
    for one in contributions:
        first.setdefault(one[:3], one)
    if not first:
        return ()
    added = await conn.fetch(QUERIES.add, *as_columns(first.values()))
    return list(first.values()) if len(added) == len(first) else [first[tuple(row)] for row in added]


async def _add_to_quarters(conn: Connection, fresh: Sequence[Contribution], busy: Mapping[TileKey, int]) -> None:
    """Add what is new to days that were busy before; make the quarter hours of those that have become so."""
    added = Counter(map(_tile_key, fresh))
    became = [day for day, n in busy.items() if n - added[day] < BUSY]
    were = busy.keys() - became
    more = [one for one in fresh if _tile_key(one) in were]
    if more:
        await conn.execute(_QUARTER, *as_columns(more))
    if became:
        await conn.execute(_QUARTER_DAYS, *as_columns(became))


def _tile_key(one: Contribution) -> TileKey:
    return TileKey(one.tenant_id, one.series_id, one.customer, one.dims, one.event_at // _DAY_MS)
