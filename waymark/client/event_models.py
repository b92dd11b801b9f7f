"""Events as they are sent and answered; `models` has interactions. Values are immutable; unknown fields are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

import msgspec

from waymark.client.values import Count, Value


class NewEvent(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An event to record: a past tense fact about a resource; `payload` is a JSON object.

    `id` (a UUID) is the record's identity for ever. `correlation_id` is its unit of work, `causation_id` the event
    that led to it. An actor named without a type is a user; without an actor it is the key.
    """

    event_type: str
    resource_type: str
    resource_id: str
    payload: dict[str, Any] | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    occurred_at: datetime | str | None = None
    id: str | None = None


class EventFields(TypedDict, total=False):
    """An event's optional fields. One with an `id` is recorded once, however often it is sent."""

    payload: dict[str, Any] | None
    actor_id: str | None
    actor_type: str | None
    correlation_id: str | None
    causation_id: str | None
    occurred_at: datetime | str | None
    id: str | None


class RecordedEvent(Value, frozen=True, kw_only=True):
    """An event that the log has. `position` is for reads that must show it; of many, `RecordedEvents` has it."""

    id: str
    position: str | None = None


class RecordedEvents(Value, frozen=True, kw_only=True):
    """Events that the log has, in the order they were given; `position` is for reads that must show them."""

    items: list[RecordedEvent]
    position: str | None = None


class CloudEvent(Value, frozen=True, kw_only=True):
    """A CloudEvent's attributes as its sender gave them."""

    id: str
    source: str
    subject: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    extensions: dict[str, str] = msgspec.field(default_factory=dict)


class Event(Value, frozen=True, kw_only=True):
    """An event. `dataschema` and `cloud_event` are there only where the event has one.

    `source` says who wrote it: `waymark/<tenant>/<service>` is Waymark itself, `waymark/<tenant>/events` a producer.
    """

    id: str
    event_type: str
    resource_type: str | None = None
    resource_id: str | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    occurred_at: datetime
    payload: dict[str, Any] = msgspec.field(default_factory=dict)
    source: str | None = None
    tenant_id: str | None = None
    dataschema: str | None = None
    cloud_event: CloudEvent | None = None


class EventPage(Value, frozen=True, kw_only=True):
    """One page of events. `next_cursor` is None at the end, and where the list has none; `as_of` as a `Page`'s."""

    events: list[Event]
    total: int
    has_next: bool = False
    limit: int = 0
    offset: int = 0
    next_cursor: str | None = None
    as_of: datetime | None = None


class EventCounts(Value, frozen=True, kw_only=True):
    """The numbers of events of each kind, the largest first; one without an actor is in no actor type."""

    by_event_type: list[Count] = msgspec.field(default_factory=list)
    by_resource_type: list[Count] = msgspec.field(default_factory=list)
    by_actor_type: list[Count] = msgspec.field(default_factory=list)
    total: int


class Actor(Value, frozen=True, kw_only=True):
    """The counts of one actor's events; `total` includes those that are neither failures nor successes."""

    actor_id: str
    actor_type: str | None = None
    failures: int = 0
    successes: int = 0
    total: int


class Actors(Value, frozen=True, kw_only=True):
    """The most active actors; `has_more` says that there are others."""

    actors: list[Actor]
    has_more: bool = False


class Causes(Value, frozen=True, kw_only=True):
    """An event's causes, its own first. The chain is `complete` when it ends with an event that names no cause.

    Otherwise `missing` is a cause that is not recorded, or the chain is a `cycle`, or it is longer (`truncated`).
    """

    event_id: str
    causes: list[Event] = msgspec.field(default_factory=list)
    complete: bool = False
    missing: str | None = None
    cycle: bool = False
    truncated: bool = False
