"""Parked records as operators see them: listed with their reasons, and replayed once what was wrong is mended.

Those that will never be mended are discarded (`discarding.py`).

A replay removes a record from the parked ones in the transaction that applies it, so a second replay finds nothing; the
records that come of it are emitted then. It comes after later records of the same key that were applied meanwhile: the
order within a key holds for what was never parked, and a projection that needs it for replayed records too has to be
rebuilt instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from libs.eventlog.port import EventLog, StoredRecord, by_partition
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Database, Row
from libs.projections.consumer import RegisteredConsumer
from libs.projections.generations import Generation, serving_generation
from libs.projections.operators.entering import ProjectorOf
from libs.projections.operators.overview import registered_consumers
from libs.projections.parking import Fault, decode_all, fold_or_fault, parked_record
from libs.projections.positions import Entered, GenerationChanged, entered, hold_all, resume
from libs.projections.projection import Projection
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import find_reactor
from libs.projections.registry import PARKING, REGISTRY
from libs.projections.work import Work, projecting, reacting

E = TypeVar("E")

LIST_LIMIT = 1_000
AT_ONCE = 500
"""The number of parked records that one transaction works on."""
_IDLE_S = 30.0


class ReplayRefused(Exception):
    """The parked records cannot be replayed now; the message says why."""


class Place(NamedTuple):
    """A record's place in the log."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked record of `projection` (`<service>.<name>`); `last_tried` is its last failed replay."""

    projection: str
    place: Place
    stage: str
    reason: str
    first_seen: datetime
    last_tried: datetime | None


class Replayed(NamedTuple):
    """The numbers of records that a replay applied, and left parked with their new reason."""

    applied: int
    still_parked: int


async def list_dead_letters(
    db: Database,
    projector_of: ProjectorOf,
    *,
    service: str | None = None,
    name: str | None = None,
    limit: int = LIST_LIMIT,
) -> list[DeadLetter]:
    """Return what is parked for serving generations and reactors, oldest first within each, at most `limit` each.

    `db` is connected as the owner.
    """
    found: list[DeadLetter] = []
    for consumer in await registered_consumers(db):
        if service in (None, consumer.service) and name in (None, consumer.name):
            async with entered(await projector_of(consumer.service), consumer, idle_s=_IDLE_S) as inside:
                rows = await inside.conn.fetch(inside.sql(PARKING.list), limit)
            found += [_dead_letter(consumer, row) for row in rows]
    return found


async def replay(
    db: Database, consumer: Projection[E] | Reactor[E], log: EventLog, *, only: Place | None = None
) -> Replayed:
    """Decode and apply parked records again, all of them or one; what is still invalid stays, with its new reason.

    `db` has the service's projector role; `log` is used by a reactor that appends. A replay of all lets a stopped
    consumer go on. Raises ReplayRefused when the serving generation is not of the projection's version, or has nothing
    parked at `only`.
    """
    work = await _work(db, consumer, log)
    if only:
        applied, still_parked, _ = await _replay_some(db, work, only=only)
        if not applied and not still_parked:
            raise ReplayRefused(f"nothing is parked at {only}")
        return Replayed(applied, still_parked)
    total = Replayed(0, 0)
    last: Place | None = Place("", -1, -1)
    while last:
        applied, still_parked, last = await _replay_some(db, work, after=last)
        total = Replayed(total.applied + applied, total.still_parked + still_parked)
    async with entered(db, work.consumer, idle_s=_IDLE_S) as inside:
        await resume(inside, work.consumer)
    return total


async def _work(db: Database, consumer: Projection[E] | Reactor[E], log: EventLog) -> Work[E]:
    async with db.transaction() as conn:
        if isinstance(consumer, Reactor):
            reactor = await find_reactor(conn, consumer.service, consumer.name)
            if reactor is None:
                raise ReplayRefused(f"the reactor {consumer.service}.{consumer.name} has not begun yet")
            return reacting(consumer, reactor, log, append_idle_s=_IDLE_S)
        return projecting(consumer, await _generation(conn, consumer))


async def _generation(conn: Connection, projection: Projection[E]) -> Generation:
    generation = await serving_generation(conn, projection.service, projection.name)
    if generation is None:
        raise ReplayRefused(f"there is no read model {projection.service}.{projection.name}")
    if generation.version != projection.version:
        raise ReplayRefused(
            f"version {generation.version} serves, this program has version {projection.version}: rebuild first"
        )
    return generation


async def _replay_some(
    db: Database, work: Work[E], *, only: Place | None = None, after: Place | None = None
) -> tuple[int, int, Place | None]:
    """Replay one transaction's worth: (applied, still parked, the last place if there may be more)."""
    async with entered(db, work.consumer, idle_s=_IDLE_S) as inside:
        records = [parked_record(row) for row in await take_parked(inside, work.consumer, only=only, after=after)]
        decoded, faults = decode_all(work.decode, records)
        folded = await fold_or_fault(inside.conn, work.fold, decoded)
        if folded.records:
            await work.emit(inside.conn, folded.records)
        faults += folded.faults
        mended = await _settle(inside, records, faults)
    return mended, len(faults), place_of(records[-1]) if len(records) == AT_ONCE else None


async def take_parked(
    inside: Entered, consumer: RegisteredConsumer, *, only: Place | None, after: Place | None
) -> Sequence[Row]:
    """Return one parked record, or the next `AT_ONCE` of them, held with the positions until the transaction ends.

    Raises GenerationChanged when the consumer no longer serves.
    """
    await _keep_serving(inside.conn, consumer)
    # Positions first, as every batch does; their counts change as well.
    await hold_all(inside.conn, inside.tables)
    if only:
        return await inside.conn.fetch(inside.sql(PARKING.one), *only)
    return await inside.conn.fetch(inside.sql(PARKING.after), *(after or ()), AT_ONCE)


async def settle(inside: Entered, records: Sequence[StoredRecord]) -> None:
    """Remove records that are parked no longer; they count as applied from now on."""
    await inside.conn.execute(inside.sql(PARKING.remove), *as_columns(map(place_of, records), len(Place._fields)))
    for place, part in sorted(by_partition(records).items()):
        await inside.conn.execute(inside.sql(PARKING.recount), *place, len(part))


async def _keep_serving(conn: Connection, consumer: RegisteredConsumer) -> None:
    if not isinstance(consumer, Generation):
        return
    if await conn.fetchval(REGISTRY.share_model, consumer.service, consumer.name) != consumer.number:
        raise GenerationChanged(f"{consumer.schema} no longer serves: replay again")


async def _settle(inside: Entered, records: Sequence[StoredRecord], faults: Sequence[Fault]) -> int:
    """Remove what is applied now, keep the rest with its new reason; returns how many were removed."""
    bad = {place_of(fault.record) for fault in faults}
    mended = [record for record in records if place_of(record) not in bad]
    await settle(inside, mended)
    now = datetime.now(UTC)
    for fault in faults:
        await inside.conn.execute(
            inside.sql(PARKING.still_invalid), *place_of(fault.record), fault.stage, fault.reason, now
        )
    return len(mended)


def place_of(record: StoredRecord) -> Place:
    """Return where a record lies in the log."""
    return Place(record.topic, record.partition, record.offset)


def _dead_letter(consumer: RegisteredConsumer, row: Row) -> DeadLetter:
    return DeadLetter(
        f"{consumer.service}.{consumer.name}",
        Place(row["topic"], row["partition"], row["offset"]),
        row["stage"],
        row["reason"],
        row["first_seen"],
        row["last_tried"],
    )
