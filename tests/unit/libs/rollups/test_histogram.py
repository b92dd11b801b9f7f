"""Quantiles from buckets are within a hundredth of those of the values themselves."""

from __future__ import annotations

import math
import struct
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.rollups.histogram import BUCKETS, RELATIVE_ERROR, Part, bucket_of, counts_of, packed, parts_of, quantiles_ms

FRACTIONS = (0.5, 0.9, 0.95, 0.99, 1.0)


@given(st.lists(st.integers(0, 10**13), min_size=1))
def test_quantiles_are_at_most_a_hundredth_off(values: list[int]) -> None:
    exact = [sorted(values)[max(1, math.ceil(fraction * len(values))) - 1] for fraction in FRACTIONS]
    assert quantiles_ms(parts_of(Counter(map(bucket_of, values))), FRACTIONS) == pytest.approx(
        exact, rel=RELATIVE_ERROR + 1e-9
    )


@given(
    st.lists(st.integers(0, 255) | st.integers(0, 10**12 - 1), min_size=1, max_size=BUCKETS).filter(
        lambda counts: counts[-1] > 0
    )
)
def test_a_number_holds_the_counts_of_a_part(counts: list[int]) -> None:
    number = sum(count * 10 ** (12 * place) for place, count in enumerate(counts))
    assert list(counts_of(sent(number))) == list(counts_of(packed(counts))) == counts


def sent(number: int) -> bytes:
    """Return the number as `numeric_send` does: four decimal digits are one of its own, without zeros at either end."""
    digits: list[int] = []
    while number:
        number, digit = divmod(number, 10_000)
        digits.insert(0, digit)
    first = max(0, len(digits) - 1)
    while digits and not digits[-1]:
        digits.pop()
    return struct.pack(f">HhHH{len(digits)}H", len(digits), first, 0, 0, *digits)


def test_parts_that_count_nothing_do_not_matter() -> None:
    empty = bucket_of(500) // BUCKETS
    assert quantiles_ms([*parts_of({0: 3}), Part(empty, 0, packed([0]))], [1.0]) == [0.0]


def test_parts_that_hold_fewer_than_they_say_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer durations"):
        quantiles_ms([Part(0, 2, packed([1]))], [0.5, 1.0])
