"""The law of `matches`: any split and any repetition of a partition's records leave the same tables and results."""

from __future__ import annotations

import msgspec
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.monitoring.matches import store, walk
from services.monitoring.matches.results import result_of
from services.monitoring.matches.state import pack
from services.monitoring.matches.versions import rules_of
from services.monitoring.matches.walk import Arrived, PartitionWalk
from tests.support.monitoring.definitions import definition, pattern
from tests.support.monitoring.matches import ROOM, MatchesWorld
from tests.support.monitoring.streams import TENANT, closing, hit, step, tick, walked_at_once

TABLES = ("keys", "clocks", "closings", "open_matches", "counts", "seen")
VERSIONS = {
    (TENANT, 1, 1): definition("a", "b", "c", name="one", threshold_in_ms=8_000),
    (TENANT, 1, 2): definition("a", "c", name="one", threshold_in_ms=3_000),
    (TENANT, 2, 1): definition("a", pattern("x", is_blacklisted=True), "b", name="two", threshold_in_ms=60_000),
}
RULES = {
    (TENANT, 1): {version: rules_of(version, VERSIONS[TENANT, 1, version]) for version in (1, 2)},
    (TENANT, 2): {1: rules_of(1, VERSIONS[TENANT, 2, 1])},
}


@st.composite
def streams(draw: st.DrawFn) -> list[Arrived]:
    """Steps of a few keys, ticks among them, repeats and a closing; accept times only ever grow."""
    events: list[Arrived] = []
    now = 10_000
    for offset in range(draw(st.integers(1, 40))):
        now += draw(st.integers(0, 4_000))
        kind = draw(st.integers(0, 9))
        if kind == 0 and events:
            events.append(draw(st.sampled_from(events)))
        elif kind == 1:
            version = draw(st.integers(2, 3))
            events.append(closing(offset, draw(st.integers(1, 2)), now, version=version, deleted=draw(st.booleans())))
        elif kind <= 4:
            events.append(tick(offset, now - draw(st.integers(0, 2_000))))
        else:
            events.append(_step(draw, offset, now))
    return [*events, tick(100, now + draw(st.integers(0, 100_000)))]


def _step(draw: st.DrawFn, offset: int, now: int) -> Arrived:
    version = draw(st.integers(1, 2))
    steps = draw(st.integers(1, 7))
    hits = [hit(1, steps, version=version)]
    if version == 2 and draw(st.booleans()):
        hits.append(hit(1, draw(st.integers(1, 7)), version=1, current=False))
    if draw(st.booleans()):
        hits.append(hit(2, draw(st.integers(0, 7)), globals_=draw(st.integers(0, 1))))
    event_at = now - draw(st.integers(0, 9_000))
    return step(offset, draw(st.sampled_from("klmnopq")), *hits, event_at=event_at, accepted_at=now)


@pytest.mark.parametrize("keys_of_a_tick", [5_000, 1])
@given(events=streams(), cuts=st.lists(st.integers(0, 40), max_size=6), again=st.integers(0, 40))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_split_and_repetition_comes_to_the_same(
    world: MatchesWorld,
    monkeypatch: pytest.MonkeyPatch,
    keys_of_a_tick: int,
    events: list[Arrived],
    cuts: list[int],
    again: int,
) -> None:
    for module in (store, walk):
        monkeypatch.setattr(module, "KEYS_OF_A_TICK", keys_of_a_tick)
    await world.truncate((*TABLES, "monitoring.object_versions"))
    await world.define(VERSIONS)
    whole = walked_at_once(events, RULES, room=ROOM)
    ends = sorted({*(min(cut, len(events)) for cut in cuts), len(events)})
    published = []
    for start, end in zip([0, *ends], ends, strict=False):
        published += await world.fold(events[start:end])
    assert [orjson.loads(record.value or b"") for record in published] == _results(whole)
    assert await world.rows("open_matches") == _open_counts(whole)
    assert [row for row in await world.rows("keys") if row[4]] == _waiting(whole)
    assert await world.rows("counts") == _counts(whole)
    assert all(row[4] or int(str(row[5])) > whole.clock_ms for row in await world.rows("keys"))
    stored = {table: await world.rows(table) for table in TABLES}
    assert await world.fold([one for one in events[:again] if one.match_key not in ("tick-0", "closing-0")]) == []
    assert {table: await world.rows(table) for table in TABLES} == stored


def _waiting(whole: PartitionWalk) -> list[tuple[object, ...]]:
    return sorted(
        (*key, 0, True, whole.due_or_forgotten_ms(key), pack(state))
        for key, state in whole.touched.items()
        if state.waits
    )


def _results(whole: PartitionWalk) -> list[object]:
    found = [result_of(key, end, VERSIONS[*key[:2], end.match.version]) for key, end in whole.ended]
    return [orjson.loads(msgspec.json.encode(one)) for one in found]


def _open_counts(whole: PartitionWalk) -> list[tuple[object, ...]]:
    named = {key[:2] for key in whole.touched} | {key for key, found in whole.definitions.items() if found.closings}
    return sorted((*key, 0, whole.definitions[key].open_count) for key in named)


def _counts(whole: PartitionWalk) -> list[tuple[object, ...]]:
    return sorted(
        (*key, minute, 0, tally.opened, tally.late, tally.not_opened)
        for key, found in whole.definitions.items()
        for minute, tally in found.tallies.items()
    )
