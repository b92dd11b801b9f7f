"""Ranges cut into buckets: each bucket's runs of spans are its minutes, each once, and they are few."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import EARLIEST_MS, LATEST_MS
from libs.rollups.spans import SPAN_MINUTES
from services.monitoring.health.model import minute_of, ms_of
from services.monitoring.health.ranges import GRANULARITIES, Period

LAST = minute_of(LATEST_MS)
periods = st.tuples(st.integers(0, LAST), st.integers(1, 20_000)).map(lambda at: Period(at[0], at[0] + at[1]))
steps = st.sampled_from(sorted(GRANULARITIES.values()))


@given(periods, steps)
def test_the_runs_of_each_bucket_are_its_minutes(period: Period, step: int) -> None:
    found: Counter[tuple[int, int]] = Counter()
    for run in period.runs(step):
        for span in range(run.first, run.end):
            bucket = run.bucket + (span - run.first) // run.per
            for minute in range(span * run.length, (span + 1) * run.length):
                found[bucket, minute] += run.sign
    first = period.first // step
    expected = {(minute // step - first, minute): 1 for minute in range(period.first, period.end)}
    assert {key: n for key, n in found.items() if n} == expected


@given(periods, steps)
def test_buckets_are_aligned_and_together_the_range(period: Period, step: int) -> None:
    buckets = period.buckets(step)
    assert len(buckets) == period.count(step)
    assert all(bucket.start % step == 0 for bucket in buckets)
    assert sum(bucket.minutes for bucket in buckets) == period.minutes
    assert all(bucket.minutes == step for bucket in buckets[1:-1])


@given(st.integers(0, LAST), st.integers(0, LAST))
def test_the_whole_of_any_range_is_few_spans(one: int, other: int) -> None:
    first, last = sorted((one, other))
    runs = Period(first, last + 1).whole()
    assert len(runs) <= 2 * len(SPAN_MINUTES)
    assert sum(run.end - run.first for run in runs if run.length < SPAN_MINUTES[-1]) <= 104


@given(st.integers(EARLIEST_MS, LATEST_MS), st.integers(1, 10**9))
def test_a_range_is_rounded_outwards_to_minutes(from_ms: int, length_ms: int) -> None:
    period = Period.between(from_ms, from_ms + length_ms)
    assert period.from_ms <= from_ms < period.from_ms + 60_000
    assert period.to_ms - 60_000 < from_ms + length_ms <= period.to_ms


def test_minutes_are_those_of_utc() -> None:
    assert ms_of(minute_of(0)) == 0
    assert minute_of(-1) == minute_of(0) - 1
    assert minute_of(0) % GRANULARITIES["day"] == 0


@given(st.integers(0, 10**13), st.integers(1, 129_600))
def test_a_window_ends_with_the_minute_of_its_instant(at_ms: int, minutes: int) -> None:
    period = Period.up_to(at_ms, minutes)
    assert period.minutes == minutes
    assert period.to_ms - 60_000 <= at_ms < period.to_ms
