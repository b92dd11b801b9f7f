"""Stories of a definition for tests of its matching: how it changes, what arrives, and when time passes.

Times are a few milliseconds, so that they meet each other: everything happens at, just before or just after something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from libs.contracts.monitoring_steps import DELETED, STOPPED, Closing, ClosingCause, Hit, Step, Tick
from tests.support.monitoring.oracle import Arrival, Limits, Version

DEFINITION: Final = 1
KEYS: Final = ("k", "l", "m")
NAMES: Final = ("a", "b", "x", "g", "ab", "ax", "ag", "bx", "bg")
"""What records are: one meets the steps and global entries whose letter it has."""
NEXT: Final = "next"
"""Stands for the required event after the one that it stood for before."""


@dataclass(frozen=True, slots=True)
class Course:
    """The events of one version by their letters, and its global entries."""

    events: tuple[str, ...]
    forbidden: tuple[bool, ...]
    globals: str
    threshold: int

    def hit(self, name: str, version: int, *, current: bool, dimension: str | None) -> Hit | None:
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
            dimensions=(dimension, "same"),
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

    def hits(self, name: str, accepted_at: int, dimension: str | None) -> tuple[Hit, ...]:
        """Return what a record is to the version in force and to those before it, back to where it was stopped."""
        found: list[Hit] = []
        force = max((place for place, at in enumerate(self.changed_at) if at <= accepted_at), default=-1)
        for place in range(force, -1, -1):
            course = self.courses[place]
            if course is None:
                break
            hit = course.hit(name, place + 1, current=place == force, dimension=dimension)
            if hit is not None:
                found.append(hit)
        return tuple(found)


def _told(key: str, body: Step | Tick | Closing) -> str:
    if not isinstance(body, Step):
        return repr(body)
    hits = " ".join(f"v{hit.version}:{hit.steps:b}/{hit.globals:b}{'' if hit.current else '-'}" for hit in body.hits)
    return f"{key} {body.id} at {body.event_at}, accepted {body.accepted_at}+{body.watermark_ms}: {hits}"


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """One to six events; the first and the last are required."""
    count = draw(st.sampled_from((2, 3, 4, 6, 1)))
    letters = draw(st.lists(st.sampled_from("abx"), min_size=count, max_size=count))
    between = st.lists(st.sampled_from((False, False, True)), min_size=count, max_size=count)
    forbidden = [letter == "x" or flag for letter, flag in zip(letters, draw(between), strict=True)]
    forbidden[0] = forbidden[-1] = False
    return Course(tuple(letters), tuple(forbidden), draw(st.sampled_from(("", "", "g", "gx"))), draw(_THRESHOLDS))


_THRESHOLDS = st.sampled_from((9, 30, 4, 1, 0))
_WATERMARKS = st.sampled_from((3, 6, 1, 0))
_ITEMS = st.lists(
    st.tuples(
        st.sampled_from(("record",) * 7 + ("tick",) * 3 + ("change",)),
        st.sampled_from((0, 0, 1, 1, 2, 5)),  # how much later than the one before
        st.sampled_from((0, 0, 0, 1, 2, 4)),  # how long ago it was accepted; how far a tick is behind
        st.sampled_from((0, 0, 0, 1, 2, 5, 9, -1, -3)),  # how long before that it happened
        st.sampled_from((NEXT,) * len(NAMES) + NAMES),
        st.sampled_from(("k", *KEYS)),
    ),
    min_size=10,
    max_size=30,
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A definition that is changed, stopped and started while records arrive late and out of order, and time jumps."""
    limits = Limits(
        room=draw(st.sampled_from((9, 9, 2, 1, 0))),
        held=draw(st.sampled_from((99, 99, 3, 2, 1))),
        idle=draw(st.sampled_from((8, 20, 60))),
        fired=draw(st.sampled_from((99, 2, 1))),
    )
    story = Story([draw(courses())], limits)
    watermark = draw(_WATERMARKS)
    now = 10
    waiting: list[Closing] = []
    for kind, after, ago, before, name, key in draw(_ITEMS):
        now += after
        if waiting and ago == 0:
            story.arrivals.append(("closing", waiting.pop(0)))
        match kind:
            case "record":
                _record(story, now - ago, before, name, key, watermark)
            case "tick":
                story.arrivals.append(("tick", Tick(as_of=now + before if ago == 4 else now - ago)))
            case _:
                _change(draw, story, now - ago, watermark, waiting)
    story.arrivals += [("closing", closing) for closing in waiting]
    return story


def _record(story: Story, accepted_at: int, before: int, name: str, key: str, watermark: int) -> None:
    number = len(story.arrivals)
    if name == NEXT:
        name = story.next_of(key)
    dimension = None if number % 3 else str(number)
    hits = story.hits(name, accepted_at, dimension)
    if hits:
        story.arrivals.append((key, _step(number, name, accepted_at - before, accepted_at, watermark, hits)))


def _step(number: int, name: str, event_at: int, accepted_at: int, watermark: int, hits: tuple[Hit, ...]) -> Step:
    """Return a record; which topic it is of decides among equal times, before its offset."""
    return Step(
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


def _change(draw: st.DrawFn, story: Story, at: int, watermark: int, waiting: list[Closing]) -> None:
    """Start what is stopped; stop or delete what runs, or put another version in its place.

    It is so from `at` on, which may lie a little before: records of then were judged as if it had not happened.
    """
    runs = story.courses[-1] is not None
    followed = draw(st.booleans()) or not runs
    story.courses.append(draw(courses()) if followed else None)
    at = max(at, story.changed_at[-1])
    story.changed_at.append(at)
    if not followed:
        cause: ClosingCause = DELETED if draw(st.booleans()) else STOPPED
        version = len(story.courses)
        waiting.append(Closing(definition_id=DEFINITION, version=version, at=at, cause=cause, watermark_ms=watermark))
