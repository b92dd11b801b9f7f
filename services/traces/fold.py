"""Folds a batch of records into traces: rows first, then exactly what the new ones among them add to the whole.

Each step is a statement of its own, because each must see what others committed while the step before it waited for
the traces' rows. Within a transaction tables are locked in one order, and rows in that of their keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

from libs.pg.database import Connection, Record
from libs.pg.sql_files import SqlFile
from services.traces.links import Arrival, LinkChange, Stop, link_changes
from services.traces.model import Place
from services.traces.records import EventEntry, InteractionEntry, TraceEntry

_HERE = Path(__file__).parent
_SQL = SqlFile.load(
    _HERE / "fold.sql",
    names=(
        "add_traces",
        "lock_traces",
        "add_interactions",
        "add_events",
        "keep_new",
        "forget_empty",
        "neighbours",
        "add_members",
        "add_to_traces",
        "count_days",
        "count_origins",
        "count_links",
    ),
)
_MAKE_ROOM = (_HERE / "arriving.sql").read_text(encoding="utf-8")

TraceKey = tuple[str, str]
"""Tenant and unit of work (its index key)."""

EntryKey = tuple[str, str]
"""Tenant and id."""


class Batch(NamedTuple):
    """Records by their keys; of those with the same id the first is there."""

    interactions: dict[EntryKey, InteractionEntry]
    events: dict[EntryKey, EventEntry]

    @classmethod
    def of(cls, entries: Iterable[TraceEntry]) -> Batch:
        """A batch taken apart."""
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


async def add(conn: Connection, entries: Sequence[TraceEntry]) -> None:
    """Rows, summaries and counters of what is new."""
    batch = Batch.of(entries)
    await _hand_over(conn, batch)
    await conn.execute(_SQL.add_traces)
    held = await conn.fetch(_SQL.lock_traces)
    added = await _add_rows(conn, batch)
    if len(added.interactions) + len(added.events) < len(batch.interactions) + len(batch.events):
        await conn.execute(_SQL.keep_new, *_columns(added.interactions, 2), *_columns(added.events, 2))
        await conn.execute(_SQL.forget_empty, *_columns(_left_empty(held, batch, added), 2))
    if added.interactions or added.events:
        await _count(conn, added, {(row[0], row[1]): row[2] for row in held})


async def add_rows(conn: Connection, entries: Sequence[TraceEntry]) -> None:
    """Rows of what is new, nothing else."""
    batch = Batch.of(entries)
    await _hand_over(conn, batch)
    await _add_rows(conn, batch)


async def _hand_over(conn: Connection, batch: Batch) -> None:
    """Make the batch what is arriving."""
    await conn.execute(_MAKE_ROOM)
    for table, rows in (("arriving_interactions", batch.interactions), ("arriving_events", batch.events)):
        if rows:
            await conn.copy_records_to_table(table, schema_name="pg_temp", records=rows.values())


async def _add_rows(conn: Connection, batch: Batch) -> Added:
    interactions = await conn.fetch(_SQL.add_interactions) if batch.interactions else ()
    events = await conn.fetch(_SQL.add_events) if batch.events else ()
    return Added([(row[0], row[1]) for row in interactions], [(row[0], row[1]) for row in events])


def _left_empty(held: Sequence[Record], batch: Batch, added: Added) -> list[TraceKey]:
    """The traces that had no record and got none: those of ids that another trace has."""
    touched = {batch.interactions[key].uow_key for key in added.interactions}
    touched |= {batch.events[key].uow_key for key in added.events}
    keys = [(row["tenant_id"], row["uow_id"]) for row in held if row["started_at"] is None]
    return [key for key in keys if key not in touched]


async def _count(conn: Connection, added: Added, started: dict[TraceKey, datetime | None]) -> None:
    links: list[tuple[object, ...]] = []
    if added.interactions:
        arrivals = await _arrivals(conn)
        links = [(key[0], *change) for key, stops in arrivals.items() for change in link_changes(stops)]
    await conn.execute(_SQL.add_members)
    changed = [(row[0], started[row[0], row[1]], row[2]) for row in await conn.fetch(_SQL.add_to_traces)]
    days = [change for change in starmap(_day_changes, changed) if change]
    if days:
        await conn.execute(_SQL.count_days, *_columns([row for rows in days for row in rows], 3))
    if added.interactions:
        await conn.execute(_SQL.count_origins)
    if links:
        await conn.execute(_SQL.count_links, *_columns(links, 1 + len(LinkChange._fields)))


async def _arrivals(conn: Connection) -> dict[TraceKey, list[Arrival]]:
    """New interactions between their neighbours, by trace, each in its order."""
    found: dict[TraceKey, list[Arrival]] = defaultdict(list)
    for row in await conn.fetch(_SQL.neighbours):
        tenant_id, uow_id, *stops = row
        stop, before, after = _stop(*stops[:4]), _stop(*stops[4:8]), _stop(*stops[8:])
        assert stop is not None
        found[tenant_id, uow_id].append(Arrival(stop, before, after))
    return found


def _stop(event_at: datetime | None, number: int, interaction_id: str, origin_id: str) -> Stop | None:
    return None if event_at is None else Stop(Place(event_at, number, interaction_id), origin_id)


def _day_changes(tenant_id: str, before: datetime | None, now: datetime) -> list[tuple[str, datetime, int]]:
    """When a trace begins that did not before, and when it no longer does."""
    if before == now:
        return []
    return [(tenant_id, now, 1), *([(tenant_id, before, -1)] if before is not None else [])]


def _columns(rows: Sequence[Sequence[object]], width: int) -> list[Sequence[object]]:
    """Rows as the columns that a statement takes."""
    return list(zip(*rows, strict=True)) or [()] * width
