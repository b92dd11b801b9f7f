"""The definition of a critical interaction, as it is stored, versioned and read by the matching.

A version never changes. What a definition means is in `services/monitoring/gate` (which records it names) and
`services/monitoring/matches` (how they are walked).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Final, Literal, get_args

import msgspec

RUNNING: Final = "RUNNING"
STOPPED: Final = "STOPPED"
Status = Literal["RUNNING", "STOPPED"]
Operator = Literal["EQUALS", "NOTEQUALS", "CONTAINS", "NOTCONTAINS", "STARTSWITH", "ENDSWITH"]

STATUSES: tuple[Status, ...] = get_args(Status)
OPERATORS: tuple[Operator, ...] = get_args(Operator)

RESERVED_NAMES = frozenset(("preview", "filter-options", ".", ".."))
"""Names that no path could have: those of other routes, and those that clients resolve."""
MAX_RUNNING = 500
"""The most definitions of a tenant that run at a time."""
MAX_DEFINITIONS = 1_000
"""The most definitions of a tenant in all, deleted ones left out."""
MAX_SUPERSEDED = 20
"""The most versions of a definition that judge records although another version followed."""
MAX_NAME_CHARS = 200
"""The longest name, of a definition, an event or a property."""
MAX_VALUE_CHARS = 1_000
MAX_DESCRIPTION_CHARS = 2_000
MAX_DEFINITION_BYTES = 65_536
"""The most that a definition takes as JSON; the gate holds all that run in memory."""
MAX_EVENTS = 50
MAX_FILTERS = 20
MAX_DIMENSIONS = 3
MAX_LIMIT_MS = 3_153_600_000_000
"""A hundred years: the longest threshold or limit."""
MAX_WATERMARK_MS = 600_000
"""The longest that a record may be held for earlier ones."""
DEFAULT_DIMENSIONS = ("origin",)
VERSION: Final = "version"
"""The dimension that every definition has: a result's version."""


class PropertyFilter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One property of a record compared with a text; a property that is missing fits no operator."""

    name: str
    value: str
    operator: Operator = "EQUALS"


class EventPattern(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The records of a name whose properties fit all of `props`.

    `name` is an event's type, an interaction's `<resource type>.<action>`, or its action alone.
    """

    name: str
    props: tuple[PropertyFilter, ...] = ()
    is_blacklisted: bool = False


class Definition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One version of a critical interaction.

    `events` are walked in their order; those that are blacklisted are forbidden at their place, the global ones
    everywhere. `threshold_in_ms` is the longest pause between two records of a match. `dimensions` are the property
    paths by which results are counted apart.
    """

    name: str
    description: str | None = None
    uptime_lower_limit_in_ms: int
    uptime_mid_limit_in_ms: int
    uptime_upper_limit_in_ms: int
    threshold_in_ms: int
    status: Status = RUNNING
    events: tuple[EventPattern, ...]
    global_blacklisted_events: tuple[EventPattern, ...] = ()
    correlation_property: str | None = None
    dimensions: tuple[str, ...] = DEFAULT_DIMENSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalInteraction:
    """A definition as an object of a tenant. `id` counts per tenant from 1 and is never given twice."""

    tenant_id: str
    id: int
    version: int
    definition: Definition
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInForce:
    """A version of a running definition, and the accept times it judges, in milliseconds since the epoch.

    It is `current` in `[from_ms, to_ms)`; `to_ms` is None while nothing has followed it. `ended_ms` is when the
    definition was first stopped or deleted after it, be it after other versions; None while that has not happened.
    """

    tenant_id: str
    definition_id: int
    version: int
    definition: Definition
    from_ms: int
    to_ms: int | None = None
    ended_ms: int | None = None


def outlasts_ms(definition: Definition, watermark_ms: int) -> int:
    """Return for how long after another version came a version may still judge records of matches that it opened."""
    return (len(definition.events) - 1) * (definition.threshold_in_ms + watermark_ms)


def judged_until_ms(version: VersionInForce, watermark_ms: int) -> float:
    """Return the accept time from which on a version judges nothing.

    A version that another one followed goes on with the matches opened by it, for as long as they can take, and until
    the definition ends.
    """
    if version.to_ms is None:
        return inf
    outlasted_ms = version.to_ms + outlasts_ms(version.definition, watermark_ms)
    return outlasted_ms if version.ended_ms is None else min(outlasted_ms, version.ended_ms)
