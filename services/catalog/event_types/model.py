"""An event type's schema: its versions, and what the type is called.

A version never changes. Archiving ends the checking of events and keeps every version; registering takes it up again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from libs.contracts.texts import is_printable
from libs.event_schemas.expansion import Schema

MAX_EVENT_TYPE_CHARS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """An event type that has a schema. `revision` counts its changes, `latest_version` its schemas, both from 1."""

    tenant_id: str
    name: str
    revision: int
    latest_version: int
    created_at: datetime
    modified_at: datetime
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaVersion:
    """A version of an event type's schema; `forced` when it was registered although narrower than the one before."""

    event_type: EventType
    version: int
    schema: Schema
    forced: bool
    created_at: datetime
    created_by: str


def is_event_type(name: str) -> bool:
    """Return whether a text can be an event type: 1 to 256 printable characters without blanks at its ends."""
    return 0 < len(name) <= MAX_EVENT_TYPE_CHARS and is_printable(name) and name == name.strip()
