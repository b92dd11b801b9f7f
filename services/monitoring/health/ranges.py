"""Ranges of time as health is asked for: rounded outwards to minutes, cut into buckets, read as few runs of spans.

Minutes count from 0001-01-01, so that buckets are aligned in UTC. The first and the last bucket of a range are cut to
it: together the buckets are the range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from libs.rollups.spans import SPAN_MINUTES, spans
from services.monitoring.health.model import minute_of, ms_of

HOUR, DAY = 60, 1_440
GRANULARITIES: Final[Mapping[str, int]] = {"minute": 1, "15 minutes": 15, "hour": HOUR, "6 hours": 6 * HOUR, "day": DAY}
"""The lengths of buckets in minutes, by name."""
_BY_THEMSELVES: Final = ((6 * HOUR, "minute"), (DAY, "15 minutes"), (7 * DAY, "hour"), (31 * DAY, "6 hours"))


class Run(NamedTuple):
    """The spans `[first, end)` of a length: `per` of them go into each bucket, the first ones into `bucket`.

    They are `alone` when each is a bucket by itself.
    """

    length: int
    first: int
    end: int
    sign: int
    bucket: int
    per: int
    alone: bool = False


class Bucket(NamedTuple):
    """A part of a range: the minute that it is named after, and how many minutes of it lie in the range."""

    start: int
    minutes: int

    @property
    def start_ms(self) -> int:
        """The first instant of the minute that it is named after, in milliseconds since the epoch."""
        return ms_of(self.start)


class Period(NamedTuple):
    """The minutes `[first, end)`."""

    first: int
    end: int

    @classmethod
    def between(cls, from_ms: int, to_ms: int) -> Period:
        """Return the minutes in which a range of milliseconds since the epoch lies, `[from_ms, to_ms)`."""
        return cls(minute_of(from_ms), minute_of(to_ms - 1) + 1)

    @classmethod
    def up_to(cls, at_ms: int, minutes: int) -> Period:
        """Return as many whole minutes up to and with the one that an instant lies in."""
        end = minute_of(at_ms) + 1
        return cls(end - minutes, end)

    @property
    def minutes(self) -> int:
        """How many minutes there are."""
        return self.end - self.first

    @property
    def from_ms(self) -> int:
        """The first instant, in milliseconds since the epoch."""
        return ms_of(self.first)

    @property
    def to_ms(self) -> int:
        """The end, exclusive, in milliseconds since the epoch."""
        return ms_of(self.end)

    def granularity(self) -> str:
        """Return the granularity for a period of this length."""
        return next((name for longest, name in _BY_THEMSELVES if self.minutes <= longest), "day")

    def count(self, step: int) -> int:
        """Return the number of buckets of `step` minutes."""
        return -(-self.end // step) - self.first // step

    def buckets(self, step: int) -> list[Bucket]:
        """Return the buckets of `step` minutes."""
        starts = range(self.first // step * step, self.end, step)
        return [Bucket(start, min(self.end, start + step) - max(self.first, start)) for start in starts]

    def whole(self) -> list[Run]:
        """Return the runs that add up to the period as one bucket, 0."""
        return list(_one(self.first, self.end, 0))

    def runs(self, step: int) -> list[Run]:
        """Return the runs that add up to each bucket of `step` minutes, counted from 0."""
        return list(self._runs(step))

    def _runs(self, step: int) -> Iterator[Run]:
        length = max(length for length in SPAN_MINUTES if step % length == 0)
        zero = self.first // step
        first_whole, end_whole = -(-self.first // step), self.end // step
        if first_whole > end_whole:
            yield from _one(self.first, self.end, 0)
            return
        yield from _one(self.first, first_whole * step, 0)
        if first_whole < end_whole:
            per = step // length
            yield Run(length, first_whole * per, end_whole * per, 1, first_whole - zero, per, alone=per == 1)
        yield from _one(end_whole * step, self.end, end_whole - zero)


def _one(first: int, end: int, bucket: int) -> Iterator[Run]:
    """Yield the runs that add up to one bucket."""
    for run in spans(first, end, SPAN_MINUTES):
        yield Run(*run, bucket, run.end - run.first)
