"""Reads of health's tables: counts by bucket, values of dimensions, pages of results. Transactions are the caller's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.records.index_key import index_key
from libs.rollups.histogram import Part
from services.monitoring.health.model import TOTAL
from services.monitoring.health.ranges import Period, Run
from services.monitoring.health.scores import CATEGORIES, KINDS, Tally

_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"


class Place(NamedTuple):
    """A result's place among those of its definition: when it ended, and its id."""

    ended_at: int
    id: str


class Window(NamedTuple):
    """A range of time of one tenant's definition; without `durations` its tally is quick, and has no percentiles."""

    tenant_id: str
    definition_id: int
    period: Period
    durations: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFilter:
    """The results of some kinds that ended in `[from_ms, to_ms)`, of a key, of a version; None is any."""

    kinds: Sequence[str]
    from_ms: int
    to_ms: int
    key: str | None = None
    version: int | None = None


async def values_of(conn: Connection, tenant_id: str, definition_id: int, dimension: str) -> dict[int, str | None]:
    """Return the values of a dimension by the numbers of their series."""
    rows = await conn.fetch(_SQL.values_of, tenant_id, definition_id, index_key(dimension))
    return {row["number"]: row["value"] for row in rows}


async def tallies(
    conn: Connection, tenant_id: str, definition_id: int, series: Sequence[int], runs: Sequence[Run]
) -> dict[int, dict[int, Tally]]:
    """Return the tallies of series by bucket; those of nothing are left out."""
    return await _counts(
        conn, [(tenant_id, definition_id, number, number, True, *run) for number in series for run in runs]
    )


async def tallies_of_windows(conn: Connection, windows: Sequence[Window]) -> list[Tally]:
    """Return the tally of each window, be they of different tenants (projector role), by one statement."""
    found = await _counts(
        conn,
        [
            (window.tenant_id, window.definition_id, TOTAL, number, window.durations, *run)
            for number, window in enumerate(windows)
            for run in window.period.whole()
        ],
    )
    return [found[number][0] if number in found else Tally() for number in range(len(windows))]


async def page(
    conn: Connection, tenant_id: str, definition_id: int, wanted: ResultFilter, before: Place | None, limit: int
) -> list[tuple[Place, str]]:
    """Return up to `limit` results before a place, latest first: their places, and their JSON texts."""
    place = before or Place(wanted.to_ms, _NO_ID)
    values = (tenant_id, definition_id, wanted.kinds, *place, wanted.from_ms, wanted.version, limit)
    if wanted.key is None:
        rows = await conn.fetch(_SQL.page, *values)
    else:
        rows = await conn.fetch(_SQL.page_of_key, *values, index_key(wanted.key))
    return [(Place(row["ended_at"], row["id"]), row["result"]) for row in rows]


async def _counts(conn: Connection, wanted: Sequence[tuple[object, ...]]) -> dict[int, dict[int, Tally]]:
    """Return tallies by number and bucket; `wanted` has the columns of the statement."""
    rows = await conn.fetch(_SQL.counts, *as_columns(wanted, 5 + len(Run._fields)))
    grouped: dict[int, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        grouped[row["number"]][row["bucket"]].append(row)
    return {number: {at: _tally(parts) for at, parts in buckets.items()} for number, buckets in grouped.items()}


def _tally(rows: Sequence[Row]) -> Tally:
    """Add the parts of a histogram up, with what is counted beside them."""
    return Tally(
        counts={kind: sum([row[kind] for row in rows]) for kind in KINDS},
        score_millionths=sum([row["score_millionths"] for row in rows]),
        parts=[
            Part(row["part"], sum([row[kind] for kind in CATEGORIES]), row["counts"])
            for row in rows
            if row["counts"] is not None
        ],
    )
