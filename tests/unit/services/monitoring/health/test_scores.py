"""Categories and scores of durations, and the figures of sets of results."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.rollups.histogram import BUCKETS, GAMMA, Part, packed
from services.monitoring.definitions.model import MAX_LIMIT_MS
from services.monitoring.health.scores import (
    ABORTS,
    ERRORS,
    KINDS,
    MILLIONTHS,
    Tally,
    category,
    figures_json,
    score_millionths,
    score_of,
)
from services.monitoring.health.suggestions import MIN_SAMPLE, suggested_limits

LIMITS = (100, 200, 300)
HUNDRED_YEARS = 3_153_600_000_000
limits = st.lists(st.integers(0, HUNDRED_YEARS), min_size=3, max_size=3).map(sorted).map(tuple)


@pytest.mark.parametrize(
    ("d", "expected", "score"),
    [
        (0, "Excellent", 1.0),
        (100, "Excellent", 1.0),
        (101, "Good", 0.995),
        (200, "Good", 0.5),
        (201, "Average", 0.495),
        (299, "Average", 0.005),
        (300, "Average", 0.0),
        (301, "Poor", 0.0),
        (HUNDRED_YEARS, "Poor", 0.0),
    ],
)
def test_a_duration_has_a_category_and_a_score(d: int, expected: str, score: float) -> None:
    assert category(d, *LIMITS) == expected
    assert score_of(score_millionths(d, *LIMITS)) == score


@pytest.mark.parametrize(("d", "expected", "score"), [(100, "Excellent", 1), (101, "Poor", 0)])
def test_between_equal_limits_lies_nothing(d: int, expected: str, score: int) -> None:
    assert category(d, 100, 100, 100) == expected
    assert score_millionths(d, 100, 100, 100) == score * MILLIONTHS


def test_a_mid_that_is_the_lower_or_upper_limit_leaves_one_category_out() -> None:
    assert category(101, 100, 100, 200) == "Average"
    assert category(200, 100, 200, 200) == "Good"


@given(limits, st.integers(0, 2 * HUNDRED_YEARS))
def test_a_score_is_the_formula_rounded_once(given_limits: tuple[int, int, int], d: int) -> None:
    lower, mid, upper = given_limits
    found = score_millionths(d, lower, mid, upper)
    if category(d, lower, mid, upper) == "Excellent":
        assert found == MILLIONTHS
    elif category(d, lower, mid, upper) == "Poor":
        assert found == 0
    else:
        exact = 1 - Fraction(d - lower, upper - lower)
        assert abs(found - exact * MILLIONTHS) <= Fraction(1, 2)


@given(limits, st.integers(0, HUNDRED_YEARS), st.integers(0, HUNDRED_YEARS))
def test_the_longer_a_duration_the_lower_its_score(given_limits: tuple[int, int, int], one: int, other: int) -> None:
    shorter, longer = sorted((one, other))
    assert score_millionths(shorter, *given_limits) >= score_millionths(longer, *given_limits)


@given(st.lists(st.integers(0, 500), min_size=1))
def test_a_mean_score_is_exact_in_any_order(durations: list[int]) -> None:
    scores = [score_millionths(d, *LIMITS) for d in durations]
    tally = tally_of(durations)
    assert tally.score_millionths == sum(reversed(scores))
    assert figures_json(tally, 1)["apdex"] == sum(scores) / (MILLIONTHS * len(scores))


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_percentiles_are_by_nearest_rank_within_a_hundredth(durations: list[int]) -> None:
    shown = figures_json(tally_of(durations), 1)
    for name, fraction in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        exact = sorted(durations)[math.ceil(fraction * len(durations)) - 1]
        assert shown[name] == pytest.approx(exact, rel=0.0100001, abs=0.001)


@given(st.fixed_dictionaries({kind: st.integers(0, 10**9) for kind in KINDS}), st.integers(1, 10**6))
def test_rates_are_fractions_of_what_they_are_rates_of(counts: dict[str, int], minutes: int) -> None:
    durations = Part(0, sum(counts[kind] for kind in KINDS[:4]), packed([sum(counts[kind] for kind in KINDS[:4])]))
    shown = figures_json(Tally(counts=counts, score_millionths=0, parts=[durations]), minutes)
    errored = sum(counts[kind] for kind in ERRORS)
    judged = durations.n + errored
    assert (shown["completed"], shown["errored"]) == (durations.n, errored)
    assert shown["aborted"] == sum(counts[kind] for kind in ABORTS) == sum(shown["aborts"].values())
    assert shown["total"] == sum(counts.values())
    assert shown["errorRate"] == (errored / judged if judged else None)
    assert shown["throughputPerMinute"] == sum(counts.values()) / minutes


def test_an_aborted_one_is_part_of_no_rate() -> None:
    shown = figures_json(Tally(counts={"stopped": 7}), 60)
    assert [shown[name] for name in ("apdex", "strictApdex", "errorRate", "p50", "p95", "p99")] == [None] * 6
    assert shown["aborts"] == {"global": 0, "forbidden": 0, "stopped": 7, "deleted": 0}


def test_an_errored_one_counts_as_nothing_in_the_strict_mean_alone() -> None:
    counts = Tally(counts={"excellent": 1, "timeout": 1}, score_millionths=MILLIONTHS, parts=[Part(0, 1, packed([1]))])
    shown = figures_json(counts, 1)
    assert (shown["apdex"], shown["strictApdex"], shown["errorRate"]) == (1.0, 0.5, 0.5)


def tally_of(durations: list[int]) -> Tally:
    """The tally of completed ones with these durations."""
    parts: dict[int, Counter[int]] = {}
    for d in durations:
        number, place = divmod(0 if d <= 0 else 1 + math.ceil(math.log(d) / math.log(GAMMA)), BUCKETS)
        parts.setdefault(number, Counter())[place] += 1
    return Tally(
        counts=Counter(category(d, *LIMITS).lower() for d in durations),
        score_millionths=sum(score_millionths(d, *LIMITS) for d in durations),
        parts=[
            Part(number, places.total(), packed([places[place] for place in range(BUCKETS)]))
            for number, places in parts.items()
        ],
    )


@given(st.lists(st.integers(0, 2 * HUNDRED_YEARS), min_size=MIN_SAMPLE, max_size=40))
def test_suggested_limits_ascend_and_may_be_given(durations: list[int]) -> None:
    found = suggested_limits(tally_of(durations))
    lower, mid, upper = (found[f"uptime{name}LimitInMs"] for name in ("Lower", "Mid", "Upper"))
    assert found["sample"] == len(durations)
    assert 0 <= lower < mid < upper <= MAX_LIMIT_MS
    assert found["thresholdInMs"] == min(max(1_000, 2 * upper), MAX_LIMIT_MS)


def test_the_same_duration_again_and_again_suggests_limits_one_apart() -> None:
    assert list(suggested_limits(tally_of([0] * 20)).values()) == [20, 0, 1, 2, 1_000]
