"""Quantiles from buckets are within a hundredth of those of the values themselves."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.traces.histogram import GAMMA, NOTHING, RELATIVE_ERROR, quantile_ms


def bucket(latency_ms: int) -> int:
    return NOTHING if latency_ms <= 0 else math.ceil(math.log(latency_ms) / math.log(GAMMA))


@given(st.lists(st.integers(0, 10**13), min_size=1), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_a_quantile_is_at_most_a_hundredth_off(values: list[int], fraction: float) -> None:
    exact = sorted(values)[max(1, math.ceil(fraction * len(values))) - 1]
    found = quantile_ms(Counter(map(bucket, values)), fraction)
    assert found == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9)


def test_buckets_that_count_nothing_do_not_matter() -> None:
    assert quantile_ms({NOTHING: 3, bucket(500): 0}, 1.0) == 0.0
