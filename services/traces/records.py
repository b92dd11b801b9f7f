"""Records of both topics as the rows of a trace; what is of no trace (voids, events without correlation) is None.

Everything that a fold counts or compares is worked out here, so that a row and a recount of rows agree.
"""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from libs.contracts.times import parse_time
from libs.contracts.topics import EVENTS
from libs.eventlog.port import StoredRecord
from libs.records.events import EventRow, decode_event
from libs.records.index_key import index_key, optional_key
from libs.records.interactions import RecordedRow, VoidedRow, decode_change
from services.traces.failures import ending_of, status_of_action
from services.traces.model import SERVICE, USER

_TOLD = re.compile("Time|spanId|\\\\u")


class InteractionEntry(NamedTuple):
    """An interaction in its trace; the columns go to the tables in this order."""

    tenant_id: str
    interaction_id: str
    uow_id: str
    event_at: datetime
    number: int
    created_at: datetime
    interaction_at: datetime | None
    type_id: str
    action_id: str
    origin_id: str
    resource_type: str
    action: str
    origin: str
    resource_key: str
    sequence_index: int | None
    resource_id: str
    user_id: str | None
    external_reference: str | None
    span_id: str | None
    parent_span_id: str | None
    interaction: str | None
    external_response: str | None
    long_texts: str | None
    status: str | None
    size_bytes: int

    @property
    def uow_key(self) -> tuple[str, str]:
        """The key of the trace: tenant and unit of work."""
        return self.tenant_id, self.uow_id


class EventEntry(NamedTuple):
    """An event in its trace; the columns go to the tables in this order."""

    tenant_id: str
    event_id: str
    uow_id: str
    event_at: datetime
    started_at: datetime
    ended_at: datetime
    event_type: str
    resource_type: str
    resource_id: str
    type_key: str
    resource_key: str
    actor_id: str | None
    actor_type: str | None
    user_key: str | None
    causation_id: str | None
    span_id: str | None
    service_key: str | None
    span_key: str | None
    status: str | None
    ending: str | None
    payload: str
    dataschema: str | None
    cloud_event: str | None
    long_uow_id: str | None
    source: str | None
    size_bytes: int

    @property
    def uow_key(self) -> tuple[str, str]:
        """The key of the trace: tenant and unit of work."""
        return self.tenant_id, self.uow_id


TraceEntry = InteractionEntry | EventEntry


def decode_entry(record: StoredRecord) -> TraceEntry | None:
    """Return the row of a record, None when it is of no trace; InvalidRecord names what is wrong with it."""
    size_bytes = len(record.value or b"")
    if record.topic == EVENTS.name:
        event = decode_event(record)
        return None if event.correlation_id is None else _event(event, event.correlation_id, size_bytes)
    change = decode_change(record)
    return None if isinstance(change, VoidedRow) else _interaction(change, size_bytes)


def type_key(mnemonic: str) -> str:
    """Return the name by which the search compares a type without a catalog id, whatever its case."""
    return index_key(mnemonic.casefold())


def own_interval(payload: dict[str, Any], occurred_at: datetime) -> tuple[datetime, datetime]:
    """Return when an event that took time started and ended: its payload's `startTime` and `endTime`, else a point."""
    started, ended = _time(payload.get("startTime")), _time(payload.get("endTime"))
    if started is None or ended is None or ended < started:
        return occurred_at, occurred_at
    return started, ended


def own_span(payload: dict[str, Any]) -> str | None:
    """Return the span that an event is: its payload's `spanId`."""
    span_id = payload.get("spanId")
    return span_id if isinstance(span_id, str) and span_id else None


def own_span_name(payload: dict[str, Any]) -> str | None:
    """Return the name by which the search finds the span that an event is: its payload's `name`."""
    name = payload.get("name")
    return index_key(name) if isinstance(name, str) and name else None


def _interaction(row: RecordedRow, size_bytes: int) -> InteractionEntry:
    long_texts = {} if row.long_texts is None else orjson.loads(row.long_texts)
    return InteractionEntry(
        row.tenant_id,
        row.interaction_id,
        row.uow_id,
        row.interaction_at or row.created_at,
        row.number,
        row.created_at,
        row.interaction_at,
        row.type_id,
        row.action_id,
        row.origin_id,
        row.resource_type,
        row.action,
        row.origin,
        _resource_key(row.resource_type, long_texts.get("resourceId", row.resource_id)),
        row.sequence_index,
        row.resource_id,
        row.user_id,
        row.external_reference,
        row.span_id,
        row.parent_span_id,
        row.interaction,
        row.external_response,
        row.long_texts,
        status_of_action(row.action),
        size_bytes,
    )


def _event(row: EventRow, correlation_id: str, size_bytes: int) -> EventEntry:
    payload = orjson.loads(row.payload) if _TOLD.search(row.payload) else {}
    uow_id = index_key(correlation_id)
    kind, span_id = type_key(row.resource_type), own_span(payload)
    return EventEntry(
        row.tenant_id,
        row.event_id,
        uow_id,
        row.occurred_at,
        *own_interval(payload, row.occurred_at),
        row.event_type,
        row.resource_type,
        row.resource_id,
        kind,
        _resource_key(row.resource_type, row.resource_id),
        row.actor_id,
        row.actor_type,
        optional_key(row.actor_id) if row.actor_type == USER else None,
        row.causation_id,
        span_id,
        index_key(row.resource_id) if kind == SERVICE else None,
        None if span_id is None else own_span_name(payload),
        *ending_of(payload, is_span=span_id is not None),
        row.payload,
        row.dataschema,
        row.cloud_event,
        None if uow_id == correlation_id else correlation_id,
        row.source,
        size_bytes,
    )


def _resource_key(resource_type: str, resource_id: str) -> str:
    """Return one and the same for a resource that interactions and events name alike, the type in any case."""
    named = orjson.dumps([resource_type.casefold(), resource_id])
    digest = blake2b(named, digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def _time(value: object) -> datetime | None:
    try:
        return parse_time(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
