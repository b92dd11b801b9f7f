"""How well a critical interaction went: the category and score of one that completed, and the figures of any set.

`d` is a duration in whole milliseconds; lower, mid and upper are the limits of the version that the match opened with.
A score is rounded once, to millionths, so that sums of scores are exact in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from libs.contracts.critical_interactions import (
    ABORTED,
    COMPLETED,
    ERRORED,
    FORBIDDEN,
    GLOBAL,
    SEQUENCE_VIOLATION,
    TIMEOUT,
    Category,
)
from libs.contracts.monitoring_steps import DELETED, STOPPED
from libs.rollups.histogram import Part, quantiles_ms

MILLIONTHS: Final = 1_000_000
CATEGORIES: Final = ("excellent", "good", "average", "poor")
ERRORS: Final = (TIMEOUT, SEQUENCE_VIOLATION)
ABORTS: Final = (GLOBAL, FORBIDDEN, STOPPED, DELETED)
KINDS: Final = (*CATEGORIES, *ERRORS, *ABORTS)
"""How a match may end: the category of one that completed, the cause of any other."""
_FRACTIONS: Final = (0.5, 0.95, 0.99)


def category(d: int, lower: int, mid: int, upper: int) -> Category:
    """Return the category of a duration."""
    if d <= lower:
        return "Excellent"
    if d <= mid:
        return "Good"
    return "Average" if d <= upper else "Poor"


def score_millionths(d: int, lower: int, mid: int, upper: int) -> int:
    """Return the score of a duration, from 0 to 1,000,000; halves are rounded up. `mid` only parts two categories."""
    del mid
    if d <= lower:
        return MILLIONTHS
    if d >= upper:
        return 0
    span = upper - lower
    return (2 * MILLIONTHS * (upper - d) + span) // (2 * span)


def score_of(millionths: int) -> float:
    """Return a score as results show it."""
    return millionths / MILLIONTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of a set of results: `counts` by kind, the sum of the scores, the histogram of the durations."""

    counts: Mapping[str, int] = field(default_factory=dict)
    score_millionths: int = 0
    parts: Sequence[Part] = ()

    def of(self, kinds: Sequence[str]) -> int:
        """Return how many results are of these kinds."""
        return sum(self.by_kind(kinds).values())

    def by_kind(self, kinds: Sequence[str]) -> dict[str, int]:
        """Return how many results are of each of these kinds."""
        return {kind: self.counts.get(kind, 0) for kind in kinds}

    @property
    def total(self) -> int:
        """How many results there are."""
        return self.of(KINDS)

    def percentiles_ms(self, fractions: Sequence[float]) -> list[float | None]:
        """Return the durations of completed ones that these ascending fractions do not exceed, within 1 %."""
        if not self.of(CATEGORIES):
            return [None for _ in fractions]
        return list(quantiles_ms(self.parts, fractions))


def figures_json(tally: Tally, minutes: int) -> dict[str, Any]:
    """Return the figures of a set of results that ended within so many minutes; rates of nothing are None."""
    categories, errors, aborts = (tally.by_kind(kinds) for kinds in (CATEGORIES, ERRORS, ABORTS))
    completed, errored, aborted = (sum(each.values()) for each in (categories, errors, aborts))
    p50, p95, p99 = (None if ms is None else round(ms, 3) for ms in tally.percentiles_ms(_FRACTIONS))
    total = completed + errored + aborted
    return {
        COMPLETED: completed,
        ERRORED: errored,
        ABORTED: aborted,
        "total": total,
        "apdex": _rate(tally.score_millionths, completed * MILLIONTHS),
        "strictApdex": _rate(tally.score_millionths, (completed + errored) * MILLIONTHS),
        "errorRate": _rate(errored, completed + errored),
        "categories": categories,
        "errors": errors,
        "aborts": aborts,
        "p50": p50,
        "p95": p95,
        "p99": p99,
        "throughputPerMinute": _rate(total, minutes),
    }


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
