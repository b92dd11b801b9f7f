"""Reads of traces: records in order, summaries, the search, links between origins. Transactions are the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import EARLIEST, END
from libs.pg.columns import Columns, as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.records.index_key import index_key
from libs.rollups.spans import Spans, spans_of_days
from services.traces.model import SERVICE, SPAN, USER, Criteria, PageRequest, Place, Started, Window

PAGE_BYTES = 8 * 1024 * 1024
"""The bytes that the values of one kind on a page may take before its last one."""

_SQL = SqlFile.load(Path(__file__).with_name("queries.sql"))
_BEGINNING = Place(EARLIEST, 0, "00000000-0000-0000-0000-000000000000")
_ONE_DAY = timedelta(days=1)
_HAS = (
    "EXISTS (SELECT FROM members AS m WHERE m.tenant_id = $1 AND m.uow_id = s.uow_id"
    " AND m.kind = {} AND m.value = ANY({}::text[]))"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the search, with one trace more when there are more, and the total of matches."""

    total: int
    started: list[Started]


@dataclass(frozen=True, slots=True)
class Sought:
    """Criteria whose mnemonics are resolved: the values to look for, by kind; any of a kind's will do."""

    criteria: Criteria
    values: dict[str, Sequence[str]] = field(default_factory=dict)


async def as_of(conn: Connection) -> datetime:
    """Return the accept time up to which this transaction sees everything."""
    return cast(datetime, await conn.fetchval(_SQL.as_of))


async def summaries(conn: Connection, tenant_id: str, uow_ids: Sequence[str]) -> list[Row]:
    """Return the traces of these units of work (index keys), in the order given; unknown ones are left out."""
    rows = {row["uow_id"]: row for row in await conn.fetch(_SQL.summaries, tenant_id, uow_ids)}
    return [rows[uow_id] for uow_id in uow_ids if uow_id in rows]


async def members(conn: Connection, tenant_id: str, uow_ids: Sequence[str]) -> dict[str, list[Row]]:
    """Return the values of these traces' sets, by unit of work."""
    found: dict[str, list[Row]] = {uow_id: [] for uow_id in uow_ids}
    for row in await conn.fetch(_SQL.members, tenant_id, uow_ids):
        found[row["uow_id"]].append(row)
    return found


async def records(
    conn: Connection, tenant_id: str, uow_id: str, after: Place | None, limit: int
) -> tuple[list[Row], list[Row]]:
    """Return up to `limit` whole interactions and as many events after a place.

    Either ends once 8 MiB come before one.
    """
    place = after or _BEGINNING
    interactions = await conn.fetch(_SQL.interactions, tenant_id, uow_id, *place, limit, PAGE_BYTES)
    return interactions, await conn.fetch(_SQL.events, tenant_id, uow_id, *place, limit, PAGE_BYTES)


async def keys(
    conn: Connection, tenant_id: str, uow_id: str, after: Place | None, limit: int
) -> tuple[list[Row], list[Row]]:
    """Return up to `limit` interactions and as many events after a place, their key fields only."""
    place = after or _BEGINNING
    interactions = await conn.fetch(_SQL.interaction_keys, tenant_id, uow_id, *place, limit)
    return interactions, await conn.fetch(_SQL.event_keys, tenant_id, uow_id, *place, limit)


async def correlated(conn: Connection, tenant_id: str, uow_id: str, window: Window) -> list[Row]:
    """Return whole events of a unit of work in their order, counted from whichever end is nearer."""
    if not window.count:
        return []
    if window.is_nearer_the_end:
        return await conn.fetch(_SQL.correlated_from_end, tenant_id, uow_id, window.from_end, window.count)
    return await conn.fetch(_SQL.correlated, tenant_id, uow_id, window.offset, window.count)


async def search(conn: Connection, tenant_id: str, sought: Sought, page: PageRequest) -> Found:
    """Return a page of traces.

    A search by start alone is counted by days; any other by its most selective filter.
    """
    conditions, parameters = _conditions(tenant_id, sought)
    if sought.criteria.only_dated:
        total = await _count_started(conn, tenant_id, sought.criteria.start, sought.criteria.end)
        if page.after is not None:
            conditions += _after(page.after, parameters)
        rows = await conn.fetch(_paged(_SQL.started, conditions, "", page, parameters), *parameters)
        return Found(total, [Started(row["started_at"], row["uow_id"]) for row in rows])
    after = _after(page.after, parameters) if page.after is not None else ""
    rows = await conn.fetch(_paged(_SQL.total_and_started, conditions, after, page, parameters), *parameters)
    started = [Started(row["started_at"], row["uow_id"]) for row in rows if row["uow_id"] is not None]
    return Found(rows[0]["total"], started)


