"""The criteria and pages of reads of traces, and the order of a trace: values without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

TRACES_MODEL = "traces"
"""The read model's name."""

INTERACTION = "interaction"
EVENT = "event"
USER = "user"
SERVICE = "service"
SPAN = "span"
"""Kinds of a trace's sets beside those of the catalog: users, services and the names of spans."""

LAST_NUMBER = 2**63 - 1
"""The number that events are sorted by among interactions of the same instant: after all of them."""


class Place(NamedTuple):
    """A record's place in its trace: event time, then number (interactions before events), then id."""

    at: datetime
    number: int
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Filters of the search that must all hold; None does not filter. A trace started in `[start, end)`.

    A trace matches an action, an origin, a resource type, a user, a service or a span's name that any of its records
    has, and an error when any of them ended in one.
    """

    start: datetime | None = None
    end: datetime | None = None
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    origin: str | None = None
    action: str | None = None
    resource_type: str | None = None
    user_id: str | None = None
    service: str | None = None
    span_name: str | None = None
    error: bool | None = None

    @property
    def only_dated(self) -> bool:
        """Whether the start is the only filter."""
        facets = (self.origin, self.action, self.resource_type, self.user_id, self.service, self.span_name)
        return all(value is None for value in (*facets, self.min_duration_ms, self.max_duration_ms, self.error))


class Started(NamedTuple):
    """A trace's place in the search, newest start first."""

    at: datetime
    uow_id: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page, located by the number of traces before it or by the last trace of the page before."""

    offset: int
    limit: int
    after: Started | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Items `offset` to `offset + limit` of `total` in one order."""

    offset: int
    limit: int
    total: int

    @property
    def count(self) -> int:
        """The number of items in the window."""
        return max(0, min(self.limit, self.total - self.offset))

    @property
    def from_end(self) -> int:
        """The number of items after the window."""
        return self.total - self.offset - self.count

    @property
    def is_nearer_the_end(self) -> bool:
        """Whether fewer items come after than before."""
        return self.offset > self.from_end
