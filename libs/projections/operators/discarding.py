"""Parked records that nobody will mend, put away for good: a reason is kept, and an event tells the record's tenant.

A discarded record counts as applied, no rebuild parks it again, and an interaction's number is explained by it. The
events are in the log before anything is removed; their ids are made from the records' places, so a discard that was cut
short and is asked for again says the same once more.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from libs.contracts.envelope import Envelope, decode_headers, tenant_of
from libs.contracts.errors import InvalidRecord
from libs.contracts.events import SYSTEM, PlatformEvent, encode_platform_event
from libs.contracts.resource_types import DEAD_LETTER
from libs.contracts.times import to_ms
from libs.contracts.topics import EVENTS
from libs.eventlog.appending import append_all
from libs.eventlog.port import EventLog, Positions, Record, StoredRecord
from libs.pg.columns import as_columns, keyed_columns
from libs.pg.database import Connection, Database, Row
from libs.projections.consumer import Consumer, RegisteredConsumer
from libs.projections.generations import serving_generation
from libs.projections.operators.dead_letters import AT_ONCE, Place, place_of, settle, take_parked
from libs.projections.parking import parked_record
from libs.projections.positions import entered, resume
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import find_reactor
from libs.projections.registry import PARKING

DISCARDED = "dead_letter.discarded"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:dead-letter:discarded")
_IDLE_S = 30.0


class DiscardRefused(Exception):
    """No such record is parked; the message names it."""


@dataclass(frozen=True, slots=True)
class _Discard:
    """The parked records of one consumer to discard, and the reason."""

    log: EventLog
    log_id: str
    consumer: RegisteredConsumer
    reason: str


async def discard(
    db: Database, consumer: Consumer[Any], log: EventLog, *, reason: str, only: Place | None = None
) -> int:
    """Put away the parked records of a consumer, all of them or one, and return how many there were.

    `db` has the service's projector role. A discard of all lets a stopped consumer go on. Raises DiscardRefused when
    the consumer has not begun, or nothing is parked at `only`; AppendFailed when the log does not take an event: what
    was put away before stays so.
    """
    async with db.transaction() as conn:
        registered = await _registered(conn, consumer)
    work = _Discard(log, await log.identity(), registered, reason)
    if only:
        count, _ = await _discard_some(db, work, only=only)
        if not count:
            raise DiscardRefused(f"nothing is parked at {only}")
        return count
    total = 0
    last: Place | None = Place("", -1, -1)
    while last:
        count, last = await _discard_some(db, work, after=last)
        total += count
    async with entered(db, registered, idle_s=_IDLE_S) as inside:
        await resume(inside, registered)
    return total


async def forget_beyond(db: Database, consumer: RegisteredConsumer, log_id: str, ends: Positions) -> None:
    """Forget what was discarded for the consumer beyond the ends of the log: other records will lie there.

    `db` has the service's projector role.
    """
    columns = keyed_columns(ends.items(), 3)
    async with db.transaction() as conn:
        await conn.execute(PARKING.forget_discarded, consumer.service, consumer.name, log_id, *columns)


async def _registered(conn: Connection, consumer: Consumer[Any]) -> RegisteredConsumer:
    name = (consumer.service, consumer.name)
    is_reactor = isinstance(consumer, Reactor)
    found = await find_reactor(conn, *name) if is_reactor else await serving_generation(conn, *name)
    if found is None:
        raise DiscardRefused(f"{consumer.service}.{consumer.name} has not begun yet: nothing is parked")
    return found


async def _discard_some(
    db: Database, work: _Discard, *, only: Place | None = None, after: Place | None = None
) -> tuple[int, Place | None]:
    """Discard one transaction's worth: how many, and the last place if there may be more."""
    async with entered(db, work.consumer, idle_s=_IDLE_S) as inside:
        rows = await take_parked(inside, work.consumer, only=only, after=after)
        records = [parked_record(row) for row in rows]
        if records:
            await _keep(inside.conn, work, records)
            await _append(work, rows, records)
            await settle(inside, records)
    return len(records), place_of(records[-1]) if len(records) == AT_ONCE else None


async def _keep(conn: Connection, work: _Discard, records: Sequence[StoredRecord]) -> None:
    places = as_columns(map(place_of, records))
    tenants = [tenant_of(record.headers) for record in records]
    numbers = [None if (said := _envelope(record)) is None else said.sequence for record in records]
    consumer = (work.consumer.service, work.consumer.name, work.log_id)
    await conn.execute(PARKING.discard, *consumer, *places, tenants, numbers, work.reason)


async def _append(work: _Discard, rows: Sequence[Row], records: Sequence[StoredRecord]) -> None:
    now_ms = to_ms(datetime.now(UTC))
    events = [_event(work, row, record, now_ms) for row, record in zip(rows, records, strict=True)]
    await append_all(work.log, [event for event in events if event is not None])


def _event(work: _Discard, row: Row, record: StoredRecord, now_ms: int) -> Record | None:
    """Return the event that the record's tenant is told by; None when the record names no tenant.

    It is in the record's correlation, else the first of its own.
    """
    tenant_id, envelope = tenant_of(record.headers), _envelope(record)
    if tenant_id is None:
        return None
    model, place = f"{work.consumer.service}.{work.consumer.name}", place_of(record)
    event_id = str(uuid.uuid5(_NAMESPACE, f"{work.log_id} {model} {place}"))
    event = PlatformEvent(
        id=event_id,
        type=DISCARDED,
        tenant_id=tenant_id,
        resource_type=DEAD_LETTER,
        resource_id=f"{model}/{place}",
        actor=SYSTEM,
        occurred_at_ms=now_ms,
        payload={
            "model": model,
            **place._asdict(),
            "recordId": None if envelope is None else envelope.id,
            "stage": row["stage"],
            "parkedBecause": row["reason"],
            "reason": work.reason,
        },
        correlation_id=(None if envelope is None else envelope.correlation_id) or event_id,
        causation_id=None if envelope is None else envelope.id,
    )
    return Record(EVENTS.name, *encode_platform_event(event, service=work.consumer.service), now_ms)


def _envelope(record: StoredRecord) -> Envelope | None:
    try:
        return decode_headers(record.headers)
    except InvalidRecord:
        return None
