"""Reads of the history: totals, pages and single rows, each total and page from one snapshot.

No filter, combinations of type, action, origin and a range of times, and a single user are answered from counters;
everything else is counted through the index of its most selective filter. Transactions are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, cast

from libs.contracts.times import EARLIEST, END, EPOCH, LATEST_MS, from_ms, to_ms
from libs.httpkit.paging import Page
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.records.index_key import index_key
from services.queries.counting.blocks import ALL_NUMBERS, FACET_SHIFT, USER_SHIFT, Cut, NumberRange, Tally, cut
from services.queries.counting.conditions import Conditions, within
from services.queries.interactions.conditions import below, conditions_of
from services.queries.interactions.counts import event_tally, numbers_between
from services.queries.interactions.model import Criteria, DateField, Facets, PageRequest, Strategy, strategy_of
from services.queries.interactions.timeline import Granularity, Window

ENTRIES_PER_ROW = 10
"""The number of entries in the index by event time that are walked in the time one row found by facets takes."""
_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))


class Snapshot(NamedTuple):
    """The generation read (its schema), and the accept time up to which it is complete."""

    generation: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A page's numbers in the list's order, and the total of matching rows."""

    total: int
    numbers: list[int]


async def snapshot(conn: Connection) -> Snapshot:
    """Return what this transaction sees."""
    row = await conn.fetchrow(_SQL.snapshot)
    assert row is not None
    return Snapshot(row["generation"], row["as_of"])


async def find(conn: Connection, tenant_id: str, criteria: Criteria, facets: Facets, page: PageRequest) -> Found:
    """Return the page of interactions that meet the criteria; `facets` are the codes of its mnemonics."""
    span = await _span(conn, tenant_id, criteria)
    if span.first > span.last:
        return Found(0, [])
    conditions = conditions_of(tenant_id, criteria, facets)
    match strategy_of(criteria):
        case Strategy.FACET_BLOCKS:
            return await _from_tally(conn, await _tally_facets(conn, conditions, facets, span), conditions, page)
        case Strategy.USER_BLOCKS:
            tally = await _tally_user(conn, conditions, index_key(criteria.user_id or ""), span)
            return await _from_tally(conn, tally, conditions, page)
        case Strategy.EVENT_DAYS:
            return await _from_event_days(conn, criteria, facets, conditions, page)
        case Strategy.ONE_INDEX:
            return await _page_by_index(conn, within(conditions, span), page)
        case Strategy.ONE_SCAN:
            return await _in_one_scan(conn, criteria, within(conditions, span), page)


async def activity(
    conn: Connection,
    tenant_id: str,
    criteria: Criteria,
    facets: Facets,
    resources: Sequence[tuple[int, str | None]],
    page: Page,
) -> tuple[int, list[Row]]:
    """Return how many groups there are, and a page of them.

    `resources` are type codes (0 is any) and ids (None is every).
    """
    span = await _span(conn, tenant_id, criteria)
    if span.first > span.last:
        return 0, []
    conditions = within(conditions_of(tenant_id, criteria, facets), span)
    if resources:
        conditions.add_resources(resources)
    statement = _SQL.activity
    if criteria.date_field is DateField.EVENT:
        statement = statement.replace("/* at */ i.created_at", "i.event_at")
    rows = await conn.fetch(conditions.page(statement, page.offset, page.limit), *conditions.parameters)
    return rows[0]["total"], [row for row in rows if row["uow_id"] is not None]


async def rows(conn: Connection, tenant_id: str, numbers: list[int]) -> list[Row]:
    """Return the rows of these numbers, in their order."""
    if not numbers:
        return []
    found = {row["number"]: row for row in await conn.fetch(_SQL.rows, tenant_id, numbers)}
    return [found[number] for number in numbers]


async def row_by_id(conn: Connection, tenant_id: str, interaction_id: str) -> Row | None:
    """Return the row with this id."""
    number = await conn.fetchval(_SQL.row_by_id, tenant_id, interaction_id)
    return None if number is None else (await rows(conn, tenant_id, [number]))[0]


async def _span(conn: Connection, tenant_id: str, criteria: Criteria) -> NumberRange:
    """Return the numbers accepted within the criteria's dates, as wide a range as the rows allow."""
    if criteria.date_field is not DateField.CREATED or (criteria.start is None and criteria.end is None):
        return ALL_NUMBERS
    return await numbers_between(conn, tenant_id, criteria.start, criteria.end)


async def _tally_facets(conn: Connection, conditions: Conditions, facets: Facets, span: NumberRange) -> Tally:
    laid = cut(span, FACET_SHIFT)
    codes = (facets.type_code, facets.action_code, facets.origin_code)
    stored = await conn.fetchrow(_SQL.block_counts, conditions.tenant_id, *codes, *laid.blocks)
    return await _tally(conn, conditions, laid, stored, FACET_SHIFT)


