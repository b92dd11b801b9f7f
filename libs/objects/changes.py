"""Changes of objects: rows and records for the log come to be in one transaction, or neither does.

Whoever publishes a change holds the row of the object by then, so that the records of one object have the order of its
changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from uuid_utils.compat import uuid7

from libs.contracts.events import SYSTEM, Cause
from libs.contracts.times import to_ms
from libs.eventlog.port import Record
from libs.objects import outbox
from libs.objects.kinds import ObjectKind
from libs.pg.database import Connection

T = TypeVar("T")


def utc_now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a tenant's objects inside the caller's transaction, and the outbox rows that it has added so far."""

    conn: Connection
    tenant_id: str
    cause: Cause
    now: Callable[[], datetime]
    new_id: Callable[[], uuid.UUID]
    outbox_ids: list[int] = field(default_factory=list)

    async def publish(self, kind: ObjectKind[T], obj: T, happened: str) -> str:
        """Add the object's latest record and its event `<kind>.<happened>` to the outbox; return the event's id."""
        event_id, timestamp_ms = str(self.new_id()), to_ms(self.now())
        event = kind.event(obj, happened, self.cause, event_id=event_id, timestamp_ms=timestamp_ms)
        records = [*kind.latest_records(obj, timestamp_ms=timestamp_ms), event]
        await self.add(kind, obj, records)
        return event_id

    async def add(self, kind: ObjectKind[T], obj: T, records: Sequence[Record]) -> None:
        """Add further records of the object to the outbox: they are appended in their order among its other ones."""
        self.outbox_ids.extend(await outbox.add(self.conn, kind.service, records, object_key=kind.key(obj)))

    def because_of(self, event_id: str) -> Change:
        """Return this change as the consequence of an event; its outbox rows are counted among this one's."""
        return replace(self, cause=replace(self.cause, causation_id=event_id))


@dataclass(frozen=True, slots=True)
class Changes:
    """Begins changes, with one clock and one source of ids."""

    now: Callable[[], datetime] = utc_now
    new_id: Callable[[], uuid.UUID] = uuid7

    def begin(self, conn: Connection, tenant_id: str, cause: Cause) -> Change:
        """Begin a change of the tenant's objects in the transaction of `conn`."""
        return Change(conn=conn, tenant_id=tenant_id, cause=cause, now=self.now, new_id=self.new_id)

    def begin_by_itself(self, conn: Connection, tenant_id: str) -> Change:
        """Begin a change that no request and no event led to: Waymark's own, in a correlation of its own."""
        return self.begin(conn, tenant_id, Cause(actor=SYSTEM, correlation_id=self.new_id().hex))
