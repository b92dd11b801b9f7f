"""Parked records as operators see them: listed with their reasons, and replayed once what was wrong is mended.

A replay removes a record from the parked ones in the transaction that applies it, so a second replay finds nothing.
It comes after later records of the same key that were applied meanwhile: the order within a key holds for what was
never parked, and a projection that needs it for replayed records too has to be rebuilt instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from libs.eventlog.port import StoredRecord, by_partition
from libs.pg.database import Connection, Database, Row
from libs.projections.generations import Generation, generation_of, serving_generation
from libs.projections.parking import Fault, decode_all, fold_or_fault, parked_record
from libs.projections.positions import GenerationChanged, entered
from libs.projections.projection import Projection
from libs.projections.registry import PARKING, POSITIONS, REGISTRY

E = TypeVar("E")

LIST_LIMIT = 1_000
_AT_ONCE = 500
_IDLE_S = 30.0


class ReplayRefused(Exception):
    """The parked records cannot be replayed now; the message says why."""


class Place(NamedTuple):
    """Where a record lies in the log."""

    topic: str
    partition: int
    offset: int


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
    """How many records a replay applied, and how many it left parked with their new reason."""

    applied: int
    still_parked: int


async def list_dead_letters(
    db: Database, *, service: str | None = None, name: str | None = None, limit: int = LIST_LIMIT
) -> list[DeadLetter]:
    """What is parked in serving generations, oldest first within each model, at most `limit` a model.

    `db` is connected as the database URL's login.
    """
    async with db.transaction(readonly=True) as conn:
        rows = await conn.fetch(REGISTRY.overview)
    wanted = [row for row in rows if service in (None, row["service"]) and name in (None, row["name"])]
    found: list[DeadLetter] = []
    for generation in map(generation_of, wanted):
        async with entered(db, generation, idle_s=_IDLE_S) as inside:
            found += [_dead_letter(generation, row) for row in await inside.conn.fetch(PARKING.list, limit)]
    return found


async def replay(db: Database, projection: Projection[E], *, only: Place | None = None) -> Replayed:
    """Decode and apply parked records again, all of them or one; what is still invalid stays, with its new reason.

    `db` has the service's projector role. A replay of all lets a stopped projection go on. Raises ReplayRefused when
    the serving generation is not of the projection's version, or has nothing parked at `only`.
    """
    generation = await _generation(db, projection)
    if only:
        applied, still_parked, _ = await _replay_some(db, projection, generation, only=only)
        if not applied and not still_parked:
            raise ReplayRefused(f"nothing is parked at {only.topic}/{only.partition}/{only.offset}")
        return Replayed(applied, still_parked)
    total = Replayed(0, 0)
    last: Place | None = Place("", -1, -1)
    while last:
        applied, still_parked, last = await _replay_some(db, projection, generation, after=last)
        total = Replayed(total.applied + applied, total.still_parked + still_parked)
    await resume(db, projection.service, projection.name)
    return total


async def resume(db: Database, service: str, name: str) -> None:
    """Let a stopped projection go on; what was parked so far no longer counts against it."""
    async with db.transaction() as conn:
        generation = await serving_generation(conn, service, name)
    if generation is None:
        raise ReplayRefused(f"there is no read model {service}.{name}")
    async with entered(db, generation, idle_s=_IDLE_S) as inside:
        total = await inside.conn.fetchval(POSITIONS.totals)
        await inside.conn.execute(REGISTRY.resume, *generation.key, total)


async def _generation(db: Database, projection: Projection[E]) -> Generation:
    async with db.transaction() as conn:
        generation = await serving_generation(conn, projection.service, projection.name)
    if generation is None:
        raise ReplayRefused(f"there is no read model {projection.service}.{projection.name}")
    if generation.version != projection.version:
        raise ReplayRefused(
            f"version {generation.version} serves, this program has version {projection.version}: rebuild first"
        )
    return generation


async def _replay_some(
    db: Database,
    projection: Projection[E],
    generation: Generation,
    *,
    only: Place | None = None,
    after: Place | None = None,
) -> tuple[int, int, Place | None]:
    """One transaction of a replay: (applied, still parked, the last place looked at if there may be more)."""
    async with entered(db, generation, idle_s=_IDLE_S) as inside:
        conn = inside.conn
        if await conn.fetchval(REGISTRY.share_model, generation.service, generation.name) != generation.number:
            raise GenerationChanged(f"{generation.schema} no longer serves: replay again")
        # Positions first, as every batch does; their counts change as well.
        await conn.fetch(POSITIONS.lock_all)
        rows = await (conn.fetch(PARKING.one, *only) if only else conn.fetch(PARKING.after, *(after or ()), _AT_ONCE))
        records = [parked_record(row) for row in rows]
        decoded, faults = decode_all(projection.decode, records)
        faults += await fold_or_fault(conn, projection.apply, decoded)
        mended = await _settle(conn, records, faults)
    return mended, len(faults), _place(records[-1]) if len(records) == _AT_ONCE else None


async def _settle(conn: Connection, records: Sequence[StoredRecord], faults: Sequence[Fault]) -> int:
    """Remove what is applied now, keep the rest with its new reason; returns how many were removed."""
    bad = {_place(fault.record) for fault in faults}
    mended = [record for record in records if _place(record) not in bad]
    columns = (
        [record.topic for record in mended],
        [record.partition for record in mended],
        [record.offset for record in mended],
    )
    await conn.execute(PARKING.remove, *columns)
    now = datetime.now(UTC)
    for fault in faults:
        await conn.execute(PARKING.still_invalid, *_place(fault.record), fault.stage, fault.reason, now)
    for place, part in sorted(by_partition(mended).items()):
        await conn.execute(PARKING.recount, *place, len(part))
    return len(mended)


def _place(record: StoredRecord) -> Place:
    return Place(record.topic, record.partition, record.offset)


def _dead_letter(generation: Generation, row: Row) -> DeadLetter:
    return DeadLetter(
        f"{generation.service}.{generation.name}",
        Place(row["topic"], row["partition"], row["offset"]),
        row["stage"],
        row["reason"],
        row["first_seen"],
        row["last_tried"],
    )
