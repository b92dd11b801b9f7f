"""Folds a batch of records into traces: rows first, then exactly what the new ones among them add to the whole.

Each step is a statement of its own, because each must see what others committed while the step before it waited for
the traces' rows. Within a transaction tables are locked in one order, and rows in that of their keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.pg.database import Connection, Record
from libs.pg.sql_files import SqlFile
from services.traces.links import Arrival, LinkChange, Stop, link_changes
from services.traces.model import USER, Place
from services.traces.records import EventEntry, InteractionEntry, TraceEntry

_HERE = Path(__file__).parent
_SQL = SqlFile.load(
    _HERE / "fold.sql",
    names=(
        "add_traces",
        "lock_traces",
        "add_interactions",
        "add_events",
        "neighbours",
        "add_members",
        "add_resources",
        "add_to_traces",
        "forget_empty",
        "count_days",
        "count_origins",
        "count_links",
    ),
)
_MAKE_ROOM = (_HERE / "arriving.sql").read_text(encoding="utf-8")
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

TraceKey = tuple[str, str]
"""Tenant and unit of work (its index key)."""


class New(NamedTuple):
    """The records of a batch that no trace had."""

    interactions: list[InteractionEntry]
    events: list[EventEntry]


class Member(NamedTuple):
    """A value that a trace has: its columns."""

    tenant_id: str
    uow_id: str
    kind: str
    value: str


@dataclass(slots=True)
class Change:
    """What a batch adds to one trace."""

    interactions: int = 0
    events: int = 0
    resources: int = 0
    started_at: datetime = _LATEST
    ended_at: datetime = _EARLIEST
    resource_keys: set[str] = field(default_factory=set)

    def reach(self, since: datetime, until: datetime) -> None:
        """Widen the times."""
        self.started_at = min(self.started_at, since)
        self.ended_at = max(self.ended_at, until)


async def add(conn: Connection, entries: Sequence[TraceEntry]) -> None:
    """Rows, summaries and counters of what is new."""
    traces = _traces(entries)
    columns = list(zip(*traces.items(), strict=True))
    if not columns:
        return
    tenants, uow_ids = zip(*columns[0], strict=True)
    await conn.execute(_SQL.add_traces, tenants, uow_ids, columns[1])
    held = await conn.fetch(_SQL.lock_traces, tenants, uow_ids)
    new = await add_rows(conn, entries)
    if len(new.interactions) + len(new.events) < len(entries):
        await conn.execute(_SQL.forget_empty, *_columns(_untouched(held, new), 2))
    if new.interactions or new.events:
        await _count(conn, new, {(row["tenant_id"], row["uow_id"]): row["started_at"] for row in held})


async def add_rows(conn: Connection, entries: Sequence[TraceEntry]) -> New:
    """Rows of what is new, nothing else; of records with the same id the first stays."""
    interactions: dict[tuple[str, str], InteractionEntry] = {}
    events: dict[tuple[str, str], EventEntry] = {}
    for entry in entries:
        if isinstance(entry, EventEntry):
            events.setdefault(entry[:2], entry)
        else:
            interactions.setdefault(entry[:2], entry)
    await conn.execute(_MAKE_ROOM)
    added_interactions = await _hand_over(conn, "arriving_interactions", interactions.values(), _SQL.add_interactions)
    added_events = await _hand_over(conn, "arriving_events", events.values(), _SQL.add_events)
    return New([interactions[key] for key in added_interactions], [events[key] for key in added_events])


async def _hand_over(conn: Connection, table: str, rows: Iterable[TraceEntry], statement: str) -> list[tuple[str, str]]:
    arriving = list(rows)
    if not arriving:
        return []
    await conn.copy_records_to_table(table, schema_name="pg_temp", records=arriving)
    return [(row[0], row[1]) for row in await conn.fetch(statement)]


def _traces(entries: Iterable[TraceEntry]) -> dict[TraceKey, str | None]:
    """Every trace that the entries name, and its whole text where its key is not that."""
    return {(entry.tenant_id, entry.uow_id): _long_uow_id(entry) for entry in entries}


def _long_uow_id(entry: TraceEntry) -> str | None:
    if isinstance(entry, EventEntry):
        return entry.long_uow_id
    return None if entry.long_texts is None else orjson.loads(entry.long_texts).get("uowId")


def _untouched(held: Sequence[Record], new: New) -> list[TraceKey]:
    touched = {(entry.tenant_id, entry.uow_id) for entries in new for entry in entries}
    keys = [(row["tenant_id"], row["uow_id"]) for row in held if row["started_at"] is None]
    return [key for key in keys if key not in touched]


async def _count(conn: Connection, new: New, started: Mapping[TraceKey, datetime | None]) -> None:
    arrivals = await _arrivals(conn, new.interactions)
    await _add_members(conn, new)
    changes = _changes(new)
    await _add_resources(conn, changes)
    await _add_to_traces(conn, changes)
    await conn.execute(_SQL.count_days, *_columns(_day_changes(changes, started), 3))
    if new.interactions:
        counted = [(row.tenant_id, row.event_at, row.origin_id, row.origin) for row in new.interactions]
        await conn.execute(_SQL.count_origins, *_columns(counted, 4))
    links = [(tenant_id, *change) for (tenant_id, _), stops in arrivals.items() for change in link_changes(stops)]
    if links:
        await conn.execute(_SQL.count_links, *_columns(links, 1 + len(LinkChange._fields)))


async def _arrivals(conn: Connection, rows: Sequence[InteractionEntry]) -> dict[TraceKey, list[Arrival]]:
    """New interactions between their neighbours, by trace, each in its order."""
    found: dict[TraceKey, list[Arrival]] = defaultdict(list)
    if not rows:
        return found
    ordered = sorted(rows, key=_place)
    columns = ((row.tenant_id, row.uow_id, *_place(row)) for row in ordered)
    for row, near in zip(ordered, await conn.fetch(_SQL.neighbours, *_columns(columns, 5)), strict=True):
        stop = Stop(_place(row), row.origin_id)
        found[row.tenant_id, row.uow_id].append(Arrival(stop, _stop(near, "before"), _stop(near, "after")))
    return found


def _place(row: InteractionEntry) -> Place:
    return Place(row.event_at, row.number, row.interaction_id)


def _stop(near: Record, side: str) -> Stop | None:
    if near[f"{side}_at"] is None:
        return None
    return Stop(Place(near[f"{side}_at"], near[f"{side}_number"], near[f"{side}_id"]), near[f"{side}_origin"])


async def _add_members(conn: Connection, new: New) -> None:
    names: dict[Member, str] = {}
    for member, name in (pair for entries in new for entry in entries for pair in _members(entry)):
        names[member] = min(name, names.get(member, name))
    await conn.execute(_SQL.add_members, *_columns(((*member, name) for member, name in names.items()), 5))


def _members(entry: TraceEntry) -> list[tuple[Member, str]]:
    trace = (entry.tenant_id, entry.uow_id)
    if isinstance(entry, EventEntry):
        found = [(Member(*trace, RESOURCE_TYPE, entry.type_key), entry.resource_type)]
        user, name = entry.user_key, entry.actor_id
    else:
        found = [
            (Member(*trace, RESOURCE_TYPE, entry.type_id), entry.resource_type),
            (Member(*trace, ACTION, entry.action_id), entry.action),
            (Member(*trace, ORIGIN, entry.origin_id), entry.origin),
        ]
        user, name = entry.user_id, entry.user_id
        if entry.long_texts is not None:
            name = orjson.loads(entry.long_texts).get("userId", name)
    return found if user is None else [*found, (Member(*trace, USER, user), name or user)]


def _changes(new: New) -> dict[TraceKey, Change]:
    changes: dict[TraceKey, Change] = defaultdict(Change)
    for row in new.interactions:
        change = changes[row.tenant_id, row.uow_id]
        change.interactions += 1
        change.reach(row.event_at, row.event_at)
        change.resource_keys.add(row.resource_key)
    for event in new.events:
        change = changes[event.tenant_id, event.uow_id]
        change.events += 1
        change.reach(min(event.event_at, event.started_at), max(event.event_at, event.ended_at))
        change.resource_keys.add(event.resource_key)
    return changes


async def _add_resources(conn: Connection, changes: Mapping[TraceKey, Change]) -> None:
    keys = ((*trace, key) for trace, change in changes.items() for key in change.resource_keys)
    for tenant_id, uow_id in await conn.fetch(_SQL.add_resources, *_columns(keys, 3)):
        changes[tenant_id, uow_id].resources += 1


async def _add_to_traces(conn: Connection, changes: Mapping[TraceKey, Change]) -> None:
    rows = (
        (*trace, change.interactions, change.events, change.resources, change.started_at, change.ended_at)
        for trace, change in changes.items()
    )
    await conn.execute(_SQL.add_to_traces, *_columns(rows, 7))


def _day_changes(
    changes: Mapping[TraceKey, Change], started: Mapping[TraceKey, datetime | None]
) -> list[tuple[str, datetime, int]]:
    """When traces begin that did not before, and when they no longer do."""
    days = []
    for trace, change in changes.items():
        before = started[trace]
        if before is None or change.started_at < before:
            days.append((trace[0], change.started_at, 1))
            if before is not None:
                days.append((trace[0], before, -1))
    return days


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[Sequence[object]]:
    """Rows as the columns that a statement takes."""
    return list(zip(*rows, strict=True)) or [()] * width
