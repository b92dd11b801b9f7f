"""Spans of a range: together they are its days or minutes, each once, and they are few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from libs.rollups.spans import SPAN_DAYS, SPAN_MINUTES, Spans, spans, spans_of_days

LAST_MINUTE = 10_000 * 525_960


def units_of(found: Iterable[Spans]) -> dict[int, int]:
    counted: Counter[int] = Counter()
    for length, first, end, sign in found:
        for unit in range(first * length, end * length):
            counted[unit] += sign
    return {unit: n for unit, n in counted.items() if n}


@given(st.dates(), st.integers(0, 1_500))
def test_spans_add_up_to_the_days_of_the_range(first: date, length: int) -> None:
    last = first + timedelta(days=min(length, (date.max - first).days))
    number = first.toordinal() - 1
    assert units_of(spans_of_days(first, last)) == dict.fromkeys(range(number, last.toordinal()), 1)


@given(st.dates(), st.dates())
def test_any_range_is_a_few_spans_and_one_for_each_hundred_days(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = spans_of_days(first, last)
    assert sum(end - start for _, start, end, _ in found) <= 20 + (last - first).days // SPAN_DAYS[-1] + 1


def test_a_range_that_ends_before_it_begins_is_none() -> None:
    assert spans_of_days(date(2026, 1, 2), date(2026, 1, 1)) == []


def test_what_is_nearly_a_longer_span_is_that_without_the_rest() -> None:
    first = date.min + timedelta(days=1_001)
    assert spans_of_days(first, first + timedelta(days=98)) == [Spans(1, 1_000, 1_001, -1), Spans(100, 10, 11, 1)]


@given(st.integers(0, LAST_MINUTE), st.integers(0, 20_000))
def test_spans_add_up_to_the_minutes_of_the_range(first: int, length: int) -> None:
    assert units_of(spans(first, first + length, SPAN_MINUTES)) == dict.fromkeys(range(first, first + length), 1)


@given(st.integers(0, LAST_MINUTE), st.integers(0, LAST_MINUTE))
def test_a_range_of_minutes_is_two_runs_of_each_length_at_most(one: int, other: int) -> None:
    first, end = sorted((one, other))
    found = spans(first, end, SPAN_MINUTES)
    runs = {length: len(list(group)) for length, group in groupby(found, key=lambda run: run.length)}
    assert all(count <= 2 for count in runs.values())
    shorter = sum(run.end - run.first for run in found if run.length < SPAN_MINUTES[-1])
    assert shorter <= 60 + 24 + 10 + 10
