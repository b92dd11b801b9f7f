"""Records of the events topic as the rows they become: checked here, so that no row can fail in the database."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

from libs.eventlog.port import StoredRecord
from libs.records.events import decode_event
from libs.records.index_key import index_key
from services.queries.events.outcomes import Outcomes


class EventEntry(NamedTuple):
    """An event; all but the last column go to the tables in this order.

    Texts that are looked for are kept as what can be indexed; `long_texts` has, by that, the whole ones.
    """

    tenant_id: str
    event_id: str
    occurred_at: datetime
    event_type: str
    resource_type: str
    resource_id: str
    actor_id: str | None
    actor_type: str | None
    correlation_id: str | None
    causation_id: str | None
    cause: str | None
    outcome: int
    payload: str
    dataschema: str | None
    cloud_event: str | None
    source: str | None
    long_texts: dict[str, str]


def decode_entry(record: StoredRecord, outcomes: Outcomes) -> EventEntry:
    """Return the row of a record; InvalidRecord names what is wrong with it."""
    row = decode_event(record)
    long_texts: dict[str, str] = {}

    def key(text: str) -> str:
        found = index_key(text)
        if found != text:
            long_texts[found] = text
        return found

    def optional(text: str | None) -> str | None:
        return key(text) if text else None

    return EventEntry(
        row.tenant_id,
        row.event_id,
        row.occurred_at,
        key(row.event_type),
        key(row.resource_type),
        key(row.resource_id),
        optional(row.actor_id),
        optional(row.actor_type),
        optional(row.correlation_id),
        row.causation_id,
        _uuid_or_none(row.causation_id),
        outcomes.of_event(row.event_type, row.payload).value,
        row.payload,
        row.dataschema,
        row.cloud_event,
        optional(row.source),
        long_texts,
    )


def _uuid_or_none(text: str | None) -> str | None:
    """Return what an event's cause can be looked for by; a text that is no UUID names no event of ours."""
    try:
        return None if text is None else str(uuid.UUID(text))
    except ValueError:
        return None
