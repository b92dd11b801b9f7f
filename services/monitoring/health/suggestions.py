"""Limits for a critical interaction, made from how long completed ones took."""

from __future__ import annotations

import math
from typing import Any, Final

from services.monitoring.definitions.model import MAX_LIMIT_MS
from services.monitoring.health.scores import CATEGORIES, Tally

MIN_SAMPLE: Final = 20
"""The number of completed ones that a suggestion needs."""
_FRACTIONS: Final = (0.5, 0.75, 0.95)
_LIMITS: Final = ("uptimeLowerLimitInMs", "uptimeMidLimitInMs", "uptimeUpperLimitInMs")
_LEAST_THRESHOLD_MS: Final = 1_000


def suggested_limits(tally: Tally) -> dict[str, Any]:
    """Return p50, p75 and p95 as limits, each at least 1 above the one before, and a threshold of twice the p95.

    All are None when too few completed.
    """
    sample = tally.of(CATEGORIES)
    if sample < MIN_SAMPLE:
        return {"sample": sample, **dict.fromkeys((*_LIMITS, "thresholdInMs"))}
    limits: list[int] = []
    for place, found in enumerate(tally.percentiles_ms(_FRACTIONS)):
        least = limits[-1] + 1 if limits else 0
        most = MAX_LIMIT_MS - (len(_LIMITS) - 1 - place)
        limits.append(min(max(math.ceil(found or 0), least), most))
    threshold = min(max(_LEAST_THRESHOLD_MS, 2 * limits[-1]), MAX_LIMIT_MS)
    return {"sample": sample, **dict(zip(_LIMITS, limits, strict=True)), "thresholdInMs": threshold}
