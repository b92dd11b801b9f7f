"""Totals and places of pages from stored days, hours and minutes, so that neither depends on how many events there are.

What a bound cuts off a minute (a day, where days alone are counted) is counted in the rows; a page is looked for only
where the counts say that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from libs.contracts.times import DAY_MS, last_ms_before, to_ms
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.queries.counting.blocks import NumberRange, Piece, Place, Tally
from services.queries.counting.conditions import Conditions
from services.queries.events.model import BY_DAYS, Counter
from services.queries.events.time_slices import HOUR_MS, MINUTE_MS, Layout, Slice, lay, lay_by_days

_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class TimeTally:
    """The counted pieces of a range: whole days, and of the days it cuts hours and minutes. Spans are milliseconds.

    Of what is counted by days alone, a day that the range cuts is counted in the rows.
    """

    tally: Tally
    layout: Layout

    @property
    def total(self) -> int:
        """The number of events in the range."""
        return self.tally.total

    async def narrowed(self, conn: Connection, tenant_id: str, counter: Counter, place: Place, limit: int) -> Place:
        """Return the same place with at most a minute's events to skip, where it skips into a longer piece with
        minutes.
        """
        hours = self._hours_of_piece(place.span.last)
        if not place.skip or not hours or counter.dimension in BY_DAYS:
            return place
        pieces = [piece for row in await _hours(conn, tenant_id, counter, hours) for piece in _minute_pieces(row)]
        inside = Tally(_newest_first(pieces)).at(place.skip, limit)
        return place if inside is None else Place(NumberRange(place.span.first, inside.span.last), inside.skip)

    def _hours_of_piece(self, last_ms: int) -> Sequence[int]:
        """Return the hours of the day or hour whose piece ends so; none for a minute's."""
        day, hour = last_ms // DAY_MS, last_ms // HOUR_MS
        if self.layout.days[0] <= day <= self.layout.days[1]:
            return range(day * 24, day * 24 + 24)
        return [hour] if hour in self.layout.hours else []


async def time_tally(
    conn: Connection, conditions: Conditions, counter: Counter, start: datetime | None, end: datetime | None
) -> TimeTally:
    """Return the tally of a range, open where a bound is None; `conditions` are those that the counter counts."""
    layout = (lay_by_days if counter.dimension in BY_DAYS else lay)(start, end)
    pieces = [await _sliced(conn, conditions, part) for part in layout.slices]
    if layout.days[0] <= layout.days[1]:
        pieces += await _days(conn, conditions.tenant_id, counter, layout.days)
    if layout.touched_hours:
        rows = await _hours(conn, conditions.tenant_id, counter, layout.touched_hours)
        pieces += _pieces_of_hours(rows, layout)
    return TimeTally(Tally(_newest_first(pieces)), layout)


async def _days(conn: Connection, tenant_id: str, counter: Counter, days: tuple[int, int]) -> list[Piece]:
    row = await conn.fetchrow(_SQL.days, tenant_id, *counter, *days)
    assert row is not None
    return [_piece(day * DAY_MS, DAY_MS, n) for day, n in zip(row["days"], row["counts"], strict=True)]


async def _hours(conn: Connection, tenant_id: str, counter: Counter, hours: Sequence[int]) -> list[Row]:
    return await conn.fetch(_SQL.hours, tenant_id, *counter, list(hours))


def _pieces_of_hours(rows: Iterable[Row], layout: Layout) -> list[Piece]:
    """Return the pieces of hours: whole hours, and of the others the minutes that lie in the range."""
    whole = set(layout.hours)
    pieces: list[Piece] = []
    for row in rows:
        if row["hour"] in whole:
            pieces.append(_piece(row["hour"] * HOUR_MS, HOUR_MS, row["n"]))
            continue
        inside = [part for part in layout.minutes if part.hour == row["hour"]]
        pieces += [
            piece
            for place, piece in enumerate(_minute_pieces(row))
            if any(part.first <= place <= part.last for part in inside)
        ]
    return pieces


def _minute_pieces(row: Row) -> list[Piece]:
    start_ms = row["hour"] * HOUR_MS
    return [_piece(start_ms + place * MINUTE_MS, MINUTE_MS, n) for place, n in enumerate(row["minutes"])]


async def _sliced(conn: Connection, conditions: Conditions, part: Slice) -> Piece:
    inside = conditions.copy()
    inside.add("e.occurred_at >= {}", part.start)
    inside.add("e.occurred_at < {}", part.end)
    n = cast(int, await conn.fetchval(inside.sql(_SQL.count_matching), *inside.parameters))
    return Piece(NumberRange(to_ms(part.start), last_ms_before(part.end)), n)


def _newest_first(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: piece.span.first, reverse=True)


def _piece(start_ms: int, length_ms: int, rows: int) -> Piece:
    return Piece(NumberRange(start_ms, start_ms + length_ms - 1), rows)
