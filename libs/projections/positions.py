"""Positions as they are created, taken over, locked, advanced and renewed inside a consumer's transactions.

A stored offset is always the next to read. Whoever takes a partition over raises its owner epoch, and nobody with a
lower one writes again. Rows are locked in (topic, partition) order everywhere, so writers never deadlock over them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from libs.contracts.times import EPOCH
from libs.eventlog.port import Positions, StoredRecord, TopicPartition
from libs.pg.columns import as_columns, keyed_columns
from libs.pg.database import Connection, Database
from libs.pg.identifiers import quote_identifier
from libs.projections.consumer import ConsumerTables, RegisteredConsumer
from libs.projections.registry import POSITIONS

_LOOK_S = 5.0


class GenerationChanged(Exception):
    """The generation written to is no longer in the state its writer believes; look again which one serves."""


class ProjectionStopped(Exception):
    """An operator has to act before the consumer goes on; the message is the reason."""


class PositionsLost(Exception):
    """The database stands before what it had committed, as after a failover: read again from where it stands now."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a partition, and the epoch of the owner who may move it."""

    next_offset: int
    owner_epoch: int


Held = Mapping[TopicPartition, Position]
"""The partitions a writer took over, where it believes they stand."""


class Advance(NamedTuple):
    """A move of one position by one batch."""

    next_offset: int
    as_of: datetime
    applied: int
    parked: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A transaction in a consumer's schema."""

    conn: Connection
    tables: ConsumerTables
    parking_floor: int

    def sql(self, statement: str) -> str:
        """Return a statement on the consumer's own positions and parked records."""
        return self.tables.sql(statement)


@asynccontextmanager
async def entered(
    db: Database, consumer: RegisteredConsumer, *, idle_s: float, state: str | None = None
) -> AsyncIterator[Entered]:
    """Open a transaction with the consumer's schemas on the search path.

    PostgreSQL ends it after `idle_s` without a statement, so that a frozen process lets go of its rows. With `state`
    given, raises GenerationChanged when the consumer is in another one, and ProjectionStopped when it is stopped.
    """
    async with db.transaction() as conn:
        yield await enter(conn, consumer, idle_s=idle_s, state=state)


async def enter(conn: Connection, consumer: RegisteredConsumer, *, idle_s: float, state: str | None = None) -> Entered:
    """Enter a consumer's tables as `entered` does, in a transaction that the caller has opened."""
    path = ", ".join(map(quote_identifier, consumer.search_path))
    row = await conn.fetchrow(consumer.registry.enter, path, str(int(idle_s * 1000)), *consumer.key)
    if row is None or (state is not None and row["state"] != state):
        raise GenerationChanged(f"{consumer.group} is {row['state'] if row else 'gone'}, not {state}")
    if state is not None and row["stopped_reason"] is not None:
        raise ProjectionStopped(row["stopped_reason"])
    return Entered(conn, consumer.tables, row["parking_floor"])


async def current(db: Database, consumer: RegisteredConsumer) -> dict[TopicPartition, int]:
    """Return the consumer's next offsets as they are now. Raises GenerationChanged when it is gone."""
    async with entered(db, consumer, idle_s=_LOOK_S) as inside:
        rows = await inside.conn.fetch(inside.sql(POSITIONS.all))
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def count_parked(inside: Entered) -> int:
    """Return how many records of the consumer are parked at this moment."""
    count: int = await inside.conn.fetchval(inside.sql(POSITIONS.parked_now))
    return count


async def create_positions(conn: Connection, tables: ConsumerTables, starts: Positions) -> None:
    """Add the positions that are missing, at `starts`; those there stay as they are."""
    await conn.execute(tables.sql(POSITIONS.create), *keyed_columns(sorted(starts.items()), 3))


async def start_over(inside: Entered, starts: Positions) -> None:
    """Put the consumer at `starts`, which name its partitions; whoever held one holds it no longer."""
    await hold_all(inside.conn, inside.tables)
    await inside.conn.execute(inside.sql(POSITIONS.forget_others), *as_columns(sorted(starts), 2))
    await create_positions(inside.conn, inside.tables, starts)
    await inside.conn.execute(inside.sql(POSITIONS.start_over), *keyed_columns(sorted(starts.items()), 3))


