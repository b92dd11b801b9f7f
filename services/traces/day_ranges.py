"""Any range of days as a few spans of 1, 10 and 100 days, added and taken away.

Counters kept for every span of each length answer any range in a bounded number of rows: at most ten of each shorter
length, and one for each hundred days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

SPAN_DAYS = (1, 10, 100)
"""Lengths of spans; each is a multiple of the one before. The read model's `span_lengths` are the same."""


class Spans(NamedTuple):
    """Spans `first` up to but not including `end`, of `days` days each; `sign` -1 takes them away.

    Span s of d days begins at day s * d, where day 0 is 0001-01-01.
    """

    days: int
    first: int
    end: int
    sign: int


def spans_of(first: date, last: date) -> list[Spans]:
    """Return what adds up to the days from `first` to `last`, both included."""
    return list(_spans(_number(first), _number(last) + 1))


def _spans(first: int, end: int) -> Iterator[Spans]:
    """Yield those of days `[first, end)`: from either bound the shorter way to where a longer span begins."""
    for days, longer in pairwise(SPAN_DAYS):
        ratio = longer // days
        if end - first < ratio:
            yield from _between(days, first, end)
            return
        first_longer, end_longer = _nearest(first, ratio), _nearest(end, ratio)
        yield from _between(days, first, first_longer * ratio)
        yield from _between(days, end_longer * ratio, end)
        first, end = first_longer, end_longer
    yield from _between(SPAN_DAYS[-1], first, end)


def _between(days: int, start: int, stop: int) -> Iterator[Spans]:
    """Yield the spans from one to another, taken away where the way leads back."""
    if start != stop:
        yield Spans(days, min(start, stop), max(start, stop), 1 if start < stop else -1)


def _nearest(at: int, ratio: int) -> int:
    return (at + ratio // 2) // ratio


def _number(day: date) -> int:
    return day.toordinal() - 1
