"""Error budgets and the rates at which they burn, in exact arithmetic: a rate equal to a factor is not above it.

The decimal text of a target or factor counts, so 0.999 is 999/1000. A budget is the share of events that may be bad,
1 - target; at burn rate 1 it is just spent when the objective's window ends. The default rules are those of the SRE
workbook ("Alerting on SLOs"): each fires when its window has spent some share of the budget of 30 days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, NamedTuple

import msgspec

Severity = Literal["critical", "warning", "info"]
MAX_FOR_SECONDS: Final = 86_400
_DEFAULTS_MINUTES: Final = 43_200


class BurnRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An alert when the budget burns faster than `factor` over the long and the short window."""

    long_minutes: int
    short_minutes: int
    factor: float
    severity: Severity = "warning"
    for_seconds: int = 0


_DEFAULTS: Final = (
    BurnRule(long_minutes=60, short_minutes=5, factor=14.4, severity="critical"),
    BurnRule(long_minutes=360, short_minutes=30, factor=6.0, severity="critical"),
    BurnRule(long_minutes=1_440, short_minutes=120, factor=3.0),
    BurnRule(long_minutes=4_320, short_minutes=360, factor=1.0),
)
"""The rules for an objective of 30 days."""


class EventCounts(NamedTuple):
    """Counts of an objective's events: the good ones, and all."""

    good: int
    total: int

    @property
    def bad(self) -> int:
        """How many are not good."""
        return self.total - self.good


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """An error budget: the bad events that it allows, the share of them that is spent, the rest (negative: overspent).

    None is a share of nothing; `sli` is the share of good events.
    """

    sli: Fraction | None
    allowed_bad: Fraction
    spent: Fraction | None
    remaining: Fraction | None


def default_rules(window_minutes: int) -> tuple[BurnRule, ...]:
    """Return the rules for an objective of any window: their minutes scale with it (halves up), at least 1."""

    def scaled(minutes: int) -> int:
        return max(1, (2 * minutes * window_minutes + _DEFAULTS_MINUTES) // (2 * _DEFAULTS_MINUTES))

    return tuple(
        msgspec.structs.replace(rule, long_minutes=scaled(rule.long_minutes), short_minutes=scaled(rule.short_minutes))
        for rule in _DEFAULTS
    )


def budget_of(events: EventCounts, target: float) -> Budget:
    """Return the error budget of a window with these events."""
    allowed_bad = _allowed(target) * events.total
    spent = events.bad / allowed_bad if allowed_bad else None
    return Budget(
        sli=Fraction(events.good, events.total) if events.total else None,
        allowed_bad=allowed_bad,
        spent=spent,
        remaining=None if spent is None else 1 - spent,
    )


def burn_rate(events: EventCounts, target: float) -> Fraction | None:
    """Return how fast a window's events burn the budget: (bad / total) / (1 - target); None without events."""
    return Fraction(events.bad, events.total) / _allowed(target) if events.total else None


def is_burning(windows: Sequence[EventCounts], target: float, factor: float) -> bool:
    """Return whether each of the windows burns faster than `factor`; one without events does not burn."""
    rates = [burn_rate(events, target) for events in windows]
    return all(rate is not None and rate > _exact(factor) for rate in rates)


def _allowed(target: float) -> Fraction:
    return 1 - _exact(target)


def _exact(number: float) -> Fraction:
    return Fraction(repr(number))
