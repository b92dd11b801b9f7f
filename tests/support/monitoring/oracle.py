"""What a partition of steps comes to, told by looking at every millisecond: the rules of matching, and nothing else.

Slow on purpose, and without a line of the service's: it keeps every record of a key, asks at each instant what is to be
done, and remembers every closing for ever. Times are small whole numbers of milliseconds from 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.contracts.monitoring_steps import Closing, Hit, Step, Tick

Arrival = tuple[str, Step | Tick | Closing]
"""A record of the steps and its match key."""


@dataclass(frozen=True)
class Version:
    """One version of a definition: which of its events are forbidden at their places, and its longest pause."""

    forbidden: tuple[bool, ...]
    threshold: int


@dataclass(frozen=True)
class Limits:
    """`room`: matches of a definition that may be open; `held`: records of a key; `idle`: how long a row stays;
    `fired`: keys of one tick."""

    room: int
    held: int
    idle: int
    fired: int


@dataclass(frozen=True)
class Finding:
    """How one match ended. `received` is a record's id; `steps` are ids of records with the places they matched."""

    definition_id: int
    version: int
    key: str
    outcome: str
    cause: str | None
    expected: int | None
    received: str | None
    steps: tuple[tuple[int, str], ...]
    started: int
    ended: int
    dimensions: tuple[str | None, ...]


@dataclass(frozen=True)
class Waiting:
    """A record at a key; it counts as accepted at `met`."""

    step: Step
    hits: tuple[Hit, ...]
    met: int

    @property
    def due(self) -> int:
        return self.met + self.step.watermark_ms

    @property
    def order(self) -> tuple[int, int, int, str, int, int]:
        s = self.step
        return (s.event_at, s.accepted_at, s.number, s.topic, s.partition, s.offset)

    @property
    def current(self) -> Hit | None:
        return next((hit for hit in self.hits if hit.current), None)

    def hit(self, version: int) -> Hit | None:
        return next((hit for hit in self.hits if hit.version == version), None)


@dataclass
class OpenMatch:
    """A match that waits for the event at `place`."""

    version: int
    place: int = 0
    walked: list[tuple[int, Waiting, Hit]] = field(default_factory=list)

    @property
    def last(self) -> Waiting:
        return self.walked[-1][1]


