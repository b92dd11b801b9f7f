"""The states of alert rules and their notices, against the same worked out from whole stories at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import from_ms
from services.monitoring.alerts.alert_states import (
    ALERT_FIRING,
    ALERT_NO_DATA,
    ALERT_RESOLVED,
    DELETED,
    DISABLED,
    FEW_EVENTS,
    FIRING,
    NO_DATA,
    OK,
    PENDING,
    Policy,
    Reading,
    RuleStep,
    Standing,
    ended,
    evaluated,
    remeasured,
    restarted,
)

START = from_ms(1_768_473_000_000)
WEBHOOKS = (uuid.UUID(int=1), uuid.UUID(int=2))
Kind = Literal["read", "snooze", "unsnooze", "restart", "remeasure"]


@dataclass(frozen=True)
class Happening:
    """What happens to a rule `at` so many seconds; a read is an evaluation of figures up to `as_of` seconds."""

    kind: Kind
    at: int
    as_of: int
    is_met: bool | None


_KINDS: Sequence[Kind] = ("read",) * 10 + ("snooze", "snooze", "unsnooze", "restart", "remeasure", "remeasure")
_VERDICTS = (True, True, False, None)


def story_of(decisions: bytes) -> list[Happening]:
    """Happenings one after another, mostly evaluations, three bytes each; figures follow the clock at any distance."""
    found, at, as_of = [], 0, 0
    for kind, later, verdict in zip(*[iter(decisions)] * 3, strict=True):
        at += 1 + later % 32
        as_of = min(at, as_of + later // 4)
        found.append(Happening(_KINDS[kind % len(_KINDS)], at, as_of, _VERDICTS[verdict % len(_VERDICTS)]))
    return found


STORIES = st.binary(min_size=75, max_size=75).map(story_of)
POLICIES = st.builds(
    Policy, for_seconds=st.sampled_from((0, 1, 45, 90)), notify_no_data=st.booleans(), webhooks=st.just(WEBHOOKS)
)
SNOOZE_S = 100


def moment(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def reading(one: Happening) -> Reading:
    """The figure of an evaluation."""
    if one.is_met is None:
        return Reading(one.as_of * 1_000, None, None, FEW_EVENTS)
    return Reading(one.as_of * 1_000, one.is_met, float(one.at))


def walk(story: Sequence[Happening], policy: Policy) -> Iterator[tuple[Happening, RuleStep]]:
    """Yield the steps of a rule that lives through the story."""
    standing, ids = Standing(since=START), (uuid.UUID(int=n) for n in count(100))
    for one in story:
        step = RuleStep(standing=standing)
        match one.kind:
            case "read":
                step = evaluated(standing, policy, reading(one), moment(one.at), lambda: next(ids))
            case "restart":
                step = ended(standing, moment(one.at), DISABLED)
                step = replace(step, standing=restarted(step.standing))
            case "snooze":
                step = RuleStep(standing=replace(standing, snoozed_until=moment(one.at + SNOOZE_S)))
            case "unsnooze":
                step = RuleStep(standing=replace(standing, snoozed_until=None))
            case "remeasure":
                step = RuleStep(standing=remeasured(standing))
        standing = step.standing
        yield one, step


@dataclass(frozen=True)
class Told:
    """A notice, as the oracle has it: its type, the number of the happening, the number of that which opened."""

    type: str
    index: int
    opened: int | None


def opened_and_closed(story: Sequence[Happening], for_seconds: int) -> dict[int, int]:
    """When incidents open, by index, and when they are over; len(story) for one that is open at the end."""
    found: dict[int, int] = {}
    over_at = -1
    for index, one in enumerate(story):
        if one.kind != "read" or not one.is_met or index < over_at:
            continue
        first = one
        for earlier in reversed(story[:index]):
            breaks = earlier.kind in {"restart", "remeasure"} or (earlier.kind == "read" and not earlier.is_met)
            if breaks:
                break
            first = earlier if earlier.kind == "read" else first
        if one.as_of - first.as_of < for_seconds:
            continue
        later = range(index + 1, len(story))
        ends = (
            i for i in later if story[i].kind == "restart" or (story[i].kind == "read" and story[i].is_met is False)
        )
        over_at = found[index] = next(ends, len(story))
    return found


def is_snoozed(story: Sequence[Happening], index: int) -> bool:
    """Whether the latest word about snoozing before a happening was a snooze that is not over."""
    said = [one for one in story[:index] if one.kind in {"snooze", "unsnooze"}]
    return bool(said) and said[-1].kind == "snooze" and said[-1].at + SNOOZE_S > story[index].at


def oracle(story: Sequence[Happening], policy: Policy) -> tuple[list[str], set[Told]]:
    """The states after each happening, and all notices."""
    incidents = opened_and_closed(story, policy.for_seconds)
    states, told = [], set()
    state = NO_DATA
    for index, one in enumerate(story):
        before = state
        if one.kind == "restart":
            state = NO_DATA
        elif one.kind == "read":
            is_open = any(start <= index < end for start, end in incidents.items())
            state = NO_DATA if one.is_met is None else OK if not one.is_met else FIRING if is_open else PENDING
            if state == NO_DATA != before and policy.notify_no_data and not is_snoozed(story, index):
                opened = next((start for start, end in incidents.items() if start <= index < end), None)
                told.add(Told(ALERT_NO_DATA, index, opened))
        states.append(state)
    for start, end in incidents.items():
        fit = (
            i for i in range(start, end) if states[i] == FIRING and story[i].kind == "read" and not is_snoozed(story, i)
        )
        if (first := next(fit, None)) is not None:
            told.add(Told(ALERT_FIRING, first, start))
            if end < len(story):
                told.add(Told(ALERT_RESOLVED, end, start))
    return states, told


@given(STORIES, POLICIES)
def test_states_and_notices_are_those_of_the_whole_story(story: list[Happening], policy: Policy) -> None:
    states, opened_at, told = [], {}, []
    for index, (_, step) in enumerate(walk(story, policy)):
        states.append(step.standing.state)
        if step.opened is not None:
            opened_at[step.opened.id] = index
        told += [
            Told(one.type, index, None if one.incident is None else opened_at[one.incident.id]) for one in step.notices
        ]
    expected_states, expected = oracle(story, policy)
    assert states == expected_states
    assert len(told) == len(set(told))
    assert set(told) == expected


@given(STORIES, POLICIES)
def test_history_has_no_gap(story: list[Happening], policy: Policy) -> None:
    steps = [step for _, step in walk(story, policy)]
    entries = [step.entry for step in steps if step.entry is not None]
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert [NO_DATA, *(entry.after for entry in entries)][:-1] == [entry.before for entry in entries]
    assert all(entry.before != entry.after for entry in entries)
    assert all(earlier.at < later.at for earlier, later in pairwise(entries))
    for step in steps:
        assert (step.standing.incident is not None) or step.standing.state != FIRING
        assert step.standing.held_from_ms is None or step.standing.state == PENDING


@given(STORIES, POLICIES)
def test_an_end_resolves_what_is_open_and_tells_those_who_know(story: list[Happening], policy: Policy) -> None:
    last = Standing(since=START)
    for _, step in walk(story, policy):
        last = step.standing
    end = ended(last, moment(10_000), DELETED)
    assert (end.standing.state, end.standing.incident) == (NO_DATA, None)
    assert end.resolved == last.incident
    knows = last.incident is not None and last.incident.notified is not None
    assert [(one.type, one.reason, one.webhooks) for one in end.notices] == (
        [(ALERT_RESOLVED, DELETED, WEBHOOKS)] if knows else []
    )


def test_a_resolved_notice_goes_to_those_that_had_the_firing_one() -> None:
    met = Reading(0, True, 2.0)
    fired = evaluated(Standing(since=START), Policy(webhooks=WEBHOOKS[:1]), met, moment(1), uuid.uuid4)
    over = evaluated(fired.standing, Policy(webhooks=WEBHOOKS[1:]), Reading(1, False, 0.0), moment(2), uuid.uuid4)
    assert [one.webhooks for one in (*fired.notices, *over.notices)] == [WEBHOOKS[:1], WEBHOOKS[:1]]
