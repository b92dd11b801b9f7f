"""Events find the waits of sessions, in whatever order the two are read, and an event serves a session once."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from libs.contracts.workflow_sessions import (
    AnyRecord,
    EventMatched,
    RetryRequested,
    decode_session_record,
)
from libs.eventlog.port import Record, StoredRecord
from libs.records.sessions import KeyedRecord
from services.workflows.engine.session import SessionState, fold
from services.workflows.matching.matching import Matching
from services.workflows.matching.recent import RecentEvents, event_in
from services.workflows.matching.waits import OpenWaits
from services.workflows.task_types.model import TaskFailed
from tests.support.records import START_MS
from tests.support.workflows.matching import TYPE, event_id, stored_event, waiting
from tests.support.workflows.sessions import ANN, advanced, result, session_id, started

T = "default"
TEN_MINUTES_MS = 600_000


class Totals:
    """Knows one condition: that the event's total is at least the input's."""

    async def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        assert expression == "event.payload.total >= input.total"
        if "total" not in variables["event"]["payload"]:
            raise TaskFailed("expression_error", "there is no total")
        return variables["event"]["payload"]["total"] >= variables["input"]["total"]


class Scene:
    """A matcher whose matches are read back, and sessions folded as executors fold them."""

    def __init__(self) -> None:
        self.matching = Matching(OpenWaits(), RecentEvents(TEN_MINUTES_MS), Totals())
        self.states: dict[str, SessionState] = {}
        self.served: list[tuple[str, str]] = []

    async def see(self, *seen: AnyRecord | StoredRecord) -> None:
        """Read records of sessions and events, one after the other."""
        for one in seen:
            if isinstance(one, StoredRecord):
                event = event_in(one)
                assert event is not None
                await self._read_back(await self.matching.with_waits(event, START_MS))
            else:
                await self._take(one)

    async def _read_back(self, matches: Sequence[Record]) -> None:
        for match in matches:
            await self._take(decode_session_record(match.value))

    async def _take(self, record: AnyRecord) -> None:
        before = self.states.get(record.session_id)
        after = fold(before, record, tenant_id=T, key="k")
        if isinstance(record, EventMatched) and after is not before:
            self.served.append((record.task, record.event_id))
        if after is not None:
            self.states[record.session_id] = after
        opened = self.matching.waits.apply(KeyedRecord(T, "k", record))
        await self._read_back(await self.matching.with_events(opened, START_MS))


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_an_event_between_the_start_and_the_wait_is_not_missed_and_one_before_the_start_not_used(
    scene: Scene,
) -> None:
    await scene.see(stored_event(1, 0), stored_event(2, 10), started("s", 5), waiting("s", 1, "A", since_ms=5))
    assert scene.served == [("A", event_id(2))]


async def test_an_event_serves_a_session_once_and_every_session(scene: Scene) -> None:
    await scene.see(started("s"), started("r"), waiting("s", 1, "A", "B"), waiting("r", 1, "C"))
    await scene.see(stored_event(1, 1))
    assert scene.served == [("A", event_id(1)), ("C", event_id(1))]
    await scene.see(stored_event(2, 2), stored_event(3, 3))
    assert scene.served[2:] == [("B", event_id(2))]


async def test_correlation_and_condition_choose(scene: Scene) -> None:
    where, given = "event.payload.total >= input.total", msgspec.Raw(b'{"total": 5}')
    await scene.see(started("s"), waiting("s", 1, "A", correlation_id="c-2"))
    await scene.see(waiting("s", 2, "B", where=where, input=given))
    await scene.see(stored_event(1, payload={"total": 4}), stored_event(2, payload={}))
    assert scene.served == []
    await scene.see(stored_event(3, correlation_id="c-2"), stored_event(4, payload={"total": 5}))
    assert scene.served == [("A", event_id(3)), ("B", event_id(4))]


async def test_an_event_offered_in_vain_serves_another_wait(scene: Scene) -> None:
    event = event_in(stored_event(1, 1))
    assert event is not None
    await scene.see(started("s"), waiting("s", 1, "A", "B"))
    (offered,) = await scene.matching.with_waits(event, START_MS)
    theirs = EventMatched(
        session_id=session_id("s"), at=0, task="A", round=1, attempt=1, event_id=event_id(9), event=msgspec.Raw(b"{}")
    )
    await scene.see(theirs, decode_session_record(offered.value))
    assert scene.served == [("A", event_id(9)), ("B", event_id(1))]


async def test_what_ended_waits_no_more(scene: Scene) -> None:
    await scene.see(started("s"), waiting("s", 1, "A", "B"))
    await scene.see(advanced("s", 1, results=(result("B"),)))
    await scene.see(advanced("s", 2, results=(result("A", error="wait_timeout"),)), stored_event(1))
    await scene.see(waiting("s", 3, "C"), advanced("s", 4, status="cancelled"), stored_event(2))
    assert scene.served == [("B", event_id(1))]
    assert scene.matching.waits.of((T, TYPE)) == ()
    assert not scene.matching.waits.knows(session_id("s"))


async def test_a_session_that_goes_on_is_adopted_with_what_served_it(scene: Scene) -> None:
    await scene.see(started("s"), waiting("s", 1, "A"), stored_event(1), advanced("s", 2, status="failed"))
    again = RetryRequested(session_id=session_id("s"), at=START_MS, by=ANN, round=2, tasks=("A",), deadline=START_MS)
    state = fold(scene.states[session_id("s")], again, tenant_id=T, key="k")
    assert state is not None
    scene.states[session_id("s")] = state
    assert scene.matching.waits.adopt(state) == []
    await scene.see(waiting("s", 3, "A"))
    assert scene.served == [("A", event_id(1))]
    await scene.see(stored_event(2))
    assert scene.served[1:] == [("A", event_id(2))]


@pytest.mark.parametrize("seed", range(20))
async def test_any_order_of_reading_serves_as_many_waits_as_there_are_events(scene: Scene, seed: int) -> None:
    rng = random.Random(seed)
    names, events = range(rng.randint(1, 3)), [stored_event(number, number) for number in range(rng.randint(0, 5))]
    records: list[AnyRecord] = [started(name) for name in names]
    waits = {name: [f"{name}.{at}" for at in range(rng.randint(0, 5))] for name in names}
    records += [waiting(name, seq, task) for name in names for seq, task in enumerate(waits[name], start=1)]
    streams: list[list[Any]] = [records, list(events)]
    while any(streams):
        await scene.see(rng.choice([stream for stream in streams if stream]).pop(0))
    for name in names:
        served = [event for task, event in scene.served if task in waits[name]]
        assert len(served) == len(set(served)) == min(len(waits[name]), len(events))


def test_of_events_of_long_ago_only_awaited_types_are_kept_and_those_for_ten_minutes() -> None:
    recent, key = RecentEvents(TEN_MINUTES_MS), (T, TYPE)
    early, late = event_in(stored_event(1, 0)), event_in(stored_event(2, 1_000))
    assert early is not None
    assert late is not None
    recent.add(early)
    recent.add(late)
    recent.learn(frozenset(), START_MS + 500, START_MS + 500)
    recent.add(early)
    assert recent.of(key) == (late,)
    recent.learn(frozenset((key,)), START_MS + 2_000, START_MS + 2_000)
    recent.add(early)
    assert recent.of(key) == (late, early)
    recent.learn(frozenset((key,)), START_MS + 2_000 + TEN_MINUTES_MS, START_MS + 2_000 + TEN_MINUTES_MS)
    assert (recent.of(key), recent.size_bytes) == ((), 0)


def test_the_oldest_make_room() -> None:
    recent = RecentEvents(TEN_MINUTES_MS, max_bytes=1_200)
    events = [event_in(stored_event(number)) for number in range(4)]
    for event in events:
        assert event is not None
        recent.add(event)
    assert recent.of((T, TYPE)) == tuple(events[-2:])
