"""What rules read: the figures that health shows, thresholds that are met exactly, and when there is no data."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import EPOCH
from libs.rollups.histogram import Part, bucket_of, parts_of
from services.monitoring.alerts.alert_states import FEW_EVENTS, Reading, Standing
from services.monitoring.alerts.consistency import inconsistencies
from services.monitoring.alerts.evaluation import Pace
from services.monitoring.alerts.model import AlertRule, BurnCondition, Metric, MetricCondition, Settings
from services.monitoring.alerts.readings import figure_of, reading_of
from services.monitoring.health.scores import KINDS, Tally, figures_json

METRICS: tuple[Metric, ...] = get_args(Metric)


def tally(score_millionths: int = 0, parts: list[Part] | None = None, **counts: int) -> Tally:
    return Tally(counts=counts, score_millionths=score_millionths, parts=parts or [])


def metric(name: Metric, operator: Any, threshold: float, **changes: Any) -> MetricCondition:
    return MetricCondition(metric=name, operator=operator, threshold=threshold, **changes)


@given(st.fixed_dictionaries({kind: st.integers(0, 5) for kind in KINDS}), st.integers(1, 60), st.sampled_from(METRICS))
def test_figures_are_those_that_health_shows(counts: dict[str, int], minutes: int, name: Metric) -> None:
    completed = counts["excellent"] + counts["good"] + counts["average"] + counts["poor"]
    parts = parts_of({bucket_of(17): completed}) if completed else []
    found = tally(completed * 700_000, parts, **counts)
    shown = figures_json(found, minutes)
    total = shown["total"]
    shown["abortRate"] = shown["aborted"] / total if total else None
    shown["poorRate"] = counts["poor"] / completed if completed else None
    value, among = figure_of(name, found, minutes)
    assert value == (shown[name] or 0)
    assert (among == 0) == (shown[name] is None)


@pytest.mark.parametrize(
    ("operator", "met"),
    [("GREATER_THAN", False), ("GREATER_THAN_EQUAL", True), ("LESS_THAN", False), ("LESS_THAN_EQUAL", True)],
)
def test_a_figure_that_is_the_threshold_meets_the_equal_operators(operator: str, met: bool) -> None:
    found = tally(excellent=19, timeout=1)
    assert reading_of(metric("errorRate", operator, 0.05), [found], 7) == Reading(7, met, 0.05, None)


def test_a_figure_of_too_few_is_no_data_and_a_count_always_is_one() -> None:
    found = tally(excellent=4, timeout=1)
    no_data = Reading(0, None, None, FEW_EVENTS)
    assert reading_of(metric("errorRate", "LESS_THAN", 1, min_events=6), [found], 0) == no_data
    assert reading_of(metric("errorRate", "LESS_THAN", 1, min_events=5), [found], 0).is_met
    assert reading_of(metric("p95", "LESS_THAN", 1, min_events=0), [tally()], 0) == no_data
    assert reading_of(metric("completed", "LESS_THAN", 1, min_events=100), [tally()], 0).is_met
    assert reading_of(metric("throughputPerMinute", "LESS_THAN_EQUAL", 1, window_minutes=5), [found], 0).value == 1.0


def test_a_burn_rule_wants_both_windows_and_enough_in_the_long_one() -> None:
    condition = BurnCondition(
        target=0.9, good_when="COMPLETED", long_minutes=60, short_minutes=5, factor=2, for_seconds=0, min_events=10
    )
    burning, calm = tally(excellent=7, timeout=3), tally(excellent=8, timeout=2)
    assert reading_of(condition, [burning, burning], 0) == Reading(0, True, 3.0, None)
    assert reading_of(condition, [burning, calm], 0).is_met is False
    assert reading_of(condition, [burning, tally()], 0).is_met is False
    assert reading_of(condition, [tally(timeout=9), burning], 0) == Reading(0, None, None, FEW_EVENTS)


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (metric("errorRate", "GREATER_THAN", 1.5), False),
        (metric("errorRate", "GREATER_THAN", 1), True),
        (metric("errorRate", "GREATER_THAN_EQUAL", 1), True),
        (metric("apdex", "LESS_THAN", 1), True),
        (metric("apdex", "LESS_THAN", 0), True),
        (metric("p95", "GREATER_THAN", 1_500), True),
        (metric("completed", "LESS_THAN_EQUAL", 0), True),
        (metric("completed", "GREATER_THAN", -1), False),
    ],
)
def test_a_threshold_is_a_value_that_the_metric_can_have(condition: MetricCondition, fits: bool) -> None:
    assert (not inconsistencies(condition)) == fits


def rule(number: int, snoozed_until: datetime | None = None) -> AlertRule:
    return AlertRule(
        tenant_id="acme",
        id=UUID(int=number),
        version=1,
        interaction_id=1,
        interaction_name="checkout",
        slo_id=None,
        settings=Settings(name="rule", condition=metric("errored", "GREATER_THAN", 1)),
        standing=Standing(since=EPOCH, snoozed_until=snoozed_until),
        created_at=EPOCH,
        created_by="ann",
        updated_at=EPOCH,
        updated_by="ann",
        read_at=EPOCH,
    )


@given(st.integers(0, 10**30), st.integers(0, 10**9))
def test_due_times_are_an_interval_apart_whenever_the_evaluation_came(number: int, ms: int) -> None:
    pace = Pace(interval=timedelta(seconds=15), watermark=timedelta())
    at = EPOCH + timedelta(milliseconds=ms)
    due = [at]
    for _ in range(3):
        due.append(pace.next_due(rule(number), due[-1] + timedelta(milliseconds=ms % 100)))
    assert timedelta() < due[1] - at <= pace.interval + timedelta(milliseconds=100)
    assert all(later - earlier == pace.interval for earlier, later in pairwise(due[1:]))
    soon = at + timedelta(milliseconds=1)
    assert pace.next_due(rule(number, snoozed_until=soon), at) == min(soon, pace.next_due(rule(number), at))