async def resume(inside: Entered, consumer: RegisteredConsumer) -> None:
    """Let a stopped consumer go on; what was parked so far no longer counts against it."""
    total = await inside.conn.fetchval(inside.sql(POSITIONS.totals))
    await inside.conn.execute(consumer.registry.resume, total, *consumer.key)


async def take_over(inside: Entered, places: Collection[TopicPartition], owner: str) -> dict[TopicPartition, Position]:
    """Raise the owner epochs of the partitions; waits for a batch that still holds them."""
    rows = await inside.conn.fetch(inside.sql(POSITIONS.take_over), *as_columns(sorted(places), 2), owner)
    return {
        TopicPartition(row["topic"], row["partition"]): Position(row["next_offset"], row["owner_epoch"]) for row in rows
    }


async def lock(inside: Entered, places: Collection[TopicPartition]) -> dict[TopicPartition, Position]:
    """Return the positions, held until the transaction ends."""
    rows = await inside.conn.fetch(inside.sql(POSITIONS.lock), *as_columns(sorted(places), 2))
    return {
        TopicPartition(row["topic"], row["partition"]): Position(row["next_offset"], row["owner_epoch"]) for row in rows
    }


async def hold_all(conn: Connection, tables: ConsumerTables) -> None:
    """Hold every position until the transaction ends: the batches under way are committed by then, later ones wait."""
    await conn.fetch(tables.sql(POSITIONS.lock_all))


def owned(found: Held, held: Held) -> dict[TopicPartition, int]:
    """Return the next offsets of the partitions whose epoch is still the writer's.

    Raises PositionsLost when one lies before where the writer brought it: what it would write next leaves a gap.
    """
    ours = {place: at for place, at in found.items() if place in held and at.owner_epoch == held[place].owner_epoch}
    for place, at in sorted(ours.items()):
        if at.next_offset < held[place].next_offset:
            raise PositionsLost(f"{place.topic}/{place.partition} fell back to offset {at.next_offset}")
    return {place: at.next_offset for place, at in ours.items()}


def is_unread(record: StoredRecord, next_offsets: Positions) -> bool:
    """Return whether a record, and so every later one of its partition, lies at or after the next offset to read."""
    next_offset = next_offsets.get(record.topic_partition)
    return next_offset is not None and record.offset >= next_offset


def advances(
    parts: Mapping[TopicPartition, Sequence[StoredRecord]], parked: Mapping[TopicPartition, int], now: datetime
) -> dict[TopicPartition, Advance]:
    """Return by how much the records move their positions, `parked` of them parked; no accept time lies after `now`."""
    moved: dict[TopicPartition, Advance] = {}
    for place, part in parts.items():
        bad = parked.get(place, 0)
        moved[place] = Advance(part[-1].offset + 1, accept_time(part[-1], now), len(part) - bad, bad)
    return moved


def accept_time(record: StoredRecord, now: datetime) -> datetime:
    """Return the record's accept time; one set by a foreign producer is clamped between the epoch and `now`."""
    if record.timestamp_ms <= 0:
        return EPOCH
    if record.timestamp_ms >= now.timestamp() * 1000:
        return now
    return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)


async def advance(inside: Entered, moved: Mapping[TopicPartition, Advance]) -> None:
    """Store the advances of positions this transaction holds."""
    rows = [(*place, *step) for place, step in sorted(moved.items())]
    await inside.conn.execute(inside.sql(POSITIONS.advance), *as_columns(rows, 2 + len(Advance._fields)))


async def renew(inside: Entered, held: Held, asked_at: datetime) -> None:
    """Mark partitions that stand at the log's end as fresh as `asked_at`, when the end was asked for.

    Raises PositionsLost when one stands elsewhere or has another owner.
    """
    rows = [(*place, position.owner_epoch, position.next_offset) for place, position in sorted(held.items())]
    renewed = await inside.conn.fetch(inside.sql(POSITIONS.renew), *as_columns(rows, 4), asked_at)
    if len(renewed) != len(held):
        raise PositionsLost("a position is not where it was left, or not ours any more")
