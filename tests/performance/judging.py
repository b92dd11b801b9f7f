"""The pure half of monitoring: records beside 100 definitions through the gate's index, and on through the matcher.

Records are decoded before, as they are in a batch; the rates are by this process's own CPU time.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

from libs.contracts.critical_interactions import COMPLETED
from libs.contracts.monitoring_steps import Hit
from services.monitoring.gate.gate_index import GateIndex, hits
from services.monitoring.gate.properties import Properties
from services.monitoring.matches.matcher import DefinitionMatches, Ended, Held, KeyState, KeyWalk, Rules
from tests.performance.ground import Ground
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report
from tests.support.monitoring.definitions import definition, having, in_force, pattern

_DEFINITIONS, _MANY, _EVENTS, _USERS, _RECORDS = 100, 10_000, 4, 50, 100_000
_WATERMARK_MS, _STEP_MS = 5_000, 10
_PER_S, _LOOK_UP_US = 100_000.0, 1.0
_DATA = b'{"total": 12.5, "currency": "EUR", "items": 3, "address": {"city": "City 9", "zip": "00001"}}'


async def measure_judging(_ground: Ground, options: Options, report: Report) -> None:
    """Add the lines of records that concern one definition, and of those that concern none."""
    index = _index(_DEFINITIONS)
    _add_rate(report, "gate index", [_judge(index) for _ in range(options.rounds)])
    _add_rate(report, "gate index and matcher", [_match(index) for _ in range(options.rounds)])
    _add_look_up(report, _DEFINITIONS, [_look_up(index) for _ in range(options.rounds)])
    many = _index(_MANY)
    _add_look_up(report, _MANY, [_look_up(many) for _ in range(options.rounds)])


def _index(count: int) -> GateIndex:
    """Return the index of definitions of four events with two filters each, one of either kind."""
    props = having("currency", "EUR"), having("address.city", "CITY", "STARTSWITH")
    whats = (definition(*(pattern(f"TYPE{at}.ACTION{step}", *props) for step in range(_EVENTS))) for at in range(count))
    return GateIndex((in_force(what, definition_id=at) for at, what in enumerate(whats)), watermark_ms=_WATERMARK_MS)


def _names() -> Sequence[tuple[str, str]]:
    """Return the names of the records, so that each definition's users go through its events in their order."""
    return [(f"TYPE{at % _DEFINITIONS}", f"ACTION{at // (_DEFINITIONS * _USERS) % _EVENTS}") for at in range(_RECORDS)]


def _records() -> Sequence[Properties]:
    attributes: dict[str, str | None] = {"resourceType": "ORDER", "resourceId": "o-1", "uowId": "u", "origin": "WEBAPP"}
    records = [
        Properties(_DATA, {**attributes, "userId": f"user-{at // _DEFINITIONS % _USERS}"}) for at in range(_RECORDS)
    ]
    for record in records:
        record.field("currency")
    return records


def _judge(index: GateIndex) -> float:
    """Records per second through the index alone."""

    def judge() -> None:
        found = 0
        for (name, action), record in zip(names, records, strict=True):
            found += len(hits(index.find("default", name, action), record, 1))
        assert found == _RECORDS

    names, records = _names(), _records()
    return _RECORDS / _cpu_s(judge)


def _match(index: GateIndex) -> float:
    """Records per second through index and matcher; each moves the clock of its key, and every match is completed."""

    def match() -> None:
        for at, ((name, action), record) in enumerate(zip(names, records, strict=True)):
            for key, its in hits(index.find("default", name, action), record, 1).items():
                for hit in its:
                    walk = _walk_of(walks, matches, hit, key)
                    walk.advance(at * _STEP_MS)
                    walk.add(_held(at, hit), at * _STEP_MS)

    names, records = _names(), _records()
    walks: dict[tuple[int, str], KeyWalk] = {}
    matches: dict[int, DefinitionMatches] = {}
    used_s = _cpu_s(match)
    ended = [one for walk in walks.values() for one in _finished(walk)]
    assert len(ended) == _RECORDS / _EVENTS
    assert all(one.outcome == COMPLETED for one in ended)
    return _RECORDS / used_s


def _look_up(index: GateIndex) -> float:
    """Microseconds of a record that no definition names."""

    def look_up() -> None:
        for name, action in names:
            if index.find("default", name, action):
                raise AssertionError

    names = [(f"TYPE{at % _DEFINITIONS}", "READ") for at in range(_RECORDS)]
    return _cpu_s(look_up) / _RECORDS * 1_000_000


def _walk_of(
    walks: dict[tuple[int, str], KeyWalk], matches: dict[int, DefinitionMatches], hit: Hit, key: str
) -> KeyWalk:
    place = hit.definition_id, key
    walk = walks.get(place)
    if walk is None:
        if hit.definition_id not in matches:
            rules = Rules(version=1, forbidden=(False,) * _EVENTS, threshold_ms=10**9)
            matches[hit.definition_id] = DefinitionMatches({1: rules}, room=100_000)
        walk = walks[place] = KeyWalk(matches[hit.definition_id], KeyState())
    return walk


def _finished(walk: KeyWalk) -> Sequence[Ended]:
    walk.advance(_RECORDS * _STEP_MS + _WATERMARK_MS)
    return walk.ended


def _held(at: int, hit: Hit) -> Held:
    at_ms = at * _STEP_MS
    return Held(
        event_at=at_ms,
        accepted_at=at_ms,
        number=at,
        topic="waymark.interactions.v1",
        partition=0,
        offset=at,
        met_at=at_ms,
        released_at=at_ms + _WATERMARK_MS,
        id="0199439c-0440-70db-8d54-f9add9ea5f62",
        source="interaction",
        name="TYPE1.ACTION1",
        uow_id="u",
        hits=(hit,),
    )


def _cpu_s(work: Callable[[], None]) -> float:
    """Return the CPU time of the work; the collector does not look through the records that wait for it."""
    gc.collect()
    gc.freeze()
    begun_s = time.process_time()
    work()
    used_s = time.process_time() - begun_s
    gc.unfreeze()
    return used_s


def _add_rate(report: Report, what: str, ours: Sequence[float]) -> None:
    report.add(
        Line(
            what=f"{what}, {_DEFINITIONS} definitions, each record concerns one",
            log=NO_LOG,
            unit="records/s",
            ours=ours,
            beside=f"{1_000_000 / median(ours):.1f} µs/record",
            promise=f"≥ {_PER_S:,.0f}/s together",
            holds=median(ours) >= _PER_S,
        )
    )


def _add_look_up(report: Report, definitions: int, ours: Sequence[float]) -> None:
    report.add(
        Line(
            what=f"a record that none of {definitions:,} definitions names",
            log=NO_LOG,
            unit="µs",
            ours=ours,
            promise=f"≤ {_LOOK_UP_US:g} µs",
            holds=median(ours) <= _LOOK_UP_US,
        )
    )