async def _tally_user(conn: Connection, conditions: Conditions, user_id: str, span: NumberRange) -> Tally:
    laid = cut(span, USER_SHIFT)
    stored = await conn.fetchrow(_SQL.user_block_counts, conditions.tenant_id, user_id, *laid.blocks)
    return await _tally(conn, conditions, laid, stored, USER_SHIFT)


async def _tally(conn: Connection, conditions: Conditions, laid: Cut, stored: Row | None, shift: int) -> Tally:
    assert stored is not None
    rows_of = dict(zip(stored["blocks"], stored["counts"], strict=True))
    pieces = {
        edge.block: edge.piece(rows_of[edge.block], await _count(conn, within(conditions, edge.counted)))
        for edge in laid.edges
        if edge.block in rows_of
    }
    return Tally.of(stored["blocks"], stored["counts"], pieces, shift)


async def _count(conn: Connection, conditions: Conditions) -> int:
    return cast(int, await conn.fetchval(conditions.sql(_SQL.count_matching), *conditions.parameters))


async def _from_tally(conn: Connection, tally: Tally, conditions: Conditions, page: PageRequest) -> Found:
    """Find the page of an exact tally only where the tally places its numbers."""
    after = page.after
    place = tally.at(page.offset, page.limit) if after is None else tally.below(after.number, page.limit)
    if place is None:
        return Found(tally.total, [])
    inside = within(conditions, place.span)
    if after is not None:
        inside.add_text(below(inside, after))
    return Found(tally.total, await _numbers(conn, inside, _SQL.newest_numbers, place.skip, page.limit))


async def _numbers(conn: Connection, conditions: Conditions, statement: str, skip: int, limit: int) -> list[int]:
    text = conditions.page(statement, skip, limit)
    return [row["number"] for row in await conn.fetch(text, *conditions.parameters)]


async def _from_event_days(
    conn: Connection, criteria: Criteria, facets: Facets, conditions: Conditions, page: PageRequest
) -> Found:
    """Find a page in event-time order only where the counters by event time place it.

    What is rare is found by its facets instead: between two of its rows may lie very many others.
    """
    counted = await event_tally(conn, conditions.tenant_id, facets, criteria.start, criteria.end)
    total = counted.tally.total
    if total == 0:
        return Found(0, [])
    if facets != Facets() and await _is_rare(conn, conditions.tenant_id, criteria, facets, page.limit / total):
        return await _in_one_scan(conn, criteria, conditions, page)
    if page.after is not None:
        place = counted.tally.below(to_ms(page.after.event_at or EPOCH), page.limit)
        conditions.add_text(below(conditions, page.after))
    else:
        place = counted.tally.at(page.offset, page.limit)
    if place is None:
        return Found(total, [])
    place = await counted.narrowed(conn, conditions.tenant_id, facets, place, page.limit)
    conditions.add_event_times(from_ms(place.span.first), _after_ms(place.span.last))
    return Found(total, await _numbers(conn, conditions, _SQL.latest_numbers, place.skip, page.limit))


async def _is_rare(conn: Connection, tenant_id: str, criteria: Criteria, facets: Facets, share: float) -> bool:
    """Return whether reading all rows of the facets costs less than walking `share` of the dates' rows."""
    days = Window(criteria.start or EARLIEST, criteria.end or END, Granularity.DAY).days
    codes = (facets.type_code, facets.action_code, facets.origin_code)
    row = await conn.fetchrow(_SQL.event_weights, tenant_id, *codes, *days)
    assert row is not None
    return bool(row["of_facets"] * ENTRIES_PER_ROW < min(1, share) * row["of_days"])


def _after_ms(last_ms: int) -> datetime | None:
    """Return the exclusive end of a range up to this millisecond; None past the last possible one."""
    return None if last_ms >= LATEST_MS else from_ms(last_ms + 1)


async def _page_by_index(conn: Connection, conditions: Conditions, page: PageRequest) -> Found:
    """Find a page of rows that an index holds in the list's order: count, then walk to the page."""
    total = await _count(conn, conditions)
    if page.after is None and page.offset >= total:
        return Found(total, [])
    if page.after is not None:
        conditions.add_text(below(conditions, page.after))
    return Found(total, await _numbers(conn, conditions, _SQL.newest_numbers, page.offset, page.limit))


async def _in_one_scan(conn: Connection, criteria: Criteria, conditions: Conditions, page: PageRequest) -> Found:
    """Find total and page in the rows that the most selective condition finds."""
    by_event = criteria.date_field is DateField.EVENT
    statement = _SQL.total_and_latest_numbers if by_event else _SQL.total_and_newest_numbers
    after = "" if page.after is None else below(conditions, page.after)
    text = conditions.page(statement, page.offset, page.limit, after=after)
    row = await conn.fetchrow(text, *conditions.parameters)
    assert row is not None
    return Found(row["total"], row["numbers"])
