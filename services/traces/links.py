"""The links between origins that a batch of interactions makes and breaks.

A link leads from an interaction to the one that follows it in its unit of work. One that arrives late between two
others breaks their link and makes two, so the links after any order of arrival are those of the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.traces.model import Place

_MILLISECOND = timedelta(milliseconds=1)


class Stop(NamedTuple):
    """An interaction of a unit of work: its place and its origin."""

    place: Place
    origin_id: str


class Arrival(NamedTuple):
    """A new interaction and its present neighbours, which may be new themselves."""

    stop: Stop
    before: Stop | None
    after: Stop | None


class LinkChange(NamedTuple):
    """A link made (`change` 1) or broken (-1); it belongs to the UTC day of `at`, of the interaction it leads to."""

    at: datetime
    from_id: str
    to_id: str
    latency_ms: int
    change: int


def next_to_older(stops: Sequence[Stop], reached: datetime | None) -> Sequence[Stop]:
    """Return which of a unit of work's new stops may be next to one that it had.

    `reached` is how far it did, if it was there.

    The others are next to new ones alone: everything older comes before the first that is later than `reached`.
    """
    if reached is None:
        return ()
    return stops[: bisect_right(stops, reached, key=lambda stop: stop.place.at) + 1]


def between(stops: Sequence[Stop], found: Mapping[str, tuple[Stop | None, Stop | None]]) -> list[Arrival]:
    """Return the new stops of a unit of work, in order, with their neighbours: as `found` by id, else new ones."""
    neighbours = zip((None, *stops), stops, (*stops[1:], None), strict=False)
    return [Arrival(stop, *found.get(stop.place.id, (before, after))) for before, stop, after in neighbours]


def link_changes(arrivals: Sequence[Arrival]) -> list[LinkChange]:
    """Return the changes of one unit of work, given all its new interactions in order."""
    new = {arrival.stop.place for arrival in arrivals}
    changes: list[LinkChange] = []
    outer: Stop | None = None
    for stop, before, after in arrivals:
        if before is not None:
            changes.append(_change(before, stop, 1))
        if before is None or before.place not in new:
            outer = before
        if after is not None and after.place not in new:
            changes.append(_change(stop, after, 1))
            if outer is not None:
                changes.append(_change(outer, after, -1))
    return changes


def _change(before: Stop, after: Stop, change: int) -> LinkChange:
    latency_ms = (after.place.at - before.place.at) // _MILLISECOND
    return LinkChange(after.place.at, before.origin_id, after.origin_id, latency_ms, change)
