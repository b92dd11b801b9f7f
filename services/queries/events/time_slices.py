"""A range of time laid over what is counted: whole days, whole hours, whole minutes, and what is left of minutes.

Whatever the range, its parts add up to it exactly and none overlaps another, so sums over them are the range's. Pure
rules; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from libs.contracts.times import EARLIEST, END, EPOCH

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
LENGTHS_H = (1, 24, 768)
"""Lengths in hours of the stretches that actors are counted by; `events.sql` and its kin have the same numbers."""


class Minutes(NamedTuple):
    """Whole minutes of one hour: those from `first` to `last` of its 60, both included."""

    hour: int
    first: int
    last: int


class Slice(NamedTuple):
    """A part `[start, end)` of one minute."""

    start: datetime
    end: datetime


class Stretches(NamedTuple):
    """Consecutive stretches of `length_h` hours, from number `first` to `last`, counted from 1970."""

    length_h: int
    first: int
    last: int


class Signed(NamedTuple):
    """A part `[start, end)` of one hour that belongs to a range (1), or is to be taken from its whole hours (-1)."""

    start: datetime
    end: datetime
    sign: int


@dataclass(frozen=True, slots=True)
class ActorLayout:
    """The parts of a range as actors are counted."""

    stretches: tuple[Stretches, ...]
    parts: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a range; days and hours are counted from the first of 1970, `days` is empty when last < first."""

    days: tuple[int, int]
    hours: tuple[int, ...]
    minutes: tuple[Minutes, ...]
    slices: tuple[Slice, ...]

    @property
    def touched_hours(self) -> list[int]:
        """Every hour, outside the range's whole days, of which the range has whole minutes."""
        return sorted({*self.hours, *(part.hour for part in self.minutes)})


def lay(start: datetime | None, end: datetime | None) -> Layout:
    """Lay `[start, end)` out, open where a bound is None."""
    since, until = start or EARLIEST, end or END
    if since >= until:
        return Layout((0, -1), (), (), ())
    # The last minute that can be told is never whole: a range without an end has all of it nevertheless.
    first_minute, last_minute = _up(since, MINUTE), _down(until, MINUTE) if end is not None else _up(END, MINUTE)
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


def lay_by_days(start: datetime | None, end: datetime | None) -> Layout:
    """Lay out as `lay` does for counters by days alone: the slices are parts of days."""
    since, until = start or EARLIEST, end or END
    first, last = _up(since, DAY), _down(until, DAY) if end is not None else _up(END, DAY)
    if since >= until:
        return Layout((0, -1), (), (), ())
    if first > last:
        return Layout((0, -1), (), (), (Slice(since, until),))
    cuts = ((since, _at(first * 24 * 60)), (_at(last * 24 * 60), until))
    return Layout((first, last - 1), (), (), tuple(Slice(*cut) for cut in cuts if cut[0] < cut[1]))


def lay_for_actors(start: datetime | None, end: datetime | None) -> ActorLayout:
    """Lay `[start, end)` out, open where a bound is None: an hour that a bound cuts is counted by its smaller part."""
    since, until = start or EARLIEST, end or END
    if since >= until:
        return ActorLayout((), ())
    first, last = _down(since, HOUR), _down(until, HOUR)
    if end is not None and first == last:
        return ActorLayout((), (Signed(since, until, 1),))
    parts = []
    if since != _at_hour(first):
        if since - _at_hour(first) > HOUR / 2:
            first += 1
            parts.append(Signed(since, _at_hour(first), 1))
        else:
            parts.append(Signed(_at_hour(first), since, -1))
    if end is None:
        last += 1
    elif until - _at_hour(last) > HOUR / 2:
        last += 1
        parts.append(Signed(until, _at_hour(last), -1))
    elif until != _at_hour(last):
        parts.append(Signed(_at_hour(last), until, 1))
    return ActorLayout(tuple(_stretches(first, last)), tuple(parts))


def _stretches(first: int, stop: int) -> Iterator[Stretches]:
    """Yield the hours `[first, stop)` in stretches as long as may be, each of those within the next longer one's."""
    for length_h, longer_h in pairwise(LENGTHS_H):
        first, stop, outside = _nested(first, stop, longer_h // length_h)
        yield from (Stretches(length_h, part.start, part.stop - 1) for part in outside)
    if first < stop:
        yield Stretches(LENGTHS_H[-1], first, stop - 1)


def _nested(first: int, stop: int, size: int) -> tuple[int, int, list[range]]:
    """Return the whole groups of `size` within `[first, stop)`, and the ranges outside them."""
    first_group, stop_group = -(-first // size), stop // size
    if first_group >= stop_group:
        return 0, 0, [range(first, stop)] if first < stop else []
    outside = (range(first, first_group * size), range(stop_group * size, stop))
    return first_group, stop_group, [part for part in outside if part]


def _by(size: int, parts: list[range]) -> list[range]:
    """Return the ranges cut so that each lies within one group of `size`."""
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


def _at_hour(hour: int) -> datetime:
    return _at(hour * 60)


def _at(minute: int) -> datetime:
    """Return where a minute begins; the end of time for what comes after it."""
    start = minute * MINUTE
    return EPOCH + start if start < END - EPOCH else END
