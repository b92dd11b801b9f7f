"""Definitions and records of critical interactions in short: `A !X B` is three events, the second forbidden at its
place; a record is met under the name of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libs.contracts.monitoring_steps import Closing, Hit
from services.monitoring.matches.matcher import DefinitionMatches, Ended, Held, KeyState, KeyWalk, Rules

WATERMARK_MS = 5_000


@dataclass(frozen=True, slots=True)
class Course:
    """One version of a definition, by the names of its events."""

    events: tuple[str, ...]
    forbidden: tuple[bool, ...]
    globals: tuple[str, ...] = ()
    threshold_ms: int = 60_000
    version: int = 1

    @classmethod
    def of(cls, text: str, *, globals: str = "", threshold_ms: int = 60_000, version: int = 1) -> Course:  # noqa: A002
        names = text.split()
        return cls(
            tuple(name.lstrip("!") for name in names),
            tuple(name.startswith("!") for name in names),
            tuple(globals.split()),
            threshold_ms,
            version,
        )

    @property
    def rules(self) -> Rules:
        return Rules(version=self.version, forbidden=self.forbidden, threshold_ms=self.threshold_ms)

    def hit(self, name: str, *, current: bool = True, dimensions: tuple[str | None, ...] = ()) -> Hit | None:
        """Return what a record of this name is to the version; None when it is nothing."""
        steps = sum(1 << place for place, event in enumerate(self.events) if event == name)
        forbidden = sum(1 << place for place, event in enumerate(self.globals) if event == name)
        if not steps and not forbidden:
            return None
        return Hit(
            definition_id=1,
            version=self.version,
            current=current,
            steps=steps,
            globals=forbidden,
            dimensions=dimensions,
        )


def held(
    name: str,
    event_at: int,
    accepted_at: int,
    hits: Sequence[Hit],
    *,
    clock_ms: int = 0,
    offset: int = 0,
    watermark_ms: int = WATERMARK_MS,
) -> Held:
    """Return a record as it is added to a key while the clock stands at `clock_ms`."""
    met_at = max(accepted_at, clock_ms)
    return Held(
        event_at=event_at,
        accepted_at=accepted_at,
        number=0,
        topic="t",
        partition=0,
        offset=offset,
        met_at=met_at,
        released_at=met_at + watermark_ms,
        id=f"{name}@{event_at}#{offset}",
        source="event",
        name=name,
        uow_id=None,
        hits=tuple(hits),
    )


@dataclass(slots=True)
class Walked:
    """What became of records."""

    ended: list[Ended]
    matches: DefinitionMatches
    state: KeyState

    @property
    def late(self) -> int:
        return sum(tally.late for tally in self.matches.tallies.values())

    @property
    def not_opened(self) -> int:
        return sum(tally.not_opened for tally in self.matches.tallies.values())

    @property
    def outcomes(self) -> list[str]:
        """Each end as text: `completed in 20`, `errored (timeout) at 20`, `aborted (global) at 3`."""
        return [_told(end) for end in self.ended]


def walk(
    course: Course,
    records: Sequence[tuple[str, int, int]],
    *,
    until_ms: int | None = None,
    closings: Sequence[Closing] = (),
    room: int = 100,
) -> Walked:
    """Walk records (name, event time, accept time) in the order in which they came, a tick before each.

    Afterwards time goes on to `until_ms`; by default until nothing more can happen.
    """
    matches = DefinitionMatches({course.version: course.rules}, room, list(closings))
    key = KeyWalk(matches, KeyState())
    clock_ms = 0
    for offset, (name, event_at, accepted_at) in enumerate(records):
        clock_ms = max(clock_ms, accepted_at)
        key.advance(clock_ms)
        hit = course.hit(name)
        if hit is not None:
            key.add(held(name, event_at, accepted_at, [hit], clock_ms=clock_ms, offset=offset), clock_ms)
    key.advance(10**15 if until_ms is None else until_ms)
    return Walked(key.ended, matches, key.state)


def _told(end: Ended) -> str:
    if end.outcome == "completed":
        return f"completed in {end.ended_at - end.match.steps[0].time}"
    return f"{end.outcome} ({end.cause}) at {end.ended_at}"
