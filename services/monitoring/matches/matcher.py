"""The walk of records through one critical interaction, for one match key: no I/O and no clock of its own.

Time passes only by `advance`. A record is held from the moment it was accepted until its watermark is over; then
whatever is held, precedes it and was accepted by that instant is walked before it. Every release, timeout and closing
happens at an instant of its own, in the order of these instants, so advancing in two steps is advancing in one: the
state after an instant depends on the records, ticks and closings before it and on nothing else.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import msgspec

from libs.contracts.critical_interactions import (
    ABORTED,
    COMPLETED,
    ERRORED,
    FORBIDDEN,
    GLOBAL,
    SEQUENCE_VIOLATION,
    TIMEOUT,
    Cause,
    MatchedStep,
    Outcome,
)
from libs.contracts.monitoring_steps import Closing, Hit, Source

MAX_HELD = 1_000
"""Records of one key that are held; beyond them the first accepted is released before its time."""
IDLE_MS = 60_000
"""How long a key with nothing held and no match open remembers what it has decided."""
_MINUTE_MS = 60_000
_met_at = attrgetter("met_at")
_version = attrgetter("version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of a definition, as far as the walk needs it; `forbidden` has a flag for each of `events`."""

    version: int
    forbidden: tuple[bool, ...]
    threshold_ms: int

    def next_required(self, place: int) -> int:
        """Return the first required step from `place` on; the last step always is one."""
        return self.forbidden.index(False, place)


