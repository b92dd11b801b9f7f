"""Reads of the history of events: pages with totals, sums over ranges, single events and their causes.

No filter, event type, resource type and both are answered from the counters by time; everything else is counted through
the index of its most selective filter. Transactions are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from libs.contracts.times import LATEST_MS, from_ms, to_ms
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.records.index_key import MARK, index_key
from services.queries.counting.blocks import NumberRange
from services.queries.counting.conditions import Conditions
from services.queries.events.counts import time_tally
from services.queries.events.model import ActorSums, Counter, Criteria, Dimension, EventCursor, PageRequest
from services.queries.events.time_slices import lay, lay_for_actors

_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))
_TEXTS = ("event_type", "resource_type", "resource_id", "actor_id", "actor_type", "correlation_id", "source")


@dataclass(frozen=True, slots=True)
class Found:
    """A page's events in the list's order, one more than the limit when there are more, and the total of matches."""

    total: int
    places: list[EventCursor]


async def as_of(conn: Connection) -> datetime:
    """Return the accept time up to which this transaction sees everything."""
    return cast(datetime, await conn.fetchval(_SQL.as_of))


async def find(conn: Connection, tenant_id: str, criteria: Criteria, page: PageRequest) -> Found:
    """Return the page of events that meet the criteria."""
    conditions = _conditions_of(tenant_id, criteria)
    if criteria.is_counted:
        return await _from_counts(conn, conditions, criteria, page)
    if criteria.is_in_order:
        return await _from_an_index(conn, conditions, criteria, page)
    return await _in_one_scan(conn, conditions, criteria, page)


async def rows(conn: Connection, tenant_id: str, event_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the events of these ids, in their order, texts whole; unknown ones are left out."""
    found = [dict(row) for row in await conn.fetch(_SQL.rows, tenant_id, event_ids)]
    whole = await texts(conn, tenant_id, (row[name] for row in found for name in _TEXTS))
    if whole:
        found = [row | {name: whole.get(row[name], row[name]) for name in _TEXTS} for row in found]
    by_id = {str(row["event_id"]): row for row in found}
    return [by_id[event_id] for event_id in event_ids if event_id in by_id]


async def texts(conn: Connection, tenant_id: str, keys: Iterable[str | None]) -> dict[str, str]:
    """Return the whole texts of those keys that only stand for one."""
    long = sorted({key for key in keys if key is not None and key.startswith(MARK)})
    return {row["key"]: row["text"] for row in await conn.fetch(_SQL.texts, tenant_id, long)} if long else {}


async def sums(
    conn: Connection,
    tenant_id: str,
    dimensions: Sequence[Dimension],
    start: datetime | None,
    end: datetime | None,
) -> dict[Counter, int]:
    """Return how many events a range has of everything that these dimensions count; what has none is left out."""
    laid = lay(start, end)
    found = await conn.fetch(
        _SQL.sums,
        tenant_id,
        list(dimensions),
        *laid.days,
        list(laid.hours),
        *([part[column] for part in laid.minutes] for column in range(3)),
        *([part[column] for part in laid.slices] for column in range(2)),
    )
    whole = await texts(conn, tenant_id, (row[name] for row in found for name in ("key", "other")))
    return {
        Counter(Dimension(row["dimension"]), *(whole.get(row[name], row[name]) for name in ("key", "other"))): row["n"]
        for row in found
    }


async def actors(
    conn: Connection, tenant_id: str, start: datetime | None, end: datetime | None, limit: int
) -> list[ActorSums]:
    """Return the most active actors of a range, at most `limit`, ties by id and type."""
    laid = lay_for_actors(start, end)
    found = await conn.fetch(
        _SQL.actors,
        tenant_id,
        *([part[column] for part in laid.stretches] for column in range(3)),
        *([part[column] for part in laid.parts] for column in range(3)),
        limit,
    )
    return [ActorSums(*row) for row in found]


async def causes(conn: Connection, tenant_id: str, event_id: str, limit: int) -> list[Row]:
    """Return the event itself and up to `limit` causes, each the cause of the one before."""
    return await conn.fetch(_SQL.causes, tenant_id, event_id, limit)


