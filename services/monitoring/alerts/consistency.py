"""Whether a metric's threshold is one that the metric can cross; pure."""

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
    elif condition.operator == "LESS_THAN" and threshold == 0:
        yield f"{metric} is never below 0: the rule could not fire"
    elif condition.operator == "GREATER_THAN" and metric in SHARES and threshold == 1:
        yield f"{metric} is never above 1: the rule could not fire"
