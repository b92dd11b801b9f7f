"""The reading of a rule: its windows up to an instant, and the figure of their results against its condition; pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.monitoring.alerts.alert_states import FEW_EVENTS, STALE, Reading
from services.monitoring.alerts.model import AlertRule, BurnCondition, Metric, MetricCondition, Operator
from services.monitoring.health.ranges import Period
from services.monitoring.health.scores import ABORTS, CATEGORIES, ERRORS, KINDS, MILLIONTHS, Tally
from services.monitoring.health.store import Window
from services.monitoring.slos.burn_rate import burn_rate, is_burning
from services.monitoring.slos.model import events_of

_COMPARISONS: Final[Mapping[Operator, Callable[[float, float], bool]]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_EQUAL": operator.le,
}
_COUNTED: Final[Mapping[Metric, Sequence[str]]] = {"completed": CATEGORIES, "errored": ERRORS, "aborted": ABORTS}
_PERCENTILES: Final[Mapping[Metric, float]] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SHARES: Final[Mapping[Metric, Sequence[str]]] = {"errorRate": ERRORS, "abortRate": ABORTS, "poorRate": ("poor",)}
_AMONG: Final[Mapping[Metric, Sequence[str]]] = {
    **dict.fromkeys(("apdex", "poorRate", "p50", "p95", "p99"), CATEGORIES),
    **dict.fromkeys(("strictApdex", "errorRate"), (*CATEGORIES, *ERRORS)),
    "abortRate": KINDS,
}


def windows_of(rule: AlertRule, as_of_ms: int) -> list[Window]:
    """Return the windows up to an instant whose results a rule looks at."""
    lengths: tuple[int, ...]
    match rule.settings.condition:
        case MetricCondition(metric=metric, window_minutes=minutes):
            lengths, durations = (minutes,), metric in _PERCENTILES
        case BurnCondition(long_minutes=long, short_minutes=short):
            lengths, durations = (long, short), False
    periods = [Period.up_to(as_of_ms, minutes) for minutes in lengths]
    return [Window(rule.tenant_id, rule.interaction_id, period, durations=durations) for period in periods]


def stale(as_of_ms: int) -> Reading:
    """Return the reading of figures that are too old to say anything."""
    return Reading(as_of_ms, None, None, STALE)


def reading_of(condition: MetricCondition | BurnCondition, tallies: Sequence[Tally], as_of_ms: int) -> Reading:
    """Return the reading of a rule's windows, given the results of each."""
    if isinstance(condition, MetricCondition):
        return _of_metric(condition, tallies[0], as_of_ms)
    return _of_burning(condition, tallies, as_of_ms)


def figure_of(metric: Metric, tally: Tally, minutes: int) -> tuple[float, int | None]:
    """Return a metric of the results of so many minutes, and the number of those that it is divided by or drawn from.

    That is None for a count, which needs none; a figure of nothing is 0.
    """
    if (counted := _COUNTED.get(metric)) is not None:
        return tally.of(counted), None
    if metric == "throughputPerMinute":
        return tally.total / minutes, None
    among = tally.of(_AMONG[metric])
    if not among:
        return 0.0, 0
    if (fraction := _PERCENTILES.get(metric)) is not None:
        (found_ms,) = tally.percentiles_ms([fraction])
        return round(found_ms or 0.0, 3), among
    if (parts := _SHARES.get(metric)) is not None:
        return tally.of(parts) / among, among
    return tally.score_millionths / (among * MILLIONTHS), among


def _of_metric(condition: MetricCondition, tally: Tally, as_of_ms: int) -> Reading:
    value, among = figure_of(condition.metric, tally, condition.window_minutes)
    if among is not None and among < max(1, condition.min_events):
        return Reading(as_of_ms, None, None, FEW_EVENTS)
    return Reading(as_of_ms, _COMPARISONS[condition.operator](value, condition.threshold), value)


def _of_burning(condition: BurnCondition, tallies: Sequence[Tally], as_of_ms: int) -> Reading:
    """Read how fast the long window burns the budget, and whether both burn too fast."""
    windows = [events_of(tally, condition.good_when) for tally in tallies]
    rate = burn_rate(windows[0], condition.target)
    if rate is None or windows[0].total < condition.min_events:
        return Reading(as_of_ms, None, None, FEW_EVENTS)
    return Reading(as_of_ms, is_burning(windows, condition.target, condition.factor), float(rate))
