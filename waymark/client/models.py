"""Interactions and answers of the API as immutable values; unknown fields are ignored.

Attributes have Python's names, the wire has the API's (`resource_id` is `resourceId`). Times are aware.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypedDict, TypeVar

import msgspec

from waymark.client.event_models import Event
from waymark.client.filters import Resource
from waymark.client.values import Count, Value

T = TypeVar("T")


class NewInteraction(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An interaction to record. Resource type, action and origin are mnemonics, in any case, or UUIDs by `…_id`.

    `interaction_id` (a UUID) is the record's identity for ever: recorded once, however often it is sent.
    """

    resource_id: str
    resource_type: str | None = None
    action: str | None = None
    origin: str | None = None
    interaction: Any = None
    external_reference: str | None = None
    external_response: Any = None
    uow_id: str | None = None
    user_id: str | None = None
    timestamp: datetime | str | None = msgspec.field(default=None, name="interactionTimestamp")
    span_id: str | None = None
    parent_span_id: str | None = None
    sequence_index: int | None = None
    interaction_id: str | None = None
    resource_type_id: str | None = None
    action_id: str | None = None
    origin_id: str | None = None


class RecordFields(TypedDict, total=False):
    """An interaction's optional fields. One with an `interaction_id` is recorded once, however often it is sent."""

    interaction: Any
    external_reference: str | None
    external_response: Any
    uow_id: str | None
    user_id: str | None
    timestamp: datetime | str | None
    span_id: str | None
    parent_span_id: str | None
    sequence_index: int | None
    interaction_id: str | None


class RecordedItem(Value, frozen=True, kw_only=True):
    """One of many interactions that the log has."""

    id: str
    number: int


class RecordedMany(Value, frozen=True, kw_only=True):
    """Interactions that the log has, in the order they were given; `position` is for reads that must show them."""

    items: list[RecordedItem]
    position: str | None = None


class InteractionFields(Value, frozen=True, kw_only=True):
    """The fields that every answer has of a recorded interaction."""

    id: str = msgspec.field(name="interactionId")
    number: int = msgspec.field(name="interactionNumber")
    resource_id: str
    resource_type_id: str
    action_id: str
    origin_id: str
    uow_id: str
    created_date: datetime
    interaction: Any = None
    external_reference: str | None = None
    external_response: Any = None
    user_id: str | None = None
    interaction_timestamp: datetime | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    sequence_index: int | None = None

    @property
    def event_time(self) -> datetime:
        """The event time: the caller's time, else the accept time."""
        return self.interaction_timestamp or self.created_date


class Recorded(InteractionFields, frozen=True, kw_only=True):
    """An interaction that the log has. `position` is for reads that must show it."""

    resource_type: str | None = None
    action: str | None = None
    origin: str | None = None
    position: str | None = None


class Interaction(InteractionFields, frozen=True, kw_only=True):
    """A recorded interaction as lists and traces show it, with the badges of its type, action and origin."""

    resource_type: str | None = msgspec.field(name="resourceTypeMnemonic", default=None)
    resource_type_icon: str | None = None
    resource_type_font_color_hex: str | None = None
    resource_type_bg_color_hex: str | None = None
    action: str | None = msgspec.field(name="actionMnemonic", default=None)
    action_icon: str | None = None
    action_font_color_hex: str | None = None
    action_bg_color_hex: str | None = None
    origin: str | None = msgspec.field(name="originMnemonic", default=None)
    origin_icon: str | None = None
    origin_font_color_hex: str | None = None
    origin_bg_color_hex: str | None = None


class Pagination(Value, frozen=True, kw_only=True):
    """The page's place in its list; `next_cursor` is None at the end, and where the list has none."""

    page: int = 1
    limit: int = 0
    total: int = 0
    total_pages: int = 0
    has_next: bool = False
    has_prev: bool = False
    next_cursor: str | None = None


class Page(Value, Generic[T], frozen=True, kw_only=True):
    """One page of a list. `as_of`: everything accepted up to then is in it; None where the list does not say."""

    data: list[T]
    pagination: Pagination
    as_of: datetime | None = None


class Gap(Value, frozen=True, kw_only=True):
    """A run of numbers that no list shows: `voided`, `duplicate`, `parked`, `discarded`, `in flight` or `lost`."""

    first: int
    last: int
    state: str
    reason: str | None = None
    at: datetime | None = None
    duplicate_of: int | None = None


class TimelineBucket(Value, frozen=True, kw_only=True):
    """The number of interactions from `bucket` on, for the length of the granularity."""

    bucket: datetime
    count: int
    groups: list[Count] = msgspec.field(default_factory=list)


class Timeline(Value, frozen=True, kw_only=True):
    """Counts over time, empty buckets included. `granularity` is `15 minutes`, `hour`, `6 hours` or `day`."""

    granularity: str
    start_date: datetime
    end_date: datetime
    data: list[TimelineBucket]
    total: int


class Refreshed(Value, frozen=True, kw_only=True):
    """A refreshed timeline: it counts everything accepted up to `as_of`."""

    as_of: datetime


