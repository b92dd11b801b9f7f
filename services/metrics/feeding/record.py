"""Records of both topics as sources look at them: the customer, the event time, the fields that are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.contracts.envelope import Envelope
from libs.contracts.interactions import Interaction
from libs.contracts.times import EARLIEST_MS, LATEST_MS, from_ms, to_ms
from libs.eventlog.port import StoredRecord
from libs.expressions.values import at_path
from libs.records.checks import time_of, uuid_of
from services.metrics.feeding.members import Data

CUSTOMER_ID = "customerId"
"""The member of the data that names the customer."""
_USER = "user"


@dataclass(frozen=True, slots=True, eq=False)
class FedRecord:
    """A record: `id` is the same for its repeats, `name` an action or event type, `customer` None where it names none.

    `event_at` is its event time in milliseconds since the epoch.
    """

    id: str
    name: str
    customer: str | None
    event_at: int
    attributes: Mapping[str, str | datetime | None]
    data: Data


class RecordFields:
    """Reads the fields of `FedRecord`, for conditions and groupings."""

    def attribute(self, name: str) -> Callable[[FedRecord], object]:
        return lambda record: record.attributes.get(name)

    def path(self, path: tuple[str | int, ...]) -> Callable[[FedRecord], object]:
        return lambda record: at_path(record.data, path)


def of_interaction(body: Interaction, data: Data) -> FedRecord:
    """Return a recorded interaction. Raises InvalidRecord."""
    created_at = time_of("createdDate", body.created_date)
    at = body.interaction_timestamp
    event_time = created_at if at is None else time_of("interactionTimestamp", at)
    customer = _customer(data, body.user_id)
    attributes = {
        "kind": "interaction",
        "action": body.action,
        "resourceType": body.resource_type,
        "resourceId": body.resource_id,
        "origin": body.origin,
        "userId": body.user_id,
        "correlationId": body.uow_id,
        CUSTOMER_ID: customer,
        "eventTime": event_time,
        "createdDate": created_at,
    }
    record_id = f"i:{uuid_of('interactionId', body.interaction_id)}"
    return FedRecord(record_id, body.action, customer, to_ms(event_time), attributes, data)


def of_event(record: StoredRecord, envelope: Envelope, data: Data) -> FedRecord:
    """Return an event. Raises InvalidRecord."""
    event_time = time_of("ce_time", envelope.time)
    customer = _customer(data, envelope.actor_id if envelope.actor_type == _USER else None)
    attributes = {
        "kind": "event",
        "eventType": envelope.type,
        "resourceType": envelope.resource_type,
        "resourceId": envelope.subject,
        "actorId": envelope.actor_id,
        "actorType": envelope.actor_type,
        "correlationId": envelope.correlation_id,
        CUSTOMER_ID: customer,
        "eventTime": event_time,
        "createdDate": _accepted_at(record),
    }
    record_id = f"e:{uuid_of('ce_id', envelope.id)}"
    return FedRecord(record_id, envelope.type, customer, to_ms(event_time), attributes, data)


def _accepted_at(record: StoredRecord) -> datetime:
    """Return the accept time; one that a foreign producer has set may be no time at all."""
    return from_ms(min(max(record.timestamp_ms, EARLIEST_MS), LATEST_MS))


def _customer(data: Data, user: str | None) -> str | None:
    """Return the text or integer that the data has as `customerId`, else the user."""
    named = at_path(data, (CUSTOMER_ID,))
    if isinstance(named, str):
        return named
    return str(named) if type(named) is int else user
