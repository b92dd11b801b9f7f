"""Followers of sessions: told what they wait for, whatever came before they knew the session, and no other's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.contracts.topics import MANIFEST, WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from libs.httpkit.errors import Unavailable
from services.workflows.engine.session import SessionState, fold
from services.workflows.running.waiters import Follower, Waiters
from services.workflows.sessions.reads import Known
from services.workflows.sessions.records import session_record
from tests.support.waiting import eventually
from tests.support.workflows.sessions import advanced, result, session_id, started

TENANT = "acme"


def key_of(name: object) -> str:
    return f"{TENANT}:{session_id(name)}"


def has_ended(state: SessionState) -> bool:
    return not state.is_open


@pytest.fixture
async def log() -> MemoryEventLog:
    log = MemoryEventLog()
    await log.ensure_topics(MANIFEST)
    return log


@pytest.fixture
async def waiters(log: MemoryEventLog) -> AsyncIterator[Waiters]:
    waiters = Waiters(log, limit=2)
    await waiters.start()
    yield waiters
    await waiters.stop()


async def append(log: MemoryEventLog, name: object, *records: AnyRecord, key: str | None = None) -> None:
    await log.append([session_record(TENANT, key or key_of(name), "u", record) for record in records])


async def test_a_follower_of_a_new_session_is_told_of_its_end(log: MemoryEventLog, waiters: Waiters) -> None:
    with waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=True) as follower:
        await append(log, "b", started("b"), advanced("b", 1, status="completed"))
        await append(log, "a", started("a"), advanced("a", 1, results=(result(),), status="completed"))
        assert await follower.until(has_ended, 60)
    assert follower.state is not None
    assert follower.state.session_id == session_id("a")
    assert follower.reached is not None
    place, next_offset = follower.reached
    assert next_offset == (await log.end_offsets([WORKFLOW_SESSIONS]))[place]


async def test_sessions_under_one_key_are_told_apart(log: MemoryEventLog, waiters: Waiters) -> None:
    with waiters.follow(TENANT, "acme:w", session_id("a"), is_new=True) as follower:
        await append(log, "b", started("b"), advanced("b", 1, status="failed"), key="acme:w")
        await append(log, "a", started("a"), advanced("a", 1, status="completed"), key="acme:w")
        assert await follower.until(has_ended, 60)
    assert follower.state is not None
    assert follower.state.status == "completed"


async def test_what_came_while_a_session_was_looked_up_is_folded_on_top(log: MemoryEventLog, waiters: Waiters) -> None:
    await append(log, "a", started("a"))
    with waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=False) as follower:
        await append(log, "a", advanced("a", 1), advanced("a", 2, status="completed"))
        await _read_on(log, waiters)
        (place, end), *_ = [(at, end) for at, end in waiters.positions.items() if end]
        known = fold(None, started("a"), tenant_id=TENANT, key=key_of("a"))
        assert known is not None
        known = fold(known, advanced("a", 1), tenant_id=TENANT, key=key_of("a"))
        assert known is not None
        follower.begin(Known(known, place, end - 1, end - 1))
        assert follower.state is not None
        assert (follower.state.status, follower.state.seq) == ("completed", 2)


async def test_one_that_waits_for_nothing_that_comes_is_told_so_in_time(waiters: Waiters) -> None:
    with waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=True) as follower:
        assert not await follower.until(has_ended, 0.01)


async def test_nobody_waits_beyond_the_end_of_the_process(log: MemoryEventLog) -> None:
    waiters = Waiters(log, limit=2)
    await waiters.start()
    with waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=True) as follower:
        await waiters.stop()
        assert not await follower.until(has_ended, 60)


async def test_an_unreadable_record_is_passed_over(log: MemoryEventLog, waiters: Waiters) -> None:
    with waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=True) as follower:
        await log.append([Record(WORKFLOW_SESSIONS.name, key_of("a"), b"?", (), 1)])
        await append(log, "a", started("a"), advanced("a", 1, status="completed"))
        assert await follower.until(has_ended, 60)


def test_so_many_are_followed_at_most(waiters: Waiters) -> None:
    def follow(name: str) -> Follower:
        with waiters.follow(TENANT, key_of(name), session_id(name), is_new=True) as follower:
            return follower

    follow("a")
    with (
        waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=True),
        waiters.follow(TENANT, key_of("a"), session_id("a"), is_new=True),
        pytest.raises(Unavailable),
    ):
        follow("b")


async def _read_on(log: MemoryEventLog, waiters: Waiters) -> None:
    """Return once the tail has come to the end."""
    ends = await log.end_offsets([WORKFLOW_SESSIONS])

    async def is_level() -> bool:
        return waiters.positions == ends

    await eventually(is_level)
