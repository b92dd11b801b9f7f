"""Stories of a definition for tests of its matching: how it changes, what arrives, and when time passes.

Times are a few milliseconds, so that they meet each other: everything happens at, just before or just after something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from hypothesis import strategies as st

from libs.contracts.monitoring_steps import DELETED, STOPPED, Closing, ClosingCause, Hit, Step, Tick
from tests.support.monitoring.oracle import Arrival, Limits, Version

DEFINITION: Final = 1
KEYS: Final = ("k", "l", "m")
NAMES: Final = ("a", "b", "x", "g", "ab", "ax", "ag", "bx", "bg")
"""What records are: one meets the steps and global entries whose letter it has."""
NEXT: Final = "next"
"""Stands for the required event after the one that it stood for before."""
_EVENTS: Final = 32
_DECISIONS: Final = 260

Dimensions = tuple[str | None, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Course:
    """The events of one version by their letters, and its global entries."""

    events: tuple[str, ...]
    forbidden: tuple[bool, ...]
    globals: str
    threshold: int

    def hit(self, name: str, version: int, *, current: bool, dimensions: Dimensions) -> Hit | None:
        """Return what a record is to the version; None when it is nothing."""
        steps = sum(1 << place for place, letter in enumerate(self.events) if letter in name)
        globals_ = sum(1 << place for place, letter in enumerate(self.globals) if letter in name)
        if not steps and not globals_:
            return None
        return Hit(
            definition_id=DEFINITION,
            version=version,
            current=current,
            steps=steps,
            globals=globals_,
            dimensions=dimensions,
        )


@dataclass(slots=True)
class Story:
    """What arrives in one partition; `courses[n]` is version n + 1, or None for one that is stopped."""

    courses: list[Course | None]
    limits: Limits
    changed_at: list[int] = field(default_factory=lambda: [0])
    arrivals: list[Arrival] = field(default_factory=list)
    followed: dict[str, int] = field(default_factory=dict)

    @property
    def versions(self) -> dict[tuple[int, int], Version]:
        return {
            (DEFINITION, version): Version(course.forbidden, course.threshold)
            for version, course in enumerate(self.courses, 1)
            if course is not None
        }

    @property
    def told(self) -> str:
        """The story in lines, for whoever has to find out what went wrong."""
        versions = [f"{at} version {n}: {course}" for n, (at, course) in enumerate(self._changes, 1)]
        return "\n".join([str(self.limits), *versions, *(_told(*arrival) for arrival in self.arrivals)])

    @property
    def _changes(self) -> list[tuple[int, Course | None]]:
        return list(zip(self.changed_at, self.courses, strict=True))

    def next_of(self, key: str) -> str:
        """Return the letter of a required event, of the latest version, one after the other."""
        course = next(course for course in reversed(self.courses) if course is not None)
        required = [letter for letter, flag in zip(course.events, course.forbidden, strict=True) if not flag]
        place = self.followed[key] = self.followed.get(key, -1) + 1
        return required[place % len(required)]

    def hits(self, name: str, accepted_at: int, dimensions: Dimensions) -> tuple[Hit, ...]:
        """Return what a record is to the version in force and to those before it, back to where it was stopped."""
        found: list[Hit] = []
        force = max((place for place, at in enumerate(self.changed_at) if at <= accepted_at), default=-1)
        for place in range(force, -1, -1):
            course = self.courses[place]
            if course is None:
                break
            hit = course.hit(name, place + 1, current=place == force, dimensions=dimensions)
            if hit is not None:
                found.append(hit)
        return tuple(found)


def _told(key: str, body: Step | Tick | Closing) -> str:
    if not isinstance(body, Step):
        return repr(body)
    hits = " ".join(f"v{hit.version}:{hit.steps:b}/{hit.globals:b}{'' if hit.current else '-'}" for hit in body.hits)
    return f"{key} {body.id} at {body.event_at}, accepted {body.accepted_at}+{body.watermark_ms}: {hits}"


class Choices:
    """Takes decisions from bytes, one each; when they are used up, or 0, the first of what there is."""

    def __init__(self, decided: bytes) -> None:
        self._decided = iter(decided)

    def of(self, options: Sequence[T]) -> T:
        return options[next(self._decided, 0) % len(options)]

    def course(self) -> Course:
        """One to six events; the first and the last are required."""
        letters = [self.of("abbaax") for _ in range(self.of((3, 4, 2, 6, 3, 1)))]
        forbidden = [letter == "x" or self.of((False, False, False, True)) for letter in letters]
        forbidden[0] = forbidden[-1] = False
        return Course(tuple(letters), tuple(forbidden), self.of(("", "", "g", "gx")), self.of((9, 30, 4, 9, 1, 0)))

    def limits(self) -> Limits:
        return Limits(
            room=self.of((9, 9, 9, 2, 1, 0)),
            held=self.of((99, 99, 99, 3, 2, 1)),
            idle=self.of((60, 10, 4)),
            fired=self.of((99, 99, 2, 1)),
        )


def stories() -> st.SearchStrategy[Story]:
    """A definition that is changed, stopped and started while records arrive late and out of order, and time jumps.

    Each decision is a byte, so that a story of many costs one draw.
    """
    return st.binary(min_size=_DECISIONS, max_size=_DECISIONS).map(_story)


def _story(decided: bytes) -> Story:
    choices = Choices(decided)
    story = Story([choices.course()], choices.limits())
    watermark = choices.of((3, 6, 4, 1, 0))
    waiting: list[Closing] = []
    now = 10
    for _ in range(_EVENTS):
        kind = choices.of((None,) + ("record",) * 10 + ("tick",) * 4 + ("change",) * 2)
        now += choices.of((0, 0, 1, 1, 2, 5)) if kind else 0
        ago = choices.of((0, 0, 0, 1, 2, 4))
        before = choices.of((0, 0, 0, 1, 2, 5, 9, -1, -3))
        if waiting and ago == 0:
            story.arrivals.append(("closing", waiting.pop(0)))
        match kind:
            case "record":
                _record(story, choices, now - ago, now - ago - before, watermark)
            case "tick":
                story.arrivals.append(("tick", Tick(as_of=now + before if ago == 4 else now - ago)))
            case "change":
                _change(story, choices, now - ago, watermark, waiting)
            case _:
                pass
    story.arrivals += [("closing", closing) for closing in waiting]
    return story


def _record(story: Story, choices: Choices, accepted_at: int, event_at: int, watermark: int) -> None:
    """Let a record arrive; which topic it is of decides among equal times, before its offset."""
    key = choices.of(("k", *KEYS))
    name = choices.of((NEXT,) * len(NAMES) + NAMES)
    if name == NEXT:
        name = story.next_of(key)
    number = len(story.arrivals)
    dimensions = (None if number % 3 else f"{number}", None if number % 2 else f"{number}")
    hits = story.hits(name, accepted_at, dimensions)
    if not hits:
        return
    step = Step(
        id=f"{name}-{number}",
        source="event",
        topic="events" if number % 2 else "interactions",
        partition=0,
        offset=number,
        number=0 if number % 2 else number % 5,
        name=name,
        event_at=event_at,
        accepted_at=accepted_at,
        watermark_ms=watermark,
        uow_id=None,
        hits=hits,
    )
    story.arrivals.append((key, step))


def _change(story: Story, choices: Choices, at: int, watermark: int, waiting: list[Closing]) -> None:
    """Start what is stopped; stop or delete what runs, or put another version in its place.

    It is so from `at` on, which may lie a little before: records of then were judged as if it had not happened.
    """
    at = max(at, story.changed_at[-1])
    runs = story.courses[-1] is not None
    how = choices.of(("follow", STOPPED, DELETED, "follow"))
    story.changed_at.append(at)
    if how == "follow" or not runs:
        story.courses.append(choices.course())
        return
    story.courses.append(None)
    cause: ClosingCause = STOPPED if how == STOPPED else DELETED
    version = len(story.courses)
    waiting.append(Closing(definition_id=DEFINITION, version=version, at=at, cause=cause, watermark_ms=watermark))
