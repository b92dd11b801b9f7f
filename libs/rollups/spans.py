"""Any range of units of time as a few spans of growing lengths, added and taken away.

Counters kept for every span of each length answer any range in a bounded number of rows: of each length but the longest
at most as many as half of the next one holds, at either end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

SPAN_DAYS = (1, 10, 100)
"""Lengths of spans of days; each is a multiple of the one before."""
SPAN_MINUTES = (1, 60, 1_440, 14_400, 144_000)
"""Lengths of spans of minutes: a minute, an hour, a day, 10 and 100 days."""


class Spans(NamedTuple):
    """Spans `first` up to but not including `end`, of `length` units each; `sign` -1 takes them away.

    Span s of length l begins at unit s * l, where unit 0 is the first of 0001-01-01.
    """

    length: int
    first: int
    end: int
    sign: int


def spans(first: int, end: int, lengths: Sequence[int]) -> list[Spans]:
    """Return what adds up to the units `[first, end)`; spans have these lengths, of which the first is 1."""
    return list(_spans(first, end, lengths))


def spans_of_days(first: date, last: date) -> list[Spans]:
    """Return what adds up to the days from `first` to `last`, both included."""
    return spans(_number(first), _number(last) + 1, SPAN_DAYS)


def _spans(first: int, end: int, lengths: Sequence[int]) -> Iterator[Spans]:
    """Yield them from the shortest on: from either bound the shorter way to where a longer span begins."""
    for length, longer in pairwise(lengths):
        ratio = longer // length
        if end - first < ratio:
            yield from _between(length, first, end)
            return
        first_longer, end_longer = _nearest(first, ratio), _nearest(end, ratio)
        yield from _between(length, first, first_longer * ratio)
        yield from _between(length, end_longer * ratio, end)
        first, end = first_longer, end_longer
    yield from _between(lengths[-1], first, end)


def _between(length: int, start: int, stop: int) -> Iterator[Spans]:
    """Yield the spans from one to another, taken away where the way leads back."""
    if start != stop:
        yield Spans(length, min(start, stop), max(start, stop), 1 if start < stop else -1)


def _nearest(at: int, ratio: int) -> int:
    return (at + ratio // 2) // ratio


def _number(day: date) -> int:
    return day.toordinal() - 1
