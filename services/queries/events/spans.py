"""A range of time laid over what is counted: whole days, whole hours, whole minutes, and what is left of minutes.

Whatever the range, its parts add up to it exactly and none overlaps another, so sums over them are the range's. Pure
rules; no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from libs.contracts.times import EPOCH

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Minutes(NamedTuple):
    """Whole minutes of one hour: those from `first` to `last` of its 60, both included."""

    hour: int
    first: int
    last: int


class Slice(NamedTuple):
    """A part `[start, end)` of one minute."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a range; days and hours are counted from the first of 1970, `days` is empty when last < first."""

    days: tuple[int, int]
    hours: tuple[int, ...]
    minutes: tuple[Minutes, ...]
    slices: tuple[Slice, ...]

    @property
    def touched_hours(self) -> list[int]:
        """Every hour of which the range has whole minutes, but not the days that it has whole."""
        return sorted({*self.hours, *(part.hour for part in self.minutes)})


def lay(start: datetime | None, end: datetime | None) -> Layout:
    """Lay `[start, end)` out, open where a bound is None."""
    since, until = start or EARLIEST, end or LATEST
    if since >= until:
        return Layout((0, -1), (), (), ())
    # The last minute that can be told is never whole: a range without an end has all of it nevertheless.
    first_minute, last_minute = _up(since, MINUTE), _down(until, MINUTE) if end is not None else _up(LATEST, MINUTE)
    if first_minute > last_minute:
        return Layout((0, -1), (), (), (Slice(since, until),))
    slices = [
        Slice(cut_from, cut_until)
        for cut_from, cut_until in ((since, _at(first_minute)), (_at(last_minute), until))
        if cut_from < cut_until
    ]
    first_hour, last_hour, minutes = _nested(first_minute, last_minute, 60)
    first_day, last_day, hours = _nested(first_hour, last_hour, 24)
    return Layout(
        (first_day, last_day - 1),
        tuple(hour for part in hours for hour in range(part.start, part.stop)),
        tuple(Minutes(part.start // 60, part.start % 60, part.start % 60 + len(part) - 1) for part in _by(60, minutes)),
        tuple(slices),
    )


def _nested(first: int, stop: int, size: int) -> tuple[int, int, list[range]]:
    """The whole groups of `size` within `[first, stop)`, `[first, stop)` of them, and the ranges outside them."""
    first_group, stop_group = -(-first // size), stop // size
    if first_group >= stop_group:
        return 0, 0, [range(first, stop)] if first < stop else []
    outside = (range(first, first_group * size), range(stop_group * size, stop))
    return first_group, stop_group, [part for part in outside if part]


def _by(size: int, parts: list[range]) -> list[range]:
    """The ranges cut so that each lies within one group of `size`."""
    found = []
    for part in parts:
        start = part.start
        while start < part.stop:
            stop = min(part.stop, (start // size + 1) * size)
            found.append(range(start, stop))
            start = stop
    return found


def _down(at: datetime, unit: timedelta) -> int:
    return (at - EPOCH) // unit


def _up(at: datetime, unit: timedelta) -> int:
    return -((EPOCH - at) // unit)


def _at(minute: int) -> datetime:
    """Where a minute begins; the end of time for what comes after it."""
    start = minute * MINUTE
    return EPOCH + start if start < LATEST - EPOCH else LATEST
