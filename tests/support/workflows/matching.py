"""Waits of sessions and the events that they wait for, as records."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from libs.contracts.events import Event, encode_event
from libs.contracts.topics import EVENTS
from libs.contracts.workflow_sessions import EventWait, SessionAdvanced, TaskWait
from libs.eventlog.port import Record, StoredRecord
from tests.support.records import START_MS
from tests.support.workflows.sessions import advanced

TYPE = "order.paid"


def event_id(number: int) -> str:
    """The id of the event of a number."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"event {number}"))


def event_record(
    number: int,
    at_ms: int = 0,
    *,
    correlation_id: str = "c",
    payload: Mapping[str, Any] | None = None,
    tenant_id: str = "default",
) -> Record:
    """An event accepted `at_ms` after the tests' start."""
    event = Event(
        id=event_id(number),
        type=TYPE,
        tenant_id=tenant_id,
        resource_type="order",
        resource_id="o-1",
        actor_id="ann",
        actor_type="user",
        occurred_at="2026-01-15T10:30:00.000Z",
        data=msgspec.json.encode(payload or {}),
        correlation_id=correlation_id,
    )
    return Record(EVENTS.name, *encode_event(event), START_MS + at_ms)


def stored_event(number: int, at_ms: int = 0, **changes: Any) -> StoredRecord:
    """An event as it is read back."""
    record = event_record(number, at_ms, **changes)
    return StoredRecord(record.topic, 0, number, record.key, record.value, record.headers, record.timestamp_ms)


def waiting(name: object, seq: int, *tasks: str, since_ms: int = 0, **event: Any) -> SessionAdvanced:
    """A step after which tasks wait for an event."""
    wanted = EventWait(event_type=TYPE, since=START_MS + since_ms, **event)
    waits = tuple(TaskWait(task=task, attempt=1, started_at=START_MS, event=wanted) for task in tasks)
    return advanced(name, seq, waiting=waits)
