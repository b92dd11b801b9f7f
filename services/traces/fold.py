"""Folds a batch of records into traces: rows first, then exactly what the new ones among them add to the whole.

Each step is a statement of its own, because each must see what others committed while the step before it waited for
the traces' rows. Within a transaction tables are locked in one order, and rows in that of their keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, starmap
from pathlib import Path
from typing import NamedTuple

from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.traces.links import Arrival, LinkChange, Stop, between, link_changes, next_to_older
from services.traces.model import Place
from services.traces.records import EventEntry, InteractionEntry, TraceEntry

_HERE = Path(__file__).parent
_SQL = SqlFile.load(_HERE / "fold.sql")
_MAKE_ROOM = (_HERE / "arriving.sql").read_text(encoding="utf-8")

TraceKey = tuple[str, str]
"""Tenant and unit of work (its index key)."""

EntryKey = tuple[str, str]
"""Tenant and id."""


class Batch(NamedTuple):
    """Records by their keys; of those with the same id only the first."""

    interactions: dict[EntryKey, InteractionEntry]
    events: dict[EntryKey, EventEntry]

    @classmethod
    def of(cls, entries: Iterable[TraceEntry]) -> Batch:
        """Return a batch taken apart."""
        batch = cls({}, {})
        for entry in entries:
            if isinstance(entry, EventEntry):
                batch.events.setdefault(entry[:2], entry)
            else:
                batch.interactions.setdefault(entry[:2], entry)
        return batch


class Added(NamedTuple):
    """The keys of the records that no trace had."""

    interactions: list[EntryKey]
    events: list[EntryKey]


class Reach(NamedTuple):
    """The start and end of a trace before the batch; None when it had no record."""

    started_at: datetime | None
    ended_at: datetime | None


async def add(conn: Connection, entries: Sequence[TraceEntry]) -> None:
    """Add the new ones among `entries` to rows, summaries and counters."""
    batch = Batch.of(entries)
    await _hand_over(conn, batch)
    await conn.execute(_SQL.add_traces)
    held = {(row[0], row[1]): Reach(row[2], row[3]) for row in await conn.fetch(_SQL.lock_traces)}
    added = await _add_rows(conn, batch)
    if len(added.interactions) + len(added.events) < len(batch.interactions) + len(batch.events):
        await conn.execute(_SQL.keep_new, *as_columns(added.interactions, 2), *as_columns(added.events, 2))
        await conn.execute(_SQL.forget_empty, *as_columns(_left_empty(held, batch, added), 2))
    if added.interactions or added.events:
        await _count(conn, [batch.interactions[key] for key in added.interactions], held)


async def add_rows(conn: Connection, entries: Sequence[TraceEntry]) -> None:
    """Add the new ones among `entries` to the rows alone."""
    batch = Batch.of(entries)
    await _hand_over(conn, batch)
    await _add_rows(conn, batch)


async def _hand_over(conn: Connection, batch: Batch) -> None:
    """Copy the batch into the temporary tables of arriving records."""
    await conn.execute(_MAKE_ROOM)
    for table, rows in (("arriving_interactions", batch.interactions), ("arriving_events", batch.events)):
        if rows:
            await conn.copy_records_to_table(table, schema_name="pg_temp", records=rows.values())


async def _add_rows(conn: Connection, batch: Batch) -> Added:
    interactions = await conn.fetch(_SQL.add_interactions) if batch.interactions else ()
    events = await conn.fetch(_SQL.add_events) if batch.events else ()
    return Added([(row[0], row[1]) for row in interactions], [(row[0], row[1]) for row in events])


def _left_empty(held: Mapping[TraceKey, Reach], batch: Batch, added: Added) -> list[TraceKey]:
    """Return the traces that had no record and got none: those of ids that another trace has."""
    touched = {batch.interactions[key].uow_key for key in added.interactions}
    touched |= {batch.events[key].uow_key for key in added.events}
    return [key for key, reach in held.items() if reach.started_at is None and key not in touched]


async def _count(conn: Connection, fresh: Sequence[InteractionEntry], held: Mapping[TraceKey, Reach]) -> None:
    links: list[tuple[object, ...]] = []
    for (tenant_id, _), arrivals in (await _arrivals(conn, fresh, held)).items():
        links += ((tenant_id, *change) for change in link_changes(arrivals))
    await conn.execute(_SQL.add_members)
    changed = [(row[0], held[row[0], row[1]].started_at, row[2]) for row in await conn.fetch(_SQL.add_to_traces)]
    days = [change for change in starmap(_day_changes, changed) if change]
    if days:
        await conn.execute(_SQL.count_days, *as_columns(chain.from_iterable(days), 3))
    if fresh:
        await conn.execute(_SQL.count_origins)
    if links:
        await conn.execute(_SQL.count_links, *as_columns(links, 1 + len(LinkChange._fields)))


async def _arrivals(
    conn: Connection, fresh: Sequence[InteractionEntry], held: Mapping[TraceKey, Reach]
) -> dict[TraceKey, list[Arrival]]:
    """Return new interactions with their neighbours, by trace, each in its order."""
    stops: dict[TraceKey, list[Stop]] = defaultdict(list)
    for entry in fresh:
        place = Place(entry.event_at, entry.number, entry.interaction_id)
        stops[entry.uow_key].append(Stop(place, entry.origin_id))
    for found in stops.values():
        found.sort()
    unsure = [(*key, *stop.place) for key in stops for stop in next_to_older(stops[key], held[key].ended_at)]
    rows = await conn.fetch(_SQL.neighbours, *as_columns(unsure, 5)) if unsure else ()
    known: dict[TraceKey, dict[str, tuple[Stop | None, Stop | None]]] = defaultdict(dict)
    for (tenant_id, uow_id, *_, interaction_id), row in zip(unsure, rows, strict=True):
        known[tenant_id, uow_id][interaction_id] = _stop(*row[:4]), _stop(*row[4:])
    return {key: between(found, known[key]) for key, found in stops.items()}


def _stop(event_at: datetime | None, number: int, interaction_id: str, origin_id: str) -> Stop | None:
    return None if event_at is None else Stop(Place(event_at, number, interaction_id), origin_id)


def _day_changes(tenant_id: str, before: datetime | None, now: datetime) -> list[tuple[str, datetime, int]]:
    """Return when a trace begins that did not before, and when it no longer does."""
    if before == now:
        return []
    return [(tenant_id, now, 1), *([(tenant_id, before, -1)] if before is not None else [])]