class OracleKey:
    """One key of one definition."""

    def __init__(self, oracle: Oracle, definition_id: int, name: str) -> None:
        self.oracle = oracle
        self.definition_id = definition_id
        self.name = name
        self.held: list[Waiting] = []
        self.open: OpenMatch | None = None
        self.progress: int | None = None
        self.last_met = 0
        self.now = 0

    def advance(self, clock: int) -> None:
        """Live through every instant up to the clock; the one it stood at may have more to do."""
        for instant in range(self.now, clock + 1):
            self._live(instant)
        self.now = max(self.now, clock)

    def first_due(self, clock: int) -> int | None:
        """Return the first instant up to the clock at which something happens."""
        return next((instant for instant in range(clock + 1) if self._has_work(instant)), None)

    def add(self, waiting: Waiting) -> None:
        self.last_met = max(self.last_met, waiting.met)
        if self._is_late(waiting):
            self.oracle.late[self.definition_id] += 1
            return
        self.held.append(waiting)
        if len(self.held) > self.oracle.limits.held:
            self._release(min(self.held, key=lambda one: (one.met, one.order)))

    def _live(self, instant: int) -> None:
        while due := sorted((one for one in self.held if one.due <= instant), key=lambda one: one.order):
            self._release(due[0])
        if self._is_timed_out(instant):
            self._time_out()
        for closing in self._closings(instant):
            self._end("aborted", closing.cause, closing.at)
        if self._is_idle(instant):
            self.progress = None

    def _has_work(self, instant: int) -> bool:
        return (
            any(one.due <= instant for one in self.held)
            or self._is_timed_out(instant)
            or len(self._closings(instant)) > 0
        )

    def _is_idle(self, instant: int) -> bool:
        return not self.held and self.open is None and instant >= self.last_met + self.oracle.limits.idle

    def _release(self, released: Waiting) -> None:
        before = [one for one in self.held if one.order < released.order and one.met <= released.due]
        for one in [*sorted(before, key=lambda each: each.order), released]:
            self.held.remove(one)
            self._walk(one)

    def _is_late(self, one: Waiting) -> bool:
        return self.progress is not None and one.step.event_at < self.progress

    def _is_timed_out(self, instant: int) -> bool:
        match = self.open
        if match is None:
            return False
        threshold = self._version(match.version).threshold
        within = [
            one
            for one in self.held
            if one.met <= instant
            and one.step.event_at <= match.last.step.event_at + threshold
            and not self._is_late(one)
            and one.hit(match.version) is not None
        ]
        return not within and instant >= match.last.met + threshold + match.last.step.watermark_ms

    def _time_out(self) -> None:
        assert self.open is not None
        at = self.open.last.step.event_at + self._version(self.open.version).threshold
        self._end("errored", "timeout", at)
        self.progress = at

    def _closings(self, instant: int) -> list[Closing]:
        """Return the closing that ends the open match: the first of those by a later version than its own."""
        if self.open is None:
            return []
        due = [
            closing
            for closing in self.oracle.closings[self.definition_id]
            if instant >= closing.at + closing.watermark_ms and self.open.version < closing.version
        ]
        return sorted(due, key=lambda closing: closing.version)[:1]

    def _version(self, version: int) -> Version:
        return self.oracle.versions[self.definition_id, version]

    def _walk(self, one: Waiting) -> None:
        if self._is_late(one):
            self.oracle.late[self.definition_id] += 1
            return
        if self.open is not None and self._is_relevant(one):
            pause = one.step.event_at - self.open.last.step.event_at
            if pause > self._version(self.open.version).threshold:
                self._time_out()
        if self.open is None:
            self._begin(one)
        elif (hit := one.hit(self.open.version)) is not None:
            self.progress = one.step.event_at
            self._go_on(self.open, one, hit)

    def _is_relevant(self, one: Waiting) -> bool:
        """Return whether a record is anything to the open match, or might open one."""
        return one.current is not None or (self.open is not None and one.hit(self.open.version) is not None)

    def _begin(self, one: Waiting) -> None:
        if one.current is not None:
            self.progress = one.step.event_at
            self._try_to_open(one, one.current)

    def _try_to_open(self, one: Waiting, hit: Hit) -> None:
        if not hit.steps & 1:
            return
        if self.oracle.open_of(self.definition_id) >= self.oracle.limits.room:
            self.oracle.not_opened[self.definition_id] += 1
            return
        self.oracle.opened[self.definition_id] += 1
        self.open = OpenMatch(hit.version)
        self._step(self.open, 0, one, hit)

    def _go_on(self, match: OpenMatch, one: Waiting, hit: Hit) -> None:
        if hit.globals:
            return self._end("aborted", "global", one.step.event_at, one)
        forbidden = self._version(match.version).forbidden
        for place in range(match.place, len(forbidden)):
            if hit.steps >> place & 1:
                if forbidden[place]:
                    return self._end("aborted", "forbidden", one.step.event_at, one)
                return self._step(match, place, one, hit)
            if not forbidden[place]:
                break
        self._end("errored", "sequence_violation", one.step.event_at, one)
        self._begin(one)
        return None

    def _step(self, match: OpenMatch, place: int, one: Waiting, hit: Hit) -> None:
        match.walked.append((place, one, hit))
        match.place = place + 1
        if match.place == len(self._version(match.version).forbidden):
            self._end("completed", None, one.step.event_at)

    def _end(self, outcome: str, cause: str | None, at: int, received: Waiting | None = None) -> None:
        match, self.open = self.open, None
        assert match is not None
        forbidden = self._version(match.version).forbidden
        missing = [place for place in range(match.place, len(forbidden)) if not forbidden[place]]
        values = zip(*(hit.dimensions for _, _, hit in match.walked), strict=True)
        self.oracle.findings.append(
            Finding(
                definition_id=self.definition_id,
                version=match.version,
                key=self.name,
                outcome=outcome,
                cause=cause,
                expected=missing[0] if missing else None,
                received=None if received is None else received.step.id,
                steps=tuple((place, one.step.id) for place, one, _ in match.walked),
                started=match.walked[0][1].step.event_at,
                ended=at,
                dimensions=tuple(next((value for value in column if value is not None), None) for column in values),
            )
        )


class Oracle:
    """One partition, as its records arrive."""

    def __init__(self, versions: Mapping[tuple[int, int], Version], limits: Limits) -> None:
        self.versions = versions
        self.limits = limits
        self.clock = 0
        self.keys: dict[tuple[int, str], OracleKey] = {}
        self.closings: dict[int, list[Closing]] = defaultdict(list)
        self.findings: list[Finding] = []
        self.opened: dict[int, int] = defaultdict(int)
        self.late: dict[int, int] = defaultdict(int)
        self.not_opened: dict[int, int] = defaultdict(int)

    def open_of(self, definition_id: int) -> int:
        """Return how many matches of a definition are open."""
        return sum(key.open is not None for key in self.keys.values() if key.definition_id == definition_id)

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Take what arrives."""
        for key, body in arrivals:
            match body:
                case Step():
                    self._take_step(key, body)
                case Tick():
                    self._take_tick(body.as_of)
                case Closing():
                    self._take_closing(body)

    def _take_step(self, name: str, step: Step) -> None:
        for definition_id in sorted({hit.definition_id for hit in step.hits}):
            key = self.keys.setdefault((definition_id, name), OracleKey(self, definition_id, name))
            key.advance(self.clock)
            hits = tuple(hit for hit in step.hits if hit.definition_id == definition_id)
            key.add(Waiting(step, hits, max(step.accepted_at, self.clock)))

    def _take_closing(self, closing: Closing) -> None:
        """Keep it; one that comes after its instant has its effect at it, before what was released since."""
        self.closings[closing.definition_id].append(closing)
        for key in self.keys.values():
            if key.definition_id == closing.definition_id:
                key.now = min(key.now, closing.at + closing.watermark_ms)

    def _take_tick(self, as_of: int) -> None:
        self.clock = max(self.clock, as_of)
        due = [(first, place) for place, key in self.keys.items() if (first := key.first_due(self.clock)) is not None]
        for _, place in sorted(due)[: self.limits.fired]:
            self.keys[place].advance(self.clock)
