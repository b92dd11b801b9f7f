"""Tells a record that the log has twice from the first one: an append that was tried again has the same id, further on.

A reader remembers what it has met of late. One that begins anywhere reads that far back first, so the same record is a
repeat to every reader, whenever it began and on whichever server.
"""

from __future__ import annotations

from collections import OrderedDict

from libs.contracts.topics import Topic
from libs.eventlog.port import EventLog, Positions, TopicPartition
from services.queries.stream.model import RowT
from services.queries.stream.occurrence import Occurrence

REMEMBERED = 5_000
"""How many records of a partition may lie between a record and its repeat."""


class Remembered:
    """The records that one reader has met last: of each partition the hashes of their identities, with the offsets."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._met: dict[TopicPartition, OrderedDict[int, int]] = {}

    def first_ones(self, occurrences: list[Occurrence[RowT]]) -> list[Occurrence[RowT]]:
        """Return those of the occurrences, which follow what was handed over before, that repeat none."""
        return [occurrence for occurrence in occurrences if self._is_first(occurrence)]

    def _is_first(self, occurrence: Occurrence[RowT]) -> bool:
        found = occurrence.identity
        if found is None:
            return True
        met = self._met.setdefault(occurrence.place, OrderedDict())
        while met and next(iter(met.values())) < occurrence.offset - self._most:
            met.popitem(last=False)
        identity = hash(found)
        is_first = met.get(identity, occurrence.offset) == occurrence.offset
        met[identity] = occurrence.offset
        met.move_to_end(identity)
        return is_first


async def far_back(log: EventLog, topic: Topic, reached: Positions, most: int = REMEMBERED) -> Positions:
    """Return where to begin reading in order to know every repeat from `reached` on. Raises LogUnavailable."""
    beginnings = await log.beginning_offsets([topic])
    return {place: min(offset, max(beginnings[place], offset - most)) for place, offset in reached.items()}
