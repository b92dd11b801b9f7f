"""Whether a metric's threshold is a value that the metric can have; pure."""

from __future__ import annotations

from collections.abc import Iterator

from libs.httpkit.errors import Loc, Violation
from services.monitoring.alerts.model import SHARES, MetricCondition


def inconsistencies(condition: MetricCondition, loc: Loc = ()) -> list[Violation]:
    """Return what does not fit, by its place under `loc`."""
    return [Violation((*loc, "threshold"), message, "inconsistent") for message in _messages(condition)]


def _messages(condition: MetricCondition) -> Iterator[str]:
    metric, threshold = condition.metric, condition.threshold
    if threshold < 0 or (metric in SHARES and threshold > 1):
        yield f"{metric} is {'a share, from 0 to 1' if metric in SHARES else 'never below 0'}; {threshold!r} is not"
