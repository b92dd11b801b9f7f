"""Counts over time: which buckets a range has, and how stored days and quarter hours fill them. Pure rules; no I/O.

Buckets are aligned in UTC. Whatever granularity is asked for, the buckets of a range sum up to what the range holds:
the quarter hours that the bounds cut are counted by themselves (`Window.cuts`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import END, EPOCH

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
QUARTERS_OF_DAY = 96
MAX_COUNTS = 10_000
"""The most counts (buckets times groups) that one answer may hold."""


class Granularity(StrEnum):
    """The length of a timeline's buckets."""

    QUARTER = "15 minutes"
    HOUR = "hour"
    SIX_HOURS = "6 hours"
    DAY = "day"


class GroupBy(StrEnum):
    """The field that a timeline groups its counts by."""

    ACTION = "action"
    RESOURCE_TYPE = "resourceType"
    ORIGIN = "origin"


GROUP_KINDS = {GroupBy.ACTION: ACTION, GroupBy.RESOURCE_TYPE: RESOURCE_TYPE, GroupBy.ORIGIN: ORIGIN}
"""The kind of catalog item that each grouping stands for."""
QUARTERS = {Granularity.QUARTER: 1, Granularity.HOUR: 4, Granularity.SIX_HOURS: 24, Granularity.DAY: QUARTERS_OF_DAY}
_FINEST_UP_TO = (
    (timedelta(days=1), Granularity.QUARTER),
    (timedelta(days=7), Granularity.HOUR),
    (timedelta(days=31), Granularity.SIX_HOURS),
)


def granularity_of(length: timedelta) -> Granularity:
    """Return what suits a range of this length."""
    return next((granularity for limit, granularity in _FINEST_UP_TO if length <= limit), Granularity.DAY)


def quarter_of(at: datetime) -> int:
    """Return the quarter hour a time lies in, counted from the first of 1970."""
    return (at - EPOCH) // QUARTER


def whole(quarter: int) -> tuple[datetime, datetime]:
    """The start and end of the quarter hour; the last one of all ends with the range of times."""
    start = EPOCH + quarter * QUARTER
    return start, start + QUARTER if END - start > QUARTER else END


class Slice(NamedTuple):
    """The part `[start, end)` of one quarter hour."""

    quarter: int
    start: datetime
    end: datetime

    @property
    def rest(self) -> tuple[datetime, datetime] | None:
        """The quarter hour without this part, when that is one piece and the shorter one: quicker to count."""
        first, last = whole(self.quarter)
        if self.end - self.start <= QUARTER / 2 or (self.start > first and self.end < last):
            return None
        return (first, self.start) if self.start > first else (self.end, last)


@dataclass(frozen=True, slots=True)
class Window:
    """The range `[start, end)` in buckets of one granularity; the range is not empty."""

    start: datetime
    end: datetime
    granularity: Granularity

    @property
    def quarters(self) -> tuple[int, int]:
        """The first and last quarter hours that the range touches."""
        return quarter_of(self.start), quarter_of(self.end - timedelta(microseconds=1))

    @property
    def days(self) -> tuple[int, int]:
        """The first and last days that the range touches, counted from the first of 1970."""
        first, last = self.quarters
        return first // QUARTERS_OF_DAY, last // QUARTERS_OF_DAY

    @property
    def bucket_count(self) -> int:
        """The number of the range's buckets, empty ones included."""
        first, last = self._places
        return last - first + 1

    @property
    def buckets(self) -> list[datetime]:
        """The beginning of each bucket."""
        first, _ = self._places
        step = QUARTERS[self.granularity] * QUARTER
        return [EPOCH + (first + index) * step for index in range(self.bucket_count)]

    @property
    def cuts(self) -> list[Slice]:
        """The quarter hours that a bound cuts, each with its part inside; none where the bounds are aligned."""
        first, last = self.quarters
        found = []
        for quarter in sorted({first, last}):
            start, end = whole(quarter)
            inside = Slice(quarter, max(start, self.start), min(end, self.end))
            if (inside.start, inside.end) != (start, end):
                found.append(inside)
        return found

    @property
    def cut_days(self) -> set[int]:
        """The days of which the range has only a part."""
        first, last = self.quarters
        cut = {part.quarter // QUARTERS_OF_DAY for part in self.cuts}
        if first % QUARTERS_OF_DAY != 0:
            cut.add(first // QUARTERS_OF_DAY)
        if last % QUARTERS_OF_DAY != QUARTERS_OF_DAY - 1:
            cut.add(last // QUARTERS_OF_DAY)
        return cut

    @property
    def _places(self) -> tuple[int, int]:
        first, last = self.quarters
        return first // QUARTERS[self.granularity], last // QUARTERS[self.granularity]


class DayCounts(NamedTuple):
    """One group's counts of one day: the sum, and by quarter hour where that was requested."""

    group: int
    day: int
    n: int
    quarters: Sequence[int] | None


def filled(
    window: Window, days: Iterable[DayCounts], cut_counts: Mapping[int, Mapping[int, int]]
) -> dict[int, list[int]]:
    """Return each group's counts by bucket; `cut_counts` has, by quarter hour, what each group has inside a cut."""
    first, last = window.quarters
    step = QUARTERS[window.granularity]
    before = first // step
    empty = [0] * window.bucket_count
    counts: dict[int, list[int]] = defaultdict(empty.copy)
    for group, day, n, quarters in days:
        start = day * QUARTERS_OF_DAY
        by_bucket, place = counts[group], start // step - before
        if quarters is None:
            by_bucket[place] += n
            continue
        whole_day = first < start <= last - QUARTERS_OF_DAY
        kept = quarters if whole_day else _uncut(first, last, cut_counts, start, quarters)
        for index in range(QUARTERS_OF_DAY // step):
            if count := sum(kept[index * step : (index + 1) * step]):
                by_bucket[place + index] += count
    for quarter, by_group in cut_counts.items():
        for group, count in by_group.items():
            counts[group][quarter // step - before] += count
    return {group: by_bucket for group, by_bucket in counts.items() if any(by_bucket)}


def _uncut(first: int, last: int, cut: Container[int], start: int, quarters: Sequence[int]) -> list[int]:
    """Return a day's quarter hours from `start`, without those that are outside the range or counted by themselves."""
    return [
        count if first <= quarter <= last and quarter not in cut else 0
        for quarter, count in enumerate(quarters, start=start)
    ]


def last_days(count: int, today: datetime) -> tuple[datetime, datetime]:
    """Return the `count` UTC days that end with the day of `today`."""
    end = today.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    return end - count * DAY, end
