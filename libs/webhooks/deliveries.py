"""Deliveries: a message to one endpoint, from the transaction that caused it until a receiver has it or it is given up.

A delivery's id is its `webhook-id`, made from the message and the endpoint: the same cause makes no second one, and
every attempt carries the same id.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

import msgspec
import orjson

from libs.contracts.times import format_time, to_ms
from libs.objects.ddl import ALL, tenant_tables
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile, interpolate
from libs.schedule.schedule import Schedule, ScheduleEntry

State = Literal["PENDING", "DELIVERED", "FAILED"]
PENDING: Final = "PENDING"
DELIVERED: Final = "DELIVERED"
FAILED: Final = "FAILED"
KEPT_FOR: Final = timedelta(days=30)
"""How long a delivery is kept once it has ended."""
_NAMESPACE: Final = uuid.UUID("0199439c-0440-70db-8d54-f9add9ea5f62")
_sql = SqlFile.load(Path(__file__).with_name("deliveries.sql"))
_TABLE = Path(__file__).with_name("deliveries_table.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to endpoints of a tenant; the same `id` makes the same deliveries. `body` is sent as it is."""

    id: str
    tenant_id: str
    type: str
    body: bytes
    incident_id: str | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An attempt, at milliseconds since the epoch: the answer's status, or the error that there was instead of one."""

    at: int
    status: int | None
    error: str | None
    duration_ms: int

    @classmethod
    def not_made(cls, at: datetime, reason: str) -> Self:
        """Return the last entry of a delivery that is given up at `at` without another call."""
        return cls(at=to_ms(at), status=None, error=reason, duration_ms=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """A delivery as readers see it."""

    id: uuid.UUID
    endpoint_id: uuid.UUID
    type: str
    incident_id: str | None
    state: State
    attempts: tuple[Attempt, ...]
    created_at: datetime
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits, as an attempt reads it: where its `body` goes, and the number of attempts before."""

    endpoint_id: uuid.UUID
    body: bytes
    attempts_made: int


Place = tuple[datetime, uuid.UUID]
"""A delivery's place in the list of its endpoint: when it was created, and its id."""


def deliveries_ddl(service: str) -> str:
    """Return SQL that creates the table of deliveries in the service's schema, which has a schedule."""
    table = interpolate(_TABLE.read_text(encoding="utf-8"), schema=service)
    return tenant_tables(service, table, {"webhook_deliveries": ALL})


def message_body(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """Return the body of a message of a type: what happened at `at`, and its data."""
    return orjson.dumps({"type": kind, "timestamp": format_time(at), "data": data})


def delivery_id(message_id: str, endpoint_id: uuid.UUID) -> uuid.UUID:
    """Return the id of the delivery of a message to an endpoint."""
    return uuid.uuid5(_NAMESPACE, f"{message_id}/{endpoint_id}")


async def enqueue(
    conn: Connection, service: str, message: Message, endpoint_ids: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Make a delivery of the message to each of the endpoints, due now; return their ids, in order."""
    made = {delivery_id(message.id, one): one for one in endpoint_ids}
    values = (list(made), list(made.values()), message.type, message.incident_id, message.body)
    rows = await conn.fetch(interpolate(_sql.add, schema=service), message.tenant_id, *values)
    due = [ScheduleEntry(tenant_id=message.tenant_id, id=str(row["id"]), lane=str(row["endpoint_id"])) for row in rows]
    await schedule_of(service).put_all(conn, due)
    return list(made)


def schedule_of(service: str) -> Schedule:
    """Return the service's deliveries on its schedule, by their ids; each endpoint is a lane."""
    return Schedule(service, "webhook_delivery")


class DeliveryStore:
    """One tenant's deliveries of a service, over a connection inside a transaction."""

    def __init__(self, conn: Connection, service: str, tenant_id: str) -> None:
        self._conn = conn
        self._service = service
        self._tenant_id = tenant_id

    async def get(self, delivery_id: uuid.UUID) -> WebhookDelivery | None:
        """Return the delivery of that id."""
        row = await self._conn.fetchrow(self._in_schema(_sql.get), self._tenant_id, delivery_id)
        return None if row is None else _delivery(row)

    async def list(self, endpoint_id: uuid.UUID, *, after: Place | None, limit: int) -> Sequence[WebhookDelivery]:
        """Return deliveries to the endpoint, newest first: those that follow `after` in that order."""
        at, last = after or (None, None)
        rows = await self._conn.fetch(self._in_schema(_sql.list), self._tenant_id, endpoint_id, at, last, limit)
        return [_delivery(row) for row in rows]

    async def count_waiting(self, endpoint_id: uuid.UUID, kind: str) -> int:
        """Return how many messages of a type wait for the endpoint."""
        statement = self._in_schema(_sql.count_waiting)
        found: int = await self._conn.fetchval(statement, self._tenant_id, endpoint_id, kind)
        return found

    async def waiting(self, delivery_id: uuid.UUID) -> Waiting | None:
        """Return what an attempt needs; None when the delivery is gone or has ended."""
        row = await self._conn.fetchrow(self._in_schema(_sql.get_body), self._tenant_id, delivery_id)
        return None if row is None else Waiting(row["endpoint_id"], row["body"], row["attempts_made"])

    async def retry(self, delivery_id: uuid.UUID, attempt: Attempt, *, in_s: float) -> bool:
        """Note a failed attempt that another follows; False when the delivery has ended meanwhile."""
        values = (delivery_id, [msgspec.to_builtins(attempt)], in_s)
        return bool(await self._conn.fetchval(self._in_schema(_sql.retry), self._tenant_id, *values))

    async def finish(self, delivery_id: uuid.UUID, attempt: Attempt, state: State) -> None:
        """Note the last attempt and how the delivery ended."""
        values = (delivery_id, [msgspec.to_builtins(attempt)], state)
        await self._conn.execute(self._in_schema(_sql.finish), self._tenant_id, *values)

    async def remove_waiting(self, delivery_id: uuid.UUID) -> None:
        """Remove the delivery of that id, unless it has ended."""
        await self._conn.execute(self._in_schema(_sql.remove_waiting), self._tenant_id, delivery_id)

    async def fail_waiting(self, endpoint_id: uuid.UUID, reason: str, at: datetime) -> None:
        """End what waits for the endpoint; the reason stands as the error of a last attempt."""
        values = (endpoint_id, [msgspec.to_builtins(Attempt.not_made(at, reason))])
        await self._conn.execute(self._in_schema(_sql.fail_waiting), self._tenant_id, *values)

    async def remove_of(self, endpoint_id: uuid.UUID) -> None:
        """Remove the deliveries to the endpoint. What the schedule still has of them, the sender clears away."""
        await self._conn.execute(self._in_schema(_sql.remove_of), self._tenant_id, endpoint_id)

    def _in_schema(self, statement: str) -> str:
        return interpolate(statement, schema=self._service)


async def purge(conn: Connection, service: str, now: datetime) -> None:
    """Remove the deliveries of all tenants that ended long enough ago (projector role)."""
    await conn.execute(interpolate(_sql.purge, schema=service), now - KEPT_FOR)


async def count_waiting(conn: Connection, service: str) -> int:
    """Return how many deliveries of all tenants wait (projector role)."""
    found: int = await conn.fetchval(interpolate(_sql.count_all_waiting, schema=service))
    return found


def _delivery(row: Row) -> WebhookDelivery:
    attempts = msgspec.convert(row["attempts"], tuple[Attempt, ...])
    return WebhookDelivery(**{**row, "attempts": attempts})