async def origin_counts(conn: Connection, tenant_id: str, first: date, last: date) -> list[Row]:
    """Return how many interactions each origin has on these days."""
    return await conn.fetch(_SQL.origin_counts, tenant_id, *_span_columns(first, last))


async def origin_links(conn: Connection, tenant_id: str, first: date, last: date) -> list[Row]:
    """Return the links of these days, a row for each part of their histograms; those of one link follow each other."""
    return await conn.fetch(_SQL.origin_links, tenant_id, *_span_columns(first, last))


def sought(criteria: Criteria, facet_ids: dict[str, str], type_values: Sequence[str]) -> Sought:
    """Return criteria with the catalog's ids of action and origin, and all values a resource type may be kept as."""
    values: dict[str, Sequence[str]] = {kind: [facet_ids[kind]] for kind in (ACTION, ORIGIN) if kind in facet_ids}
    if criteria.resource_type is not None:
        values[RESOURCE_TYPE] = type_values
    for kind, value in ((USER, criteria.user_id), (SERVICE, criteria.service), (SPAN, criteria.span_name)):
        if value is not None:
            values[kind] = [index_key(value)]
    return Sought(criteria, values)


def _span_columns(first: date, last: date) -> Columns:
    return as_columns(spans_of_days(first, last), len(Spans._fields))


def _conditions(tenant_id: str, sought: Sought) -> tuple[str, list[object]]:
    criteria = sought.criteria
    parameters: list[object] = [tenant_id]
    compared = (
        ("s.started_at >= {}", criteria.start),
        ("s.started_at < {}", criteria.end),
        ("s.duration_ms >= {}", criteria.min_duration_ms),
        ("s.duration_ms <= {}", criteria.max_duration_ms),
    )
    texts = [text.format(_parameter(parameters, value)) for text, value in compared if value is not None]
    if criteria.error is not None:
        texts.append("s.errors > 0" if criteria.error else "s.errors = 0")
    for kind, values in sorted(sought.values.items()):
        texts.append(_HAS.format(_parameter(parameters, kind), _parameter(parameters, list(values))))
    return "".join(f" AND {text}" for text in texts), parameters


def _parameter(parameters: list[object], value: object) -> str:
    parameters.append(value)
    return f"${len(parameters)}"


def _after(after: Started, parameters: list[object]) -> str:
    at, uow_id = _parameter(parameters, after.at), _parameter(parameters, after.uow_id)
    return f" AND (s.started_at, s.uow_id) < ({at}, {uow_id})"


def _paged(statement: str, conditions: str, after: str, page: PageRequest, parameters: list[object]) -> str:
    place = f"OFFSET {_parameter(parameters, page.offset)} LIMIT {_parameter(parameters, page.limit + 1)}"
    return statement.replace("/* conditions */", conditions).replace("/* after */", after).replace("/* page */", place)


async def _count_started(conn: Connection, tenant_id: str, start: datetime | None, end: datetime | None) -> int:
    """Return how many traces started in a range: whole days from their counts, the rest one by one."""
    last = date.max if end is None else max(end.date(), date.min + _ONE_DAY) - _ONE_DAY
    if start is not None and start.date() >= last:
        return await _count_each(conn, tenant_id, start, end or END)
    first = date.min if start is None else start.date() + _ONE_DAY * (start != _midnight(start.date()))
    total = cast(int, await conn.fetchval(_SQL.total_of_days, tenant_id, first, last))
    if start is not None and start < _midnight(first):
        total += await _count_each(conn, tenant_id, start, _midnight(first))
    if end is not None and _midnight(last + _ONE_DAY) < end:
        total += await _count_each(conn, tenant_id, _midnight(last + _ONE_DAY), end)
    return total


async def _count_each(conn: Connection, tenant_id: str, start: datetime, end: datetime) -> int:
    return cast(int, await conn.fetchval(_SQL.count_started, tenant_id, start, end))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
