"""The criteria and pages of event lists, and the counters behind them: values without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

EVENTS = "events"
"""The read model's name."""


class Dimension(IntEnum):
    """The fields that events are counted by over time. A counter has a `key` and an `other`, empty where it has none.

    The numbers stand in the tables; those of `fold.sql` and `events_finish.sql` are the same.
    """

    ALL = 1
    EVENT_TYPE = 2
    RESOURCE_TYPE = 3
    TYPES = 4
    ACTOR_TYPE = 5
    SOURCE = 6


BY_DAYS = frozenset((Dimension.TYPES,))
"""Dimensions counted by days alone: only lists ask for them, and an index counts what a bound cuts off a day."""


class Counter(NamedTuple):
    """A counter of a dimension: of `TYPES` by event type and resource type; the source of producers is empty."""

    dimension: Dimension
    key: str = ""
    other: str = ""


class ActorSums(NamedTuple):
    """The counts of one actor's events in a range; the type is empty where the events have none."""

    actor_id: str
    actor_type: str
    n: int
    failures: int
    successes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Filters that must all hold; None does not filter. Times are the half-open range `[start, end)`.

    `resource_ids` are the spellings of one id, any of which will do; an empty `source` is that of producers.
    """

    event_type: str | None = None
    resource_type: str | None = None
    resource_ids: tuple[str, ...] = ()
    actor_id: str | None = None
    correlation_id: str | None = None
    source: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_counted(self) -> bool:
        """Whether the counters by time have the number of events that match."""
        of_types = self.event_type is not None or self.resource_type is not None
        of_one = self.resource_ids or self.actor_id is not None or self.correlation_id is not None
        return not of_one and (self.source is None or not of_types)

    @property
    def is_in_order(self) -> bool:
        """Whether an index that holds the list's order has exactly what these filters find, times aside."""
        is_resource = len(self.resource_ids) == 1 and self.resource_type is not None
        said = (is_resource, self.actor_id is not None, self.correlation_id is not None)
        other = self.event_type is not None or (not is_resource and (self.resource_type or self.resource_ids))
        return sum(said) == 1 and not other and self.source is None


class EventCursor(NamedTuple):
    """The place a cursor goes on from: below this event in the list's order, `(occurredAt, id)`."""

    at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page, located by the number of events before it or by the last event of the page before."""

    offset: int
    limit: int
    after: EventCursor | None = None