def _conditions_of(tenant_id: str, criteria: Criteria) -> Conditions:
    """Return all that the criteria ask for but the times."""
    found = Conditions(tenant_id)
    columns = (
        ("e.event_type = {}", criteria.event_type),
        ("e.resource_type = {}", criteria.resource_type),
        ("e.actor_id = {}", criteria.actor_id),
        ("e.correlation_id = {}", criteria.correlation_id),
    )
    for text, value in columns:
        if value is not None:
            found.add(text, index_key(value))
    if criteria.source is not None:
        _add_source(found, criteria.source)
    if len(criteria.resource_ids) == 1:
        found.add("e.resource_id = {}", index_key(criteria.resource_ids[0]))
    elif criteria.resource_ids:
        found.add("e.resource_id = ANY({}::text[])", [index_key(text) for text in criteria.resource_ids])
    return found


def _add_source(conditions: Conditions, source: str) -> None:
    if source:
        conditions.add("e.source = {}", index_key(source))
    else:
        conditions.add_text("e.source IS NULL")


def _counter_of(criteria: Criteria) -> Counter:
    if criteria.source is not None:
        return Counter(Dimension.SOURCE, index_key(criteria.source) if criteria.source else "")
    event_type = None if criteria.event_type is None else index_key(criteria.event_type)
    resource_type = None if criteria.resource_type is None else index_key(criteria.resource_type)
    if event_type is not None:
        if resource_type is not None:
            return Counter(Dimension.TYPES, event_type, resource_type)
        return Counter(Dimension.EVENT_TYPE, event_type)
    return Counter(Dimension.ALL) if resource_type is None else Counter(Dimension.RESOURCE_TYPE, resource_type)


async def _from_counts(conn: Connection, conditions: Conditions, criteria: Criteria, page: PageRequest) -> Found:
    counter = _counter_of(criteria)
    counted = await time_tally(conn, conditions, counter, criteria.start, criteria.end)
    wanted = page.limit + 1
    if page.after is None:
        place = counted.tally.at(page.offset, wanted)
    else:
        place = counted.tally.below(to_ms(page.after.at), wanted)
    if place is None:
        return Found(counted.total, [])
    place = await counted.narrowed(conn, conditions.tenant_id, counter, place, wanted)
    _add_span(conditions, place.span)
    if page.after is not None:
        conditions.add_text(_below(conditions, page.after))
    text = conditions.page(_SQL.newest, place.skip, wanted)
    return Found(counted.total, _places(await conn.fetch(text, *conditions.parameters)))


async def _from_an_index(conn: Connection, conditions: Conditions, criteria: Criteria, page: PageRequest) -> Found:
    """Return the index of the one filter holds the list's order: entries are counted, and skipped, without being
    sorted.
    """
    _add_times(conditions, criteria.start, criteria.end)
    total = cast(int, await conn.fetchval(conditions.sql(_SQL.count_matching), *conditions.parameters))
    if page.after is not None:
        conditions.add_text(_below(conditions, page.after))
    text = conditions.page(_SQL.newest, 0 if page.after is not None else page.offset, page.limit + 1)
    return Found(total, _places(await conn.fetch(text, *conditions.parameters)))


async def _in_one_scan(conn: Connection, conditions: Conditions, criteria: Criteria, page: PageRequest) -> Found:
    _add_times(conditions, criteria.start, criteria.end)
    statement = _SQL.total_and_newest
    if page.after is not None:
        statement = statement.replace("/* after */", f" AND {_below(conditions, page.after)}")
    text = conditions.page(statement, 0 if page.after is not None else page.offset, page.limit + 1)
    found = await conn.fetch(text, *conditions.parameters)
    return Found(found[0]["total"], _places(row for row in found if row["event_id"] is not None))


def _add_times(conditions: Conditions, start: datetime | None, end: datetime | None) -> None:
    if start is not None:
        conditions.add("e.occurred_at >= {}", start)
    if end is not None:
        conditions.add("e.occurred_at < {}", end)


def _add_span(conditions: Conditions, span: NumberRange) -> None:
    """Keep the milliseconds of a slice; the last possible one has no end."""
    until = None if span.last >= LATEST_MS else from_ms(span.last + 1)
    _add_times(conditions, from_ms(span.first), until)


def _below(conditions: Conditions, after: EventCursor) -> str:
    at, event_id = conditions.parameter(after.at), conditions.parameter(after.event_id)
    return f"(e.occurred_at, e.event_id) < ({at}::timestamptz, {event_id}::uuid)"


def _places(found: Iterable[Row]) -> list[EventCursor]:
    return [EventCursor(row["occurred_at"].astimezone(UTC), str(row["event_id"])) for row in found]
