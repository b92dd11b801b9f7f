"""Monitoring in small: the stages from records to counted results, each of which moves by itself, one move at a time.

Every record comes to one result. Times are milliseconds, and every list or counter has an entry for each partition.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from libs.contracts.topics import CRITICAL_INTERACTIONS, MONITORING_STEPS, Topic
from libs.eventlog.port import Positions, TopicPartition
from services.monitoring.health.pipeline import Matched, Outbox

WATERMARK_MS = 5
_PARTITIONS = range(2)

Entry = tuple[Literal["record", "closing", "tick"], int]
"""The number of a record or closing, or the instant of a tick."""


@dataclass
class Line:
    """The stages; `uncounted` are the accept times of the records that have no counted result yet."""

    now: int = 100
    accepted: list[int] = field(default_factory=list)
    uncounted: dict[int, int] = field(default_factory=dict)
    sources: list[list[int]] = field(default_factory=lambda: [[] for _ in _PARTITIONS])
    gate: list[int] = field(default_factory=lambda: [0 for _ in _PARTITIONS])
    gate_as_of: list[int] = field(default_factory=lambda: [0 for _ in _PARTITIONS])
    closings: list[int] = field(default_factory=list)
    steps: list[list[Entry]] = field(default_factory=lambda: [[] for _ in _PARTITIONS])
    matches: list[int] = field(default_factory=lambda: [0 for _ in _PARTITIONS])
    clocks: list[int] = field(default_factory=lambda: [0 for _ in _PARTITIONS])
    due: list[dict[int, int]] = field(default_factory=lambda: [{} for _ in _PARTITIONS])
    outbox: dict[int, int] = field(default_factory=dict)
    last_row: int = 0
    unmarked: list[int] = field(default_factory=list)
    results: list[list[int]] = field(default_factory=lambda: [[] for _ in _PARTITIONS])
    health: list[int] = field(default_factory=lambda: [0 for _ in _PARTITIONS])

    @property
    def moves(self) -> Sequence[Callable[[int], None]]:
        """What can happen, each in a partition: new records and time passing, then the stages in their order."""
        return (
            *(self.accept, self.end_a_definition, self.pass_time),
            *(self.forward, self.renew, self.carry_a_closing, self.match, self.tick),
            *(self.append_a_result, self.mark_a_result, self.count),
        )

    def settle(self) -> None:
        """Let everything be counted, while nothing new comes but time."""
        self.now += 2 * WATERMARK_MS
        while self.uncounted or self.outbox:
            self.work_once()
        self.work_once()

    def work_once(self) -> None:
        """Let every stage move once in each partition."""
        for move in self.moves[3:]:
            for part in _PARTITIONS:
                move(part)

    def pass_time(self, _: int) -> None:
        self.now += 1

    def accept(self, part: int) -> None:
        self.sources[part].append(self._new())

    def end_a_definition(self, _: int) -> None:
        self.closings.append(self._new())

    def forward(self, part: int) -> None:
        if self.gate[part] < len(self.sources[part]):
            number = self.sources[part][self.gate[part]]
            self.steps[number % len(_PARTITIONS)].append(("record", number))
            self.gate[part] += 1
            self.gate_as_of[part] = max(self.gate_as_of[part], self.accepted[number])

    def renew(self, part: int) -> None:
        if self.gate[part] == len(self.sources[part]):
            self.gate_as_of[part] = self.now

    def carry_a_closing(self, part: int) -> None:
        if self.closings:
            self.steps[part].append(("closing", self.closings.pop(0)))

    def match(self, part: int) -> None:
        if self.matches[part] == len(self.steps[part]):
            return
        kind, value = self.steps[part][self.matches[part]]
        self.matches[part] += 1
        if kind == "tick":
            self._pass_time(part, value)
        else:
            met_at = max(self.accepted[value], self.clocks[part] if kind == "record" else 0)
            self.due[part][value] = met_at + WATERMARK_MS

    def _pass_time(self, part: int, as_of: int) -> None:
        self.clocks[part] = max(self.clocks[part], as_of)
        for number, due_ms in list(self.due[part].items()):
            if due_ms <= self.clocks[part]:
                del self.due[part][number]
                self.last_row += 1
                self.outbox[self.last_row] = number

    def tick(self, part: int) -> None:
        as_of = min(self.gate_as_of)
        if any(due_ms <= as_of for due_ms in self.due[part].values()):
            self.steps[part].append(("tick", as_of))

    def append_a_result(self, part: int) -> None:
        waiting = self.outbox.keys() - self.unmarked
        if waiting:
            row = max(waiting)
            self.results[part].append(self.outbox[row])
            self.unmarked.append(row)

    def mark_a_result(self, _: int) -> None:
        if self.unmarked:
            del self.outbox[self.unmarked.pop(0)]

    def count(self, part: int) -> None:
        if self.health[part] < len(self.results[part]):
            self.uncounted.pop(self.results[part][self.health[part]], None)
            self.health[part] += 1

    def _new(self) -> int:
        number = len(self.accepted)
        self.accepted.append(self.now)
        self.uncounted[number] = self.now
        return number


class Looks:
    """The `Stages` of a line on which something may happen before each look."""

    def __init__(self, line: Line, happen: Callable[[], None]) -> None:
        self._line = line
        self._happen = happen

    async def forwarded_ms(self) -> int:
        self._happen()
        return min([*self._line.gate_as_of, *(self._line.accepted[number] for number in self._line.closings)])

    async def ends(self, topic: Topic) -> Positions:
        self._happen()
        parts = self._line.steps if topic is MONITORING_STEPS else self._line.results
        return _places(topic, [len(part) for part in parts])

    async def matched(self) -> Matched:
        self._happen()
        due_ms = min((due_ms for part in self._line.due for due_ms in part.values()), default=None)
        return Matched(_places(MONITORING_STEPS, self._line.matches), due_ms)

    async def outbox(self) -> Outbox:
        self._happen()
        return Outbox(self._line.last_row, min(self._line.outbox, default=None))

    async def counted(self) -> Positions:
        self._happen()
        return _places(CRITICAL_INTERACTIONS, self._line.health)


def happening(line: Line, rng: random.Random) -> Callable[[], None]:
    """Return what lets something happen on a line: for a while some moves are common, others rare or stalled."""
    weights: list[int] = []

    def happen() -> None:
        if not weights or rng.random() < 0.05:
            weights[:] = [rng.choice((0, 1, 1, 5)) for _ in line.moves]
        for move in rng.choices(line.moves, [weight + 0.01 for weight in weights], k=rng.choice((0, 1, 5, 20))):
            move(rng.choice(_PARTITIONS))

    return happen


def _places(topic: Topic, offsets: Sequence[int]) -> Positions:
    return {TopicPartition(topic.name, part): offset for part, offset in enumerate(offsets)}
