"""The criteria, pages and results of reads of the history: values without I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

HISTORY = "history"
"""The read model's name."""


class DateField(StrEnum):
    """The time that a list's date filters and order refer to: the accept time, or the event time."""

    CREATED = "createdDate"
    EVENT = "eventTime"


class Operator(StrEnum):
    """A JSON filter's comparison."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class JsonFilter:
    """A condition on the value at a path into `interaction`; `value` is any JSON value, text for the text operators.

    Decimals are compared exactly.
    """

    path: tuple[str, ...]
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Filters that must all hold; None does not filter. Times are the half-open range `[start, end)`."""

    resource_id: str | None = None
    interaction_id: str | None = None
    interaction_number: int | None = None
    uow_id: str | None = None
    external_reference: str | None = None
    user_id: str | None = None
    resource_type: str | None = None
    action: str | None = None
    origin: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    date_field: DateField = DateField.CREATED
    json_filters: tuple[JsonFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceWanted:
    """A resource of any type or of one; without an id every resource of the type."""

    resource_id: str | None
    resource_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCriteria:
    """The criteria of an activity search: any of the resources, and all others. Without resources, any resource."""

    resources: tuple[ResourceWanted, ...] = ()
    rest: Criteria = Criteria()


@dataclass(frozen=True, slots=True)
class Facets:
    """Codes of resource type, action and origin; 0 is any."""

    type_code: int = 0
    action_code: int = 0
    origin_code: int = 0


@dataclass(frozen=True, slots=True)
class InteractionCursor:
    """The place a cursor goes on from: below this number, or in event-time order below (event time, number)."""

    number: int
    event_at: datetime | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page, located by the number of items before it or by the last item of the page before."""

    offset: int
    limit: int
    after: InteractionCursor | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts by bucket, grouped by mnemonic or in one group without a name, and the time they are complete up to."""

    groups: Mapping[str, Sequence[int]]
    is_grouped: bool
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityGroup:
    """One user's interactions in one unit of work; `resources` (mnemonic, id) are the first of `resource_count`."""

    user_id: str | None
    uow_id: str
    count: int
    first: datetime
    last: datetime
    actions: Sequence[str]
    resources: Sequence[tuple[str, str]]
    resource_count: int


@dataclass(frozen=True, slots=True)
class Activity:
    """A page of groups, their total, and the accept time up to which it is complete."""

    groups: Sequence[ActivityGroup]
    total: int
    as_of: datetime


class Strategy(StrEnum):
    """A way of counting a list."""

    FACET_BLOCKS = "facet blocks"
    USER_BLOCKS = "user blocks"
    EVENT_DAYS = "event days"
    ONE_INDEX = "one index"
    ONE_SCAN = "one scan"


def strategy_of(criteria: Criteria) -> Strategy:
    """Return the cheapest way that is exact for these criteria."""
    if criteria.json_filters or criteria.interaction_id is not None or criteria.interaction_number is not None:
        return Strategy.ONE_SCAN
    by_facet = any((criteria.resource_type, criteria.action, criteria.origin))
    texts = [criteria.resource_id, criteria.uow_id, criteria.external_reference, criteria.user_id]
    given = sum(text is not None for text in texts)
    if criteria.date_field is DateField.EVENT:
        return Strategy.ONE_SCAN if given else Strategy.EVENT_DAYS
    if given == 0:
        return Strategy.FACET_BLOCKS
    if given > 1 or by_facet:
        return Strategy.ONE_SCAN
    return Strategy.USER_BLOCKS if criteria.user_id is not None else Strategy.ONE_INDEX