class Activity(Value, frozen=True, kw_only=True):
    """The matching interactions of one user in one unit of work; `resources` are the first hundred."""

    user_id: str | None = None
    uow_id: str | None = None
    interaction_count: int
    first_interaction: datetime
    last_interaction: datetime
    actions: list[str] = msgspec.field(default_factory=list)
    resources: list[Resource] = msgspec.field(default_factory=list)
    resource_count: int | None = None


class Trace(Value, frozen=True, kw_only=True):
    """The records of a unit of work by event time; one page of them when `next_cursor` is set."""

    uow_id: str
    interactions: list[Interaction] = msgspec.field(default_factory=list)
    events: list[Event] = msgspec.field(default_factory=list)
    total: int = 0
    next_cursor: str | None = None


class TraceRecord(Value, frozen=True, kw_only=True):
    """The key fields of an interaction or event (`kind`); those that its kind does not have are None.

    `status` is `ok`, `error`, or None where the record does not say how it ended.
    """

    kind: str
    id: str
    at: datetime
    number: int | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    action: str | None = None
    origin: str | None = None
    user_id: str | None = None
    event_type: str | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    source: str | None = None
    status: str | None = None


class TraceEntry(TraceRecord, frozen=True, kw_only=True):
    """An entry of a trace's timeline: milliseconds since its start, and since the entry before."""

    offset_ms: float
    gap_ms: float | None = None
    parallel: bool = False


class TraceTimeline(Value, frozen=True, kw_only=True):
    """The entries of a trace by event time; one page of them when `next_cursor` is set."""

    uow_id: str
    entries: list[TraceEntry] = msgspec.field(default_factory=list)
    next_cursor: str | None = None


class TraceException(Value, frozen=True, kw_only=True):
    """An exception that a span or a log record tells of."""

    type: str | None = None
    message: str | None = None


class TraceNode(TraceRecord, frozen=True, kw_only=True):
    """A record in the tree. Its interval includes its children's, `own…` is the record's own.

    None of its children covers `self_time_ms` of that. `span_status` is a span's as sent: `OK`, `ERROR` or `UNSET`.
    """

    depth: int
    children: list[str] = msgspec.field(default_factory=list)
    parent_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    causation_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: float = 0
    own_started_at: datetime | None = None
    own_ended_at: datetime | None = None
    own_duration_ms: float = 0
    span_status: str | None = None
    status_message: str | None = None
    exceptions: list[TraceException] = msgspec.field(default_factory=list)
    is_error: bool = False
    self_time_ms: float = 0
    on_critical_path: bool = False
    missing_parent: str | None = None
    cycle: bool = False


class TraceTree(Value, frozen=True, kw_only=True):
    """A trace by its spans and causes, each node before its children."""

    uow_id: str
    roots: list[str] = msgspec.field(default_factory=list)
    nodes: list[TraceNode] = msgspec.field(default_factory=list)
    total: int = 0


class TraceSummary(Value, frozen=True, kw_only=True):
    """A trace's counts, times, users and kinds."""

    uow_id: str
    total_interactions: int = 0
    total_events: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: float | None = None
    unique_actions: list[str] = msgspec.field(default_factory=list)
    resource_types: list[str] = msgspec.field(default_factory=list)
    origins: list[str] = msgspec.field(default_factory=list)
    resource_count: int = 0
    users: list[str] = msgspec.field(default_factory=list)
    services: list[str] = msgspec.field(default_factory=list)
    error_count: int = 0


class OriginNode(Value, frozen=True, kw_only=True):
    """An origin and its number of interactions."""

    origin: str
    count: int


class OriginEdge(Value, frozen=True, kw_only=True):
    """A link: the number of times that an interaction of one origin follows one of another, and the latencies."""

    from_origin: str = msgspec.field(name="from")
    to_origin: str = msgspec.field(name="to")
    count: int
    p50_ms: float = 0
    p95_ms: float = 0
    avg_ms: float = 0


class OriginGraph(Value, frozen=True, kw_only=True):
    """The graph of origins over a range of UTC days, both included: nodes, and links as edges."""

    start_date: date
    end_date: date
    nodes: list[OriginNode] = msgspec.field(default_factory=list)
    edges: list[OriginEdge] = msgspec.field(default_factory=list)


class CatalogItem(Value, frozen=True, kw_only=True):
    """A resource type, an action or an origin. `id` comes from `resourceTypeId`, `actionId` or `originId`."""

    id: str = ""
    title: str
    mnemonic: str
    description: str | None = None
    icon: str | None = None
    font_color_hex: str | None = None
    bg_color_hex: str | None = None
    is_system: bool = False
    created_date: datetime | None = None
    modified_date: datetime | None = None
    archived_date: datetime | None = None
    version: int = 0
    resource_type_id: str | None = None
    action_id: str | None = None
    origin_id: str | None = None
    position: str | None = None


class Key(Value, frozen=True, kw_only=True):
    """An API key, without the key itself."""

    id: str
    prefix: str
    label: str
    roles: list[str]
    rate_limit_per_minute: int | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class NewKey(Key, frozen=True, kw_only=True):
    """A new key. Only this answer has its text, `key`; None when an earlier try made it and its answer was lost."""

    key: str | None = msgspec.field(default=None)
    position: str | None = None

    def __repr__(self) -> str:
        return f"NewKey(id={self.id!r}, label={self.label!r})"
