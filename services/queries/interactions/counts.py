"""Reads of the counters by time: timelines, and the tally of lists in event-time order.

What counters hold is added up; only the quarter hours that a bound cuts are counted anew: by number where accept
times are asked for, since those never decrease with numbers, else row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import EARLIEST, END
from libs.httpkit.errors import ApiError, Unprocessable, Violation
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.queries.counting.blocks import ALL_NUMBERS, FACET_SHIFT, NumberRange, Piece, Place, Tally, cut
from services.queries.counting.conditions import Conditions, within
from services.queries.interactions.conditions import facet_conditions
from services.queries.interactions.model import DateField, Facets
from services.queries.interactions.timeline import (
    MAX_COUNTS,
    QUARTERS_OF_DAY,
    DayCounts,
    Granularity,
    Slice,
    Window,
    filled,
)

_SQL = SqlFile.load(Path(__file__).with_name("timeline.sql"))
_COLUMNS = {RESOURCE_TYPE: "type_code", ACTION: "action_code", ORIGIN: "origin_code"}
QUARTER_MS = 900_000
DAY_MS = QUARTER_MS * QUARTERS_OF_DAY


@dataclass(frozen=True, slots=True)
class Groups:
    """The codes wanted of each kind (0 is any), several of the kind that is grouped by, if one is."""

    types: Sequence[int]
    actions: Sequence[int]
    origins: Sequence[int]
    kind: str | None = None

    def sql(self, statement: str) -> str:
        """Return the statement with its groups."""
        return statement if self.kind is None else statement.replace("/* group */ 0", _COLUMNS[self.kind])

    @property
    def codes(self) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        """The codes as the statements take them."""
        return self.types, self.actions, self.origins


async def counts_by_bucket(
    conn: Connection, tenant_id: str, window: Window, facets: Facets, kind: str | None, date_field: DateField
) -> dict[int, list[int]]:
    """Return what each bucket of the window holds of a facet combination, for each code of the kind that has any.

    Without a kind there is one group, 0. Raises 422 for more counts than an answer may hold.
    """
    groups = await groups_of(conn, tenant_id, facets, kind)
    by_event = date_field is DateField.EVENT
    days = await stored_days(conn, tenant_id, window, groups, by_event=by_event)
    conditions = facet_conditions(tenant_id, facets)
    cut_counts: dict[int, Mapping[int, int]] = {}
    for part in window.cuts:
        if by_event:
            cut_counts[part.quarter] = await count_slice(conn, conditions, groups, _stored_in(days, part.quarter), part)
        else:
            span = await numbers_between(conn, tenant_id, part.start, part.end)
            cut_counts[part.quarter] = await count_numbers(conn, conditions, groups, span)
    counts = filled(window, days, cut_counts)
    if len(counts) * window.bucket_count > MAX_COUNTS:
        raise _too_many()
    return counts


def _stored_in(days: Sequence[DayCounts], quarter: int) -> dict[int, int]:
    """Return what each group has in a quarter hour of a day that was read with its quarter hours."""
    day, place = divmod(quarter, QUARTERS_OF_DAY)
    stored: Counter[int] = Counter()
    for row in days:
        if row.day == day and row.quarters is not None:
            stored[row.group] += row.quarters[place]
    return stored


def _too_many() -> ApiError:
    message = f"buckets and groups are more than {MAX_COUNTS} counts: ask for a shorter range or coarser buckets"
    return Unprocessable(Violation(("query", "granularity"), message, "too_many_buckets"))


async def numbers_between(
    conn: Connection, tenant_id: str, start: datetime | None, end: datetime | None
) -> NumberRange:
    """Return the numbers accepted in `[start, end)`, as wide a range as the rows allow; open where a bound is None."""
    row = await conn.fetchrow(_SQL.numbers_around, tenant_id, start, end)
    assert row is not None
    first = ALL_NUMBERS.first if row["before"] is None else row["before"] + 1
    last = ALL_NUMBERS.last if row["after"] is None else row["after"] - 1
    return NumberRange(first, last)


async def groups_of(conn: Connection, tenant_id: str, facets: Facets, kind: str | None) -> Groups:
    """Return one group for a facet combination, or one for each code of a kind that the combination leaves open."""
    wanted = {RESOURCE_TYPE: [facets.type_code], ACTION: [facets.action_code], ORIGIN: [facets.origin_code]}
    if kind is not None and wanted[kind] == [0]:
        wanted[kind] = await conn.fetchval(_SQL.group_codes, tenant_id, kind)
    return Groups(wanted[RESOURCE_TYPE], wanted[ACTION], wanted[ORIGIN], kind)


async def stored_days(
    conn: Connection, tenant_id: str, window: Window, groups: Groups, *, by_event: bool
) -> list[DayCounts]:
    """Return the counters' rows of a range: one or two for a group's day, to be added up.

    Raises 422 for more days and groups than an answer may hold.
    """
    rows = await conn.fetch(
        groups.sql(_SQL.timeline_days),
        tenant_id,
        *groups.codes,
        by_event,
        *window.days,
        window.granularity is not Granularity.DAY,
        MAX_COUNTS + 1,
    )
    if len(rows) > MAX_COUNTS and len({(row["group_code"], row["day"]) for row in rows}) > MAX_COUNTS:
        raise _too_many()
    return [DayCounts(*row) for row in rows]


async def count_slice(
    conn: Connection, conditions: Conditions, groups: Groups, stored: Mapping[int, int], part: Slice
) -> Mapping[int, int]:
    """Return what each group has within a part of a quarter hour by event time, whichever side of it is counted.

    `conditions` are those of the facets alone, `stored` what each group has in the whole quarter hour.
    """
    if part.rest is None:
        return await _count_events(conn, conditions, groups, part.start, part.end)
    counts = Counter(stored)
    counts.subtract(await _count_events(conn, conditions, groups, *part.rest))
    return counts


async def count_numbers(
    conn: Connection, conditions: Conditions, groups: Groups, span: NumberRange
) -> Mapping[int, int]:
    """Return what each group has among these numbers."""
    laid = cut(span, FACET_SHIFT)
    added = {edge.block for edge in laid.edges if not edge.inverted}
    first, last = laid.blocks
    whole_blocks = (first + (first in added), last - (last in added))
    counts: Counter[int] = Counter()
    if whole_blocks[0] <= whole_blocks[1]:
        statement = groups.sql(_SQL.block_counts_by_group)
        rows = await conn.fetch(statement, conditions.tenant_id, *groups.codes, *whole_blocks)
        counts.update({row["group_code"]: row["n"] for row in rows})
    for edge in laid.edges:
        counted = await _count_rows(conn, within(conditions, edge.counted), groups)
        (counts.subtract if edge.inverted else counts.update)(counted)
    return counts


async def _count_events(
    conn: Connection, conditions: Conditions, groups: Groups, start: datetime, end: datetime
) -> Mapping[int, int]:
    inside = conditions.copy()
    inside.add_event_times(start, end)
    return await _count_rows(conn, inside, groups)


async def _count_rows(conn: Connection, conditions: Conditions, groups: Groups) -> Mapping[int, int]:
    text = groups.sql(conditions.sql(_SQL.count_by_group))
    return {row["group_code"]: row["n"] for row in await conn.fetch(text, *conditions.parameters)}


@dataclass(frozen=True, slots=True)
class EventTally:
    """Rows of a facet combination by event time: spans are milliseconds since 1970, pieces days or quarter hours."""

    tally: Tally
    cut_days: frozenset[int]

    async def narrowed(self, conn: Connection, tenant_id: str, facets: Facets, place: Place, limit: int) -> Place:
        """Return the same place with less to skip, where it skips into a day of which only the sum was looked at."""
        day = place.span.last // DAY_MS
        if not place.skip or day in self.cut_days:
            return place
        quarters = await _quarters_of(conn, tenant_id, facets, [day])
        inside = Tally(_quarter_pieces(day, quarters[day])).at(place.skip, limit)
        return place if inside is None else Place(NumberRange(place.span.first, inside.span.last), inside.skip)


async def event_tally(
    conn: Connection, tenant_id: str, facets: Facets, start: datetime | None, end: datetime | None
) -> EventTally:
    """Return the tally of a range of event times, open where a bound is None."""
    window = Window(start or EARLIEST, end or END, Granularity.DAY)
    row = await conn.fetchrow(_SQL.event_days, tenant_id, *_codes(facets), *window.days)
    assert row is not None
    cut_days = frozenset(window.cut_days.intersection(row["days"]))
    quarters = await _quarters_of(conn, tenant_id, facets, cut_days) if cut_days else {}
    await _count_cuts(conn, tenant_id, facets, window, quarters)
    pieces: list[Piece] = []
    for day, n in zip(row["days"], row["counts"], strict=True):
        pieces += _quarter_pieces(day, quarters[day]) if day in cut_days else [_piece(day * DAY_MS, DAY_MS, n)]
    return EventTally(Tally(pieces), cut_days)


async def _count_cuts(
    conn: Connection, tenant_id: str, facets: Facets, window: Window, quarters: Mapping[int, list[int]]
) -> None:
    """Reduce the counts of days that the range cuts to the part within the range."""
    first, last = window.quarters
    for day, counts in quarters.items():
        for place in range(QUARTERS_OF_DAY):
            if not first <= day * QUARTERS_OF_DAY + place <= last:
                counts[place] = 0
    groups = Groups([facets.type_code], [facets.action_code], [facets.origin_code])
    for part in window.cuts:
        day, place = divmod(part.quarter, QUARTERS_OF_DAY)
        if day in quarters:
            stored = {0: quarters[day][place]}
            counted = await count_slice(conn, facet_conditions(tenant_id, facets), groups, stored, part)
            quarters[day][place] = counted.get(0, 0)


async def _quarters_of(conn: Connection, tenant_id: str, facets: Facets, days: Iterable[int]) -> dict[int, list[int]]:
    rows = await conn.fetch(_SQL.event_quarters, tenant_id, *_codes(facets), list(days))
    return {row["day"]: row["quarters"] for row in rows}


def _codes(facets: Facets) -> tuple[int, int, int]:
    return facets.type_code, facets.action_code, facets.origin_code


def _quarter_pieces(day: int, quarters: Sequence[int]) -> list[Piece]:
    """Return the quarter hours of a day, newest first."""
    start_ms = day * DAY_MS
    return [
        _piece(start_ms + place * QUARTER_MS, QUARTER_MS, quarters[place]) for place in reversed(range(QUARTERS_OF_DAY))
    ]


def _piece(start_ms: int, length_ms: int, rows: int) -> Piece:
    return Piece(NumberRange(start_ms, start_ms + length_ms - 1), rows)
