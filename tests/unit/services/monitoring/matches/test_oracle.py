"""Matching against an oracle that looks at every millisecond: the same ends of matches, after the same records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, note, settings

from libs.contracts.monitoring_steps import Closing, Step, Tick
from services.monitoring.matches import matcher, walk
from services.monitoring.matches.matcher import DefinitionMatches, Ended, Rules
from services.monitoring.matches.walk import Arrived, MatchKey, PartitionWalk
from tests.support.monitoring.oracle import Arrival, Finding, Limits, Oracle
from tests.support.monitoring.stories import DEFINITION, KEYS, Story, stories

TENANT = "acme"
END_MS = 300
"""When nothing is held or open any more."""
UNBOUND = Limits(room=99, held=99, idle=10**6, fired=99)


class Walked:
    """A partition as the service walks it."""

    def __init__(self, story: Story) -> None:
        rules = {
            version: Rules(version=version, forbidden=one.forbidden, threshold_ms=one.threshold)
            for (_, version), one in story.versions.items()
        }
        self._matches = DefinitionMatches(rules, story.limits.room)
        self._partition = PartitionWalk(0, 0, {(TENANT, DEFINITION): self._matches}, {}, [])

    def take(self, arrivals: Iterable[Arrival]) -> None:
        for key, body in arrivals:
            self._partition.take(Arrived(0, 0, TENANT, key, body))

    def forget_idle(self) -> None:
        self._partition.forget_idle()

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """How many matches ended, are open, were opened, had no room; how many records were late."""
        tallies = self._matches.tallies.values()
        return (
            len(self._partition.ended),
            self._matches.open_count,
            sum(tally.opened for tally in tallies),
            sum(tally.not_opened for tally in tallies),
            sum(tally.late for tally in tallies),
        )

    @property
    def findings(self) -> list[Finding]:
        return [_finding(key, end) for key, end in self._partition.ended]


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch) -> Bounds:
    return Bounds(monkeypatch)


class Bounds:
    """Sets the service's bounds, which are meant for thousands, to a few."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def use(self, limits: Limits) -> None:
        self._monkeypatch.setattr(matcher, "MAX_HELD", limits.held)
        self._monkeypatch.setattr(matcher, "IDLE_MS", limits.idle)
        self._monkeypatch.setattr(walk, "KEYS_OF_A_TICK", limits.fired)


@given(story=stories())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_walk_is_what_the_oracle_says_after_each_record(bounds: Bounds, story: Story) -> None:
    note(story.told)
    bounds.use(story.limits)
    walked, forgetful, oracle = Walked(story), Walked(story), Oracle(story.versions, story.limits)
    for arrival in [*story.arrivals, *_end()]:
        for each in (walked, forgetful, oracle):
            each.take([arrival])
        forgetful.forget_idle()
        assert walked.counts == forgetful.counts == _counts(oracle), arrival
    assert walked.findings == forgetful.findings == oracle.findings
    assert walked.counts[1] == 0


@given(story=stories())
@settings(max_examples=400, deadline=None)
def test_ticks_that_come_late_or_again_change_nothing(story: Story) -> None:
    """As long as what was accepted before a tick lies before it, and room and memory last."""
    note(story.told)
    story = replace(story, limits=UNBOUND)
    moved = [arrival for arrival in story.arrivals if not isinstance(arrival[1], Tick)]
    seldom, often = Walked(story), Walked(story)
    seldom.take([*moved, *_ticks(END_MS)])
    often.take([*_often(moved), *_ticks(END_MS)])
    assert seldom.counts == often.counts
    for key in KEYS:
        assert [one for one in seldom.findings if one.key == key] == [one for one in often.findings if one.key == key]


def _often(moved: list[Arrival]) -> Iterable[Arrival]:
    """Let time pass, before each arrival, as far as no later one forbids; say it again, and once what is long over."""
    for place, arrival in enumerate(moved):
        until = min(_counts_from(body) for _, body in moved[place:]) - 1
        yield from (*_ticks(until - 1), *_ticks(until, 2), *_ticks(until - 5))
        yield arrival


def _counts_from(body: Step | Tick | Closing) -> int:
    """Return the first instant that an arrival has to do with."""
    match body:
        case Step():
            return body.accepted_at
        case Tick():
            return body.as_of
        case Closing():
            return body.at + body.watermark_ms


def _end() -> list[Arrival]:
    """Let time pass in small steps, those that are over already among them, and then to the end for every key."""
    return [*(("tick", Tick(as_of=as_of)) for as_of in range(20, 100, 8)), *_ticks(END_MS, len(KEYS))]


def _ticks(as_of: int, count: int = 1) -> list[Arrival]:
    return [("tick", Tick(as_of=as_of))] * count


def _finding(key: MatchKey, end: Ended) -> Finding:
    return Finding(
        definition_id=key.definition_id,
        version=end.match.version,
        key=key.match_key,
        outcome=end.outcome,
        cause=end.cause,
        expected=end.expected,
        received=None if end.received is None else end.received.id,
        steps=tuple((step.step, step.record_id) for step in end.match.steps),
        started=end.match.steps[0].time,
        ended=end.ended_at,
        dimensions=tuple(end.match.dimensions),
    )


def _counts(oracle: Oracle) -> tuple[int, int, int, int, int]:
    return (
        len(oracle.findings),
        oracle.open_of(DEFINITION),
        oracle.opened[DEFINITION],
        oracle.not_opened[DEFINITION],
        oracle.late[DEFINITION],
    )
