"""The filters and options of reads, and how they are written into a query or a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypedDict

import msgspec

from waymark.client.errors import local_problem

Moment = datetime | date | str
"""An aware datetime, a date (UTC), or a text in RFC 3339."""
DateField = Literal["createdDate", "eventTime"]
Granularity = Literal["15 minutes", "hour", "6 hours", "day"]
GroupBy = Literal["action", "resourceType", "origin"]
PAGE_ITEMS = 100
"""The largest page of a list, and the size that `all` reads."""


class JsonFilter(msgspec.Struct, frozen=True):
    """A condition on the free-form data: a dotted path and `equals`, `contains`, `startsWith` or `exists`."""

    path: str
    operator: Literal["equals", "contains", "startsWith", "exists"] = "equals"
    value: Any = None


class Resource(msgspec.Struct, frozen=True, rename="camel"):
    """One resource; the id `*` is every one of the type."""

    resource_id: str
    resource_type: str


class InteractionStreamFilters(TypedDict, total=False):
    """The filters that the list and the stream have in common; all of them must hold."""

    resource_id: str
    uow_id: str
    external_reference: str
    user_id: str
    action: str
    resource_type: str
    origin: str


class InteractionFilters(InteractionStreamFilters, total=False):
    """The list's filters; all of them must hold."""

    interaction_id: str
    interaction_number: int
    start_date: Moment
    end_date: Moment
    date_field: DateField
    json_filters: Sequence[JsonFilter]


class ListOptions(InteractionFilters, total=False):
    """Filters, and which page: by number, or by the `next_cursor` of the page before. `limit` is at most 100."""

    page: int
    limit: int
    cursor: str


class TimelineOptions(TypedDict, total=False):
    """The days to count: `days` that end today, or a range; 90 days when neither is given."""

    days: int
    start_date: Moment
    end_date: Moment
    granularity: Granularity
    group_by: GroupBy
    action: str
    resource_type: str
    origin: str
    date_field: DateField


class ActivityOptions(TypedDict, total=False):
    """The filters of an activity search; at least one of the first five is needed."""

    resources: Sequence[Resource]
    user_id: str
    uow_id: str
    action: str
    json_filters: Sequence[JsonFilter]
    start_date: Moment
    end_date: Moment
    date_field: DateField
    page: int
    limit: int


class TraceSearch(TypedDict, total=False):
    """The filters of a trace search, and which page."""

    start_date: Moment
    end_date: Moment
    min_duration_ms: float
    max_duration_ms: float
    origin: str
    action: str
    resource_type: str
    user_id: str
    service: str
    span_name: str
    error: bool
    page: int
    limit: int
    cursor: str


class CatalogFields(TypedDict, total=False):
    """A catalog item's optional fields; those that a change leaves out become null."""

    description: str
    icon: str
    font_color_hex: str
    bg_color_hex: str


class EventRange(TypedDict, total=False):
    """A range of event times: at `since` or after, before `until`."""

    since: Moment
    until: Moment


class EventFilters(EventRange, total=False):
    """The list's filters; all of them must hold. A resource id is looked for in any type, or in the one given."""

    event_type: str
    resource_type: str
    resource_id: str
    actor_id: str
    correlation_id: str
    source: str


class EventPageOptions(TypedDict, total=False):
    """Which page: by offset, or by the `next_cursor` of the page before. `limit` is at most 100."""

    limit: int
    offset: int
    cursor: str


class EventListOptions(EventFilters, EventPageOptions, total=False):
    """Filters, and which page."""


class StreamFilters(TypedDict, total=False):
    """A stream's filters; all of them must hold, exactly as written."""

    event_type: str
    resource_type: str
    resource_id: str
    actor_id: str
    actor_type: str
    correlation_id: str
    source: str


def query(options: Mapping[str, Any], spell: Callable[[str], str] | None = None) -> tuple[tuple[str, str], ...]:
    """Write options as query parameters, named by `spell` or in camel case; those that are None are left out."""
    named = spell or camel
    return tuple((named(name), _text(named(name), value)) for name, value in options.items() if value is not None)


def snake(name: str) -> str:
    """Spell an option's name as the events family does: `event_type`; `since` and `until` are `from` and `to`."""
    return {"since": "from", "until": "to"}.get(name, name)


def body(options: Mapping[str, Any]) -> bytes:
    """Write options as a JSON object; those that are None are left out."""
    return msgspec.json.encode(
        {camel(name): _plain(name, value) for name, value in options.items() if value is not None}
    )


def camel(name: str) -> str:
    """Spell a name in camel case: `resource_id` → `resourceId`."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def moment_text(field: str, value: Moment) -> str:
    """Write a time as the API takes it. Raises Refused naming the field when a datetime has no zone."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise local_problem(field, "a datetime with a time zone is expected")
    return value if isinstance(value, str) else value.isoformat()


def _text(name: str, value: Any) -> str:
    if isinstance(value, date):
        return moment_text(name, value)
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _plain(name: str, value: Any) -> Any:
    return moment_text(camel(name), value) if isinstance(value, date) else value
