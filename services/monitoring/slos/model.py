"""Service level objectives: which results of a critical interaction are good, and how many of them have to be."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from services.monitoring.health.scores import CATEGORIES, ERRORS, Tally
from services.monitoring.slos.burn_rate import BurnRule, EventCounts, default_rules

GoodWhen = Literal["COMPLETED", "AVERAGE", "GOOD", "EXCELLENT"]
"""The events that count as good: those that complete, or those that do so in at least that category."""

MAX_SLOS: Final = 500
"""The most objectives of a tenant."""
MIN_WINDOW_MINUTES: Final = 5
MAX_WINDOW_MINUTES: Final = 129_600
DEFAULT_WINDOW_MINUTES: Final = 40_320
MAX_MIN_EVENTS: Final = 1_000_000_000
DEFAULT_MIN_EVENTS: Final = 10
MAX_FACTOR: Final = 1_000_000
MAX_BURN_RULES: Final = 8

_GOOD: Final[dict[GoodWhen, tuple[str, ...]]] = {
    "COMPLETED": CATEGORIES,
    "AVERAGE": ("excellent", "good", "average"),
    "GOOD": ("excellent", "good"),
    "EXCELLENT": ("excellent",),
}


def events_of(tally: Tally, good_when: GoodWhen) -> EventCounts:
    """Return the events of a set of results, of which those are good that are at least as `good_when` says."""
    return EventCounts(good=tally.of(_GOOD[good_when]), total=tally.of((*CATEGORIES, *ERRORS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The fields of an objective that its makers choose.

    At least the share `target` of the events of any window is to be good; a burn rule wants `min_events` of them in its
    long window. `burn_rules` is None where the default ones are meant, which scale with the window.
    """

    name: str
    good_when: GoodWhen = "COMPLETED"
    target: float
    window_minutes: int = DEFAULT_WINDOW_MINUTES
    min_events: int = DEFAULT_MIN_EVENTS
    burn_rules: tuple[BurnRule, ...] | None = None
    webhook_ids: tuple[uuid.UUID, ...] = ()

    @property
    def rules(self) -> tuple[BurnRule, ...]:
        """The burn rules in force."""
        return default_rules(self.window_minutes) if self.burn_rules is None else self.burn_rules

    def normal(self) -> Objective:
        """Return the objective; burn rules that are the default ones of its window are meant as those."""
        if self.burn_rules == default_rules(self.window_minutes):
            return replace(self, burn_rules=None)
        return self

    def events(self, tally: Tally) -> EventCounts:
        """Return the events of a set of results: those that completed or errored."""
        return events_of(tally, self.good_when)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """An objective as an object of a tenant, for the critical interaction of an id, whose name never changes."""

    tenant_id: str
    id: uuid.UUID
    version: int
    interaction_id: int
    interaction_name: str
    objective: Objective
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
