"""Lists of sessions: filters, pages and exact totals against every session looked at."""

from __future__ import annotations

import random

import orjson

from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import from_ms
from libs.httpkit.times import format_time
from libs.projections.generations import ReadModel
from services.workflows.engine.session import SessionState
from services.workflows.sessions.counts import OPEN, Range, SessionCounts, SessionFilter
from services.workflows.sessions.model import SESSIONS_MODEL, minute_of
from services.workflows.sessions.reads import Place, SessionReads
from tests.support.records import START_MS
from tests.support.workflows.sessions import SessionsWorld, advanced, session_id, started, stored

DAY_MS = 86_400_000


async def some_sessions(world: SessionsWorld, rng: random.Random) -> list[SessionState]:
    """Sessions of two workflows over some days, some at the same time, some ended, some of one unit of work."""
    records = []
    for number in range(120):
        at_ms = rng.choice((0, 1, 59_999, 60_000, rng.randrange(3 * DAY_MS)))
        workflow, uow_id = rng.choice(("order-paid", "tell")), rng.choice((None, "one"))
        records.append(stored(started(number, at_ms, workflow=workflow, uow_id=uow_id)))
        if rng.random() < 0.6:
            records.append(stored(advanced(number, 1, status=rng.choice(("completed", "failed")))))
    await world.apply(records)
    reads = SessionReads(ReadModel(world.requests, WORKFLOWS, SESSIONS_MODEL))
    return [(await reads.one("default", session_id(number))).state for number in range(120)]


def is_wanted(state: SessionState, wanted: SessionFilter) -> bool:
    return (
        wanted.started.from_ms <= state.started.at < wanted.started.to_ms
        and wanted.workflow in (None, state.started.workflow)
        and wanted.status in (None, state.status)
        and wanted.uow_id in (None, state.started.uow_id)
    )


async def test_pages_and_totals_are_those_of_every_session_looked_at(world: SessionsWorld) -> None:
    rng = random.Random(1)
    states = await some_sessions(world, rng)
    reads = SessionReads(ReadModel(world.requests, WORKFLOWS, SESSIONS_MODEL))
    for _ in range(40):
        first = START_MS + rng.choice((-1, 0, 1, 59_999, rng.randrange(2 * DAY_MS)))
        bounds = rng.choice((Range(), Range(first, first + rng.choice((0, 1, 60_001, DAY_MS))), Range(from_ms=first)))
        wanted = SessionFilter(
            started=bounds,
            workflow=rng.choice((None, "order-paid")),
            status=rng.choice((None, "running", "failed")),
            uow_id=rng.choice((None, None, "one")),
        )
        expected = sorted(
            (Place(one.started.at, one.session_id) for one in states if is_wanted(one, wanted)), reverse=True
        )
        shown: list[str] = []
        place: Place | None = None
        while True:
            page = await reads.page("default", wanted, place, 30)
            shown += [orjson.loads(one)["sessionId"] for one in page.shown]
            assert page.total == len(expected)
            if (place := page.last) is None:
                break
        assert shown == [one.session_id for one in expected]


async def test_nothing_of_another_tenant_is_found(world: SessionsWorld) -> None:
    await some_sessions(world, random.Random(1))
    model = ReadModel(world.requests, WORKFLOWS, SESSIONS_MODEL)
    assert await SessionReads(model).find("acme", session_id(1)) is None
    assert (await SessionReads(model).page("acme", SessionFilter(), None, 10)).total == 0
    assert await SessionCounts(model).open("acme") == 0


async def test_open_sessions_and_those_of_the_last_day_are_counted(world: SessionsWorld) -> None:
    states = await some_sessions(world, random.Random(2))
    counts = SessionCounts(ReadModel(world.requests, WORKFLOWS, SESSIONS_MODEL))
    assert await counts.open("default") == sum(one.status in OPEN for one in states)
    found = await counts.last_day("default", START_MS + DAY_MS)
    assert found["tell"]["failed"] == sum(
        one.started.workflow == "tell"
        and one.status == "failed"
        and 0 <= minute_of(START_MS + DAY_MS) - minute_of(one.started.at) < 24 * 60
        for one in states
    )


async def test_a_summary_has_times_as_the_product_writes_them(world: SessionsWorld) -> None:
    await world.apply([stored(started("a")), stored(advanced("a", 1, status="completed"))])
    reads = SessionReads(ReadModel(world.requests, WORKFLOWS, SESSIONS_MODEL))
    (shown,) = (await reads.page("default", SessionFilter(), None, 10)).shown
    assert orjson.loads(shown)["startedAt"] == format_time(from_ms(START_MS))
    assert orjson.loads(shown)["durationMs"] == 1
