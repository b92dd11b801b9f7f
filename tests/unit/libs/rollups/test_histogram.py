"""Quantiles from buckets are within a hundredth of those of the values themselves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.rollups.histogram import BUCKETS, GAMMA, RELATIVE_ERROR, Part, counts_of, quantiles_ms


def bucket(latency_ms: int) -> int:
    return 0 if latency_ms <= 0 else 1 + math.ceil(math.log(latency_ms) / math.log(GAMMA))


def parts_of(values: Iterable[int]) -> list[Part]:
    """A histogram as the database adds it up."""
    sums: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for part, place in (divmod(bucket(value), BUCKETS) for value in values):
        sums[part] += 10 ** (12 * place)
        counts[part] += 1
    return [Part(part, counts[part], str(sums[part])) for part in sums]


FRACTIONS = (0.5, 0.9, 0.95, 0.99, 1.0)


@given(st.lists(st.integers(0, 10**13), min_size=1))
def test_quantiles_are_at_most_a_hundredth_off(values: list[int]) -> None:
    exact = [sorted(values)[max(1, math.ceil(fraction * len(values))) - 1] for fraction in FRACTIONS]
    assert quantiles_ms(parts_of(values), FRACTIONS) == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9)


@given(st.lists(st.integers(0, 10**12 - 1), min_size=1, max_size=BUCKETS).filter(lambda counts: counts[-1] > 0))
def test_a_number_holds_the_counts_of_a_part(counts: list[int]) -> None:
    number = sum(count * 10 ** (12 * place) for place, count in enumerate(counts))
    assert counts_of(str(number)) == counts


def test_parts_that_count_nothing_do_not_matter() -> None:
    empty = bucket(500) // BUCKETS
    assert quantiles_ms([*parts_of([0, 0, 0]), Part(empty, 0, "0")], [1.0]) == [0.0]


def test_parts_that_hold_fewer_than_they_say_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer durations"):
        quantiles_ms([Part(0, 2, "1")], [0.5, 1.0])
