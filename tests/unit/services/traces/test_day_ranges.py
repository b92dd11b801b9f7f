"""Spans of a range of days: together they are its days, each once, and they are few."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.traces.day_ranges import SPAN_DAYS, Spans, spans_of


@given(st.dates(), st.integers(0, 1_500))
def test_spans_add_up_to_the_days_of_the_range(first: date, length: int) -> None:
    last = first + timedelta(days=min(length, (date.max - first).days))
    found: Counter[int] = Counter()
    for days, since, until, sign in spans_of(first, last):
        for day in range(since * days, until * days):
            found[day] += sign
    number = first.toordinal() - 1
    assert {day: n for day, n in found.items() if n} == dict.fromkeys(range(number, last.toordinal()), 1)


@given(st.dates(), st.dates())
def test_any_range_is_a_few_spans_and_one_for_each_hundred_days(one: date, other: date) -> None:
    first, last = sorted((one, other))
    spans = spans_of(first, last)
    assert sum(until - since for _, since, until, _ in spans) <= 20 + (last - first).days // SPAN_DAYS[-1] + 1


def test_a_range_that_ends_before_it_begins_is_none() -> None:
    assert spans_of(date(2026, 1, 2), date(2026, 1, 1)) == []


def test_what_is_nearly_a_longer_span_is_that_without_the_rest() -> None:
    first = date.min + timedelta(days=1_001)
    assert spans_of(first, first + timedelta(days=98)) == [Spans(1, 1_000, 1_001, -1), Spans(100, 10, 11, 1)]
