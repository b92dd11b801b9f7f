"""Which numbers no list shows, and why: voided, duplicate, parked, discarded, in flight or lost.

A number is called lost only when the projection has read past everything the gateway had settled below its frontier
and nothing else explains it. Rows, positions and parked records come from one snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from libs.contracts.envelope import decode_headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.reference import Frontier
from libs.contracts.topics import INTERACTIONS
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.projections.parking import unpack_headers

MAX_PARKED = 10_000
_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of numbers with one reason; of duplicates, the first repeats `duplicate_of`, the next the one after."""

    first: int
    last: int
    state: str
    reason: str | None
    at: datetime | None
    duplicate_of: int | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked record that names its tenant and number."""

    number: int
    reason: str
    at: datetime


async def find_gaps(
    conn: Connection, tenant_id: str, frontier: Frontier | None, *, offset: int, limit: int
) -> tuple[int, list[Gap]]:
    """Return how many runs there are, and a page of them in the order of their numbers."""
    parked = await _parked(conn, tenant_id)
    highest = await conn.fetchval(_SQL.highest_number, tenant_id)
    reached = {row["partition"]: row["next_offset"] for row in await _positions(conn)}
    top = max(highest or 0, frontier.below - 1 if frontier else 0, *(item.number for item in parked), 0)
    rows = await conn.fetch(
        _SQL.gaps,
        tenant_id,
        top,
        [item.number for item in parked],
        [item.reason for item in parked],
        [item.at for item in parked],
        settled_below(frontier, reached),
        offset,
        limit,
    )
    columns = ("first", "last", "state", "reason", "at", "duplicate_of")
    gaps = [Gap(*(row[column] for column in columns)) for row in rows if row["first"] is not None]
    return rows[0]["total"], gaps


def settled_below(frontier: Frontier | None, reached: Mapping[int, int]) -> int:
    """Return the number below which everything settled has been read; 0 while the projection is behind the frontier."""
    if frontier is None:
        return 0
    behind = any(reached.get(int(place), 0) < offset for place, offset in frontier.positions.items())
    return 0 if behind else frontier.below


async def _positions(conn: Connection) -> list[Row]:
    return await conn.fetch(_SQL.interaction_positions, INTERACTIONS.name)


async def _parked(conn: Connection, tenant_id: str) -> list[Parked]:
    """Return the tenant's parked records that are numbered."""
    rows = await conn.fetch(_SQL.parked_records, tenant_id, INTERACTIONS.name, MAX_PARKED)
    found: dict[int, Parked] = {}
    for row in rows:
        number = _number(row["headers"], tenant_id)
        if number is not None:
            found.setdefault(number, Parked(number, row["reason"], row["first_seen"]))
    return list(found.values())


def _number(headers: bytes, tenant_id: str) -> int | None:
    try:
        envelope = decode_headers(unpack_headers(headers))
    except InvalidRecord:
        return None
    return envelope.sequence if envelope.tenant_id == tenant_id else None
