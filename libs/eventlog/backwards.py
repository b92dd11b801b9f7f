"""Parts of the log from its end backwards, so that the newest records are read first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from libs.eventlog.port import Positions


class Part(NamedTuple):
    """Partitions from `starts` to `ends`; those that are not named are read to their beginnings."""

    starts: Positions
    ends: Positions


def parts_backwards(beginnings: Positions, ends: Positions, sizes: Iterable[int]) -> Iterator[Part]:
    """Yield a part of about each of `sizes` offsets, spread evenly over the partitions, from `ends` to `beginnings`."""
    until = {place: end for place, end in ends.items() if end > beginnings[place]}
    for size in sizes:
        if not until:
            return
        share = max(1, size // len(until))
        starts = {place: max(beginnings[place], end - share) for place, end in until.items()}
        yield Part(starts, until)
        until = {place: start for place, start in starts.items() if start > beginnings[place]}