class Held(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A record that waits for its watermark; compared by its place in the order of its key.

    `met_at` is when it counts as accepted: `accepted_at`, or the clock that it met if that was later.
    """

    event_at: int
    accepted_at: int
    number: int
    topic: str
    partition: int
    offset: int
    met_at: int
    released_at: int
    id: str
    source: Source
    name: str
    uow_id: str | None
    hits: tuple[Hit, ...]

    def hit_of(self, version: int) -> Hit | None:
        """Return the hit of one version; None when it is nothing to that one."""
        for hit in self.hits:
            if hit.version == version:
                return hit
        return None

    @property
    def current(self) -> Hit | None:
        """The hit of the version in force when it was accepted; None when it is nothing to that one."""
        for hit in self.hits:
            if hit.current:
                return hit
        return None


class OpenMatch(msgspec.Struct, array_like=True, gc=False):
    """A match under way. `place` is the step to be met next, `due_at` the clock at which it times out by itself."""

    version: int
    place: int
    last_at: int
    due_at: int
    steps: list[MatchedStep]
    dimensions: list[str | None]


class KeyState(msgspec.Struct, array_like=True, gc=False):
    """The state of one key of a definition.

    `held` is in the key's order. `progress` is the event time up to which its records are decided, None before the
    first; `last_met_at` when the last record came.
    """

    open: OpenMatch | None = None
    held: list[Held] = msgspec.field(default_factory=list)
    progress: int | None = None
    last_met_at: int = 0

    @property
    def waits(self) -> bool:
        """Whether something is held or open."""
        return self.open is not None or bool(self.held)

    def is_forgotten(self, clock_ms: int) -> bool:
        """Return whether it has been idle for so long that it is as if it had never been."""
        return not self.waits and self.last_met_at + IDLE_MS <= clock_ms


class Ended(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The end of a match, at `ended_at` in event time, decided when the clock stood at `decided_at`.

    `expected` is the required step that was to come next; `received` the record that caused the end, if one did.
    """

    match: OpenMatch
    outcome: Outcome
    cause: Cause | None
    ended_at: int
    decided_at: int
    expected: int | None = None
    received: Held | None = None


@dataclass(slots=True)
class MinuteTally:
    """How many records opened a match, came late, or found no room for one."""

    opened: int = 0
    late: int = 0
    not_opened: int = 0


@dataclass(slots=True)
class DefinitionMatches:
    """The matches of one definition in one partition: its versions, its closings, and what has become of its matches.

    At most `room` are open at once; `stored_open_count` is how many the tables have, None for none ever. `closings` are
    in the order of their versions; `new_closings` are not stored yet. Records are tallied by the minute of their event
    time.
    """

    rules: Mapping[int, Rules]
    room: int
    closings: list[Closing] = field(default_factory=list)
    new_closings: list[Closing] = field(default_factory=list)
    open_count: int = 0
    stored_open_count: int | None = None
    tallies: dict[int, MinuteTally] = field(default_factory=dict)

    def close(self, closing: Closing) -> bool:
        """Keep a closing; returns whether it is a new one."""
        if any(known.version == closing.version for known in self.closings):
            return False
        insort(self.closings, closing, key=_version)
        self.new_closings.append(closing)
        return True

    def tally(self, event_at: int) -> MinuteTally:
        """Return the tally of the minute that an event time lies in."""
        minute = event_at // _MINUTE_MS
        found = self.tallies.get(minute)
        if found is None:
            found = self.tallies[minute] = MinuteTally()
        return found


class KeyWalk:
    """Walks the records of one key; `ended` has the matches that came to an end, in the order of their ends."""

    __slots__ = ("_matches", "ended", "state")

    def __init__(self, matches: DefinitionMatches, state: KeyState) -> None:
        self._matches = matches
        self.state = state
        self.ended: list[Ended] = []

    def add(self, record: Held, clock_ms: int) -> None:
        """Hold a record that came while the clock stood at `clock_ms`, to which the key is advanced."""
        state = self.state
        state.last_met_at = max(state.last_met_at, record.met_at)
        if state.progress is not None and record.event_at < state.progress:
            self._matches.tally(record.event_at).late += 1
            return
        insort(state.held, record)
        if len(state.held) > MAX_HELD:
            first = min(state.held, key=_met_at)
            self._release(state.held.index(first), max(clock_ms, first.met_at))

    def advance(self, clock_ms: int) -> None:
        """Let everything happen that is due until the clock stands at `clock_ms`."""
        while (instant := self.due_ms()) is not None and instant <= clock_ms:
            self._happen(instant)

    def due_ms(self) -> int | None:
        """Return the next instant at which something happens, None when nothing is held or open.

        A held record is released, the open match ends because nothing comes, or it is closed.
        """
        state = self.state
        match = state.open
        due: int | None = None
        for record in state.held:
            if due is None or record.released_at < due:
                due = record.released_at
        if match is None:
            return due
        if (due is None or match.due_at < due) and not self._is_awaited(match, match.due_at):
            due = match.due_at
        for closing in self._matches.closings:
            instant = closing.at + closing.watermark_ms
            if match.version < closing.version and (due is None or instant < due):
                due = instant
        return due

    def _happen(self, instant: int) -> None:
        """Walk what is released at the instant, then end the match if its time is up, then if it is closed."""
        held = self.state.held
        for place in range(len(held) - 1, -1, -1):
            if held[place].released_at <= instant:
                self._release(place, instant)
                break
        match = self.state.open
        if match is not None and match.due_at <= instant and not self._is_awaited(match, instant):
            self._time_out(match, instant)
            return
        if match is not None and self._matches.closings:
            self._close(match, instant)

    def _is_awaited(self, match: OpenMatch, instant: int) -> bool:
        """Return whether a record that came by the instant is held and may still advance the match in time."""
        held = self.state.held
        if not held:
            return False
        until, progress = match.last_at + self._threshold_ms(match), self.state.progress
        for record in held:
            if (
                record.event_at <= until
                and record.met_at <= instant
                and (progress is None or record.event_at >= progress)
                and record.hit_of(match.version) is not None
            ):
                return True
        return False

    def _release(self, last: int, instant: int) -> None:
        """Walk what is held up to place `last` and came by that record's own instant; what came later waits on."""
        held = self.state.held
        waiting: list[Held] = []
        self.state.held = waiting
        if len(held) == 1:
            self._walk(held[0], instant)
            return
        released_at = held[last].released_at
        for place, record in enumerate(held):
            if place > last or record.met_at > released_at:
                waiting.append(record)
            else:
                self._walk(record, instant)

    def _walk(self, record: Held, instant: int) -> None:
        state = self.state
        if state.progress is not None and record.event_at < state.progress:
            self._matches.tally(record.event_at).late += 1
            return
        match = state.open
        hit = None if match is None else record.hit_of(match.version)
        if hit is None and record.current is None:
            return
        if match is not None and record.event_at > match.last_at + self._threshold_ms(match):
            self._time_out(match, instant)
            match = None
        if match is None:
            if (current := record.current) is not None:
                state.progress = record.event_at
                self._open(record, current, instant)
        elif hit is not None:
            state.progress = record.event_at
            self._meet(match, record, hit, instant)

    def _open(self, record: Held, hit: Hit, instant: int) -> None:
        """Open a match when the record is its first step and there is room."""
        rules = self._matches.rules.get(hit.version)
        if rules is None or not hit.steps & 1:
            return
        if self._matches.open_count >= self._matches.room:
            self._matches.tally(record.event_at).not_opened += 1
            return
        self._matches.tally(record.event_at).opened += 1
        self._matches.open_count += 1
        match = OpenMatch(hit.version, 0, record.event_at, 0, [], [])
        self.state.open = match
        self._advance_match(match, rules, record, hit, instant)

    def _meet(self, match: OpenMatch, record: Held, hit: Hit, instant: int) -> None:
        """Take the record as the next relevant one of an open match."""
        rules = self._matches.rules[match.version]
        if hit.globals:
            self._end(match, ABORTED, GLOBAL, record.event_at, instant, record)
            return
        place = match.place
        while not hit.steps >> place & 1:
            if not rules.forbidden[place]:
                self._end(match, ERRORED, SEQUENCE_VIOLATION, record.event_at, instant, record)
                if (current := record.current) is not None:
                    self._open(record, current, instant)
                return
            place += 1
        if rules.forbidden[place]:
            self._end(match, ABORTED, FORBIDDEN, record.event_at, instant, record)
        else:
            match.place = place
            self._advance_match(match, rules, record, hit, instant)

    def _advance_match(self, match: OpenMatch, rules: Rules, record: Held, hit: Hit, instant: int) -> None:
        """Go on from the required step at `match.place`, which the record is."""
        match.steps.append(
            MatchedStep(
                step=match.place,
                name=record.name,
                record_id=record.id,
                source=record.source,
                time=record.event_at,
                uow_id=record.uow_id,
            )
        )
        if not match.dimensions or None in match.dimensions:
            match.dimensions = _first_of_each(match.dimensions, hit.dimensions)
        match.place += 1
        match.last_at = record.event_at
        match.due_at = record.released_at + rules.threshold_ms
        if match.place == len(rules.forbidden):
            self._end(match, COMPLETED, None, record.event_at, instant, None)

    def _time_out(self, match: OpenMatch, instant: int) -> None:
        ended_at = match.last_at + self._threshold_ms(match)
        self.state.progress = ended_at
        self._end(match, ERRORED, TIMEOUT, ended_at, instant, None)

    def _close(self, match: OpenMatch, instant: int) -> None:
        for closing in self._matches.closings:
            if closing.at + closing.watermark_ms <= instant and match.version < closing.version:
                self._end(match, ABORTED, closing.cause, closing.at, instant, None)
                return

    def _end(
        self,
        match: OpenMatch,
        outcome: Outcome,
        cause: Cause | None,
        ended_at: int,
        instant: int,
        received: Held | None,
    ) -> None:
        self.state.open = None
        self._matches.open_count -= 1
        expected = None if outcome == COMPLETED else self._matches.rules[match.version].next_required(match.place)
        self.ended.append(
            Ended(
                match=match,
                outcome=outcome,
                cause=cause,
                ended_at=ended_at,
                decided_at=instant,
                expected=expected,
                received=received,
            )
        )

    def _threshold_ms(self, match: OpenMatch) -> int:
        return self._matches.rules[match.version].threshold_ms


def _first_of_each(known: list[str | None], found: tuple[str | None, ...]) -> list[str | None]:
    """Return the value of each dimension that was known first."""
    if not known:
        return list(found)
    return [one if one is not None else other for one, other in zip(known, found, strict=True)]
