"""The walk of one partition: its steps, ticks and closings in the order of the log, over the keys that they concern.

Pure: whoever calls it has loaded the keys that can be concerned, and stores those that were touched. What comes of it
depends on the partition's records alone and not on how they are split: a tick fires the keys that are due in one fixed
order, however many of them were loaded.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from libs.contracts.monitoring_steps import Closing, Hit, Step, Tick
from services.monitoring.matches.matcher import IDLE_MS, DefinitionMatches, Ended, Held, KeyState, KeyWalk

KEYS_OF_A_TICK = 5_000
"""Keys that one tick fires at most; the next tick goes on with those that are still due."""

DefinitionKey = tuple[str, int]
"""Tenant and definition."""


class MatchKey(NamedTuple):
    """The key of a definition's matches."""

    tenant_id: str
    definition_id: int
    match_key: str


@dataclass(slots=True)
class Arrived:
    """A record of the steps topic; `tenant_id` and `match_key` are those of its key.

    `concerned` are the keys of the definitions that a step concerns.
    """

    partition: int
    offset: int
    tenant_id: str
    match_key: str
    body: Step | Tick | Closing
    concerned: tuple[MatchKey, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if isinstance(self.body, Step):
            definitions = dict.fromkeys([hit.definition_id for hit in self.body.hits])
            self.concerned = tuple([MatchKey(self.tenant_id, one, self.match_key) for one in definitions])


class Due(NamedTuple):
    """When something happens to a key next; sorts as ticks fire."""

    due_ms: int
    key: MatchKey


@dataclass(slots=True)
class PartitionWalk:
    """One partition at `clock_ms`. `states` are the keys' as they were stored, `due` when those that wait are due.

    `touched` are the keys to store again, `ended` the matches that ended, in order.
    """

    partition: int
    clock_ms: int
    definitions: Mapping[DefinitionKey, DefinitionMatches]
    states: dict[MatchKey, KeyState]
    due: list[Due]
    has_ticked: bool = False
    touched: dict[MatchKey, KeyState] = field(default_factory=dict)
    ended: list[tuple[MatchKey, Ended]] = field(default_factory=list)
    _due_of: dict[MatchKey, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        heapq.heapify(self.due)
        self._due_of = {key: due_ms for due_ms, key in self.due}

    def take(self, arrived: Arrived) -> None:
        """Let one record have its effect."""
        match arrived.body:
            case Step():
                self._add(arrived, arrived.body)
            case Tick():
                self._pass_time(arrived.body.as_of)
            case Closing():
                self._close(arrived.tenant_id, arrived.body)

    def forget_idle(self) -> None:
        """Forget what has no effect any more, for a walk that is kept in memory: idle keys, and times put off."""
        for key, state in list(self.touched.items()):
            if state.is_forgotten(self.clock_ms):
                del self.touched[key], self.states[key]
        self.due = [Due(due_ms, key) for key, due_ms in self._due_of.items()]
        heapq.heapify(self.due)

    def _add(self, arrived: Arrived, step: Step) -> None:
        for key in arrived.concerned:
            walk = self._walk(key)
            walk.advance(self.clock_ms)
            if walk.state.is_forgotten(self.clock_ms):
                walk.state = KeyState()
            hits = step.hits
            if len(arrived.concerned) > 1:
                hits = tuple([hit for hit in hits if hit.definition_id == key.definition_id])
            walk.add(_held(step, self.clock_ms, hits), self.clock_ms)
            self._leave(key, walk)

    def _pass_time(self, as_of: int) -> None:
        self.clock_ms = max(self.clock_ms, as_of)
        self.has_ticked = True
        fired = 0
        while self.due and self.due[0].due_ms <= self.clock_ms and fired < KEYS_OF_A_TICK:
            due_ms, key = heapq.heappop(self.due)
            if self._due_of.get(key) != due_ms:
                continue  # it was put in again, with another time
            walk = self._walk(key)
            walk.advance(self.clock_ms)
            self._leave(key, walk)
            fired += 1

    def _close(self, tenant_id: str, closing: Closing) -> None:
        """Keep the closing, and let the keys whose matches it ends be due by then."""
        matches = self.definitions[tenant_id, closing.definition_id]
        if not matches.close(closing):
            return
        for key, state in self.states.items():
            if key[:2] == (tenant_id, closing.definition_id) and state.open is not None:
                self._leave(key, self._walk(key))

    def _walk(self, key: MatchKey) -> KeyWalk:
        state = self.states.get(key)
        return KeyWalk(self.definitions[key[:2]], KeyState() if state is None else state)

    def _leave(self, key: MatchKey, walk: KeyWalk) -> None:
        self.states[key] = self.touched[key] = walk.state
        if walk.ended:
            self.ended += [(key, end) for end in walk.ended]
        due_ms = walk.due_ms()
        if due_ms is None:
            self._due_of.pop(key, None)
        else:
            self._put(key, due_ms)

    def _put(self, key: MatchKey, due_ms: int) -> None:
        if self._due_of.get(key) != due_ms:
            self._due_of[key] = due_ms
            heapq.heappush(self.due, Due(due_ms, key))

    def due_or_forgotten_ms(self, key: MatchKey) -> int:
        """Return when something happens to a touched key next, else when it may be forgotten."""
        due_ms = self._due_of.get(key)
        return self.touched[key].last_met_at + IDLE_MS if due_ms is None else due_ms


def _held(step: Step, clock_ms: int, hits: tuple[Hit, ...]) -> Held:
    met_at = max(step.accepted_at, clock_ms)
    return Held(
        event_at=step.event_at,
        accepted_at=step.accepted_at,
        number=step.number,
        topic=step.topic,
        partition=step.partition,
        offset=step.offset,
        met_at=met_at,
        released_at=met_at + step.watermark_ms,
        id=step.id,
        source=step.source,
        name=step.name,
        uow_id=step.uow_id,
        hits=hits,
    )
