"""Marks that pass the stages from the gate to the counts of health, and say how far everything has come through.

What a stage has passed on is in the next one's way before the stage says so. So a mark is set behind it: the instant
that the earlier stage has reached, and where the later one must get to until that holds of it as well. Positions alone
would not do: one that stood at its log's end a moment ago says nothing of what the stage before it appended since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from libs.contracts.topics import CRITICAL_INTERACTIONS, MONITORING_STEPS, Topic
from libs.eventlog.port import Positions

_MARKS: Final = 100
G = TypeVar("G")


class Matched(NamedTuple):
    """How far the matches have read the steps, and when something happens to a key next."""

    positions: Positions
    due_ms: int | None


class Outbox(NamedTuple):
    """The last row of the outbox (0: none), and the oldest with a result that waits for the log, if any does."""

    last_id: int
    waiting_id: int | None


class Stages(Protocol):
    """The stages from a record to the count of its result, each as it is when it is asked."""

    async def forwarded_ms(self) -> int:
        """Return up to when everything accepted, and every end of a definition, is among the steps."""
        ...

    async def ends(self, topic: Topic) -> Positions:
        """Return where the partitions of a topic end."""
        ...

    async def matched(self) -> Matched:
        """Return how the matches stand."""
        ...

    async def outbox(self) -> Outbox:
        """Return how the outbox stands."""
        ...

    async def counted(self) -> Positions:
        """Return how far the health has read the results."""
        ...


class Mark(NamedTuple, Generic[G]):
    """A stage holds everything accepted before `as_of_ms` once it has reached the goal."""

    as_of_ms: int
    goal: G


@dataclass(slots=True)
class Marks(Generic[G]):
    """The marks behind one stage, earliest first."""

    _marks: list[Mark[G]] = field(default_factory=list)

    def set(self, as_of_ms: int, goal: G) -> None:
        """Set a mark; of many that wait, every other one is enough."""
        if len(self._marks) >= _MARKS:
            del self._marks[1::2]
        self._marks.append(Mark(as_of_ms, goal))

    def passed(self, is_reached: Callable[[G], bool]) -> int | None:
        """Remove the marks that are reached, and return what the last of them says."""
        count = sum(1 for mark in self._marks if is_reached(mark.goal))
        if not count:
            return None
        last = self._marks[count - 1]
        del self._marks[:count]
        return last.as_of_ms


class Pipeline:
    """The stages with the marks behind the gate, the matches and the outbox."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._matches: Marks[Positions] = Marks()
        self._outbox: Marks[int] = Marks()
        self._health: Marks[Positions] = Marks()

    async def look(self) -> int | None:
        """Move the marks on, stage by stage; return up to when everything is decided and counted, if that is new."""
        forwarded_ms = await self._stages.forwarded_ms()
        self._matches.set(forwarded_ms, await self._stages.ends(MONITORING_STEPS))
        at, due_ms = await self._stages.matched()
        applied_ms = self._matches.passed(lambda ends: _has_reached(at, ends))
        last_id, waiting_id = await self._stages.outbox()
        if applied_ms is not None:
            self._outbox.set(applied_ms if due_ms is None else min(applied_ms, due_ms), last_id)
        published_ms = self._outbox.passed(lambda last: waiting_id is None or waiting_id > last)
        if published_ms is not None:
            self._health.set(published_ms, await self._stages.ends(CRITICAL_INTERACTIONS))
        counted = await self._stages.counted()
        return self._health.passed(lambda ends: _has_reached(counted, ends))


def _has_reached(at: Positions, ends: Positions) -> bool:
    return all(at.get(place, 0) >= end for place, end in ends.items())
