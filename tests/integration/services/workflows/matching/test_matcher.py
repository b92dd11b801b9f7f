"""The matcher over real logs: events that came before it, after it and while it was away find their waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from libs.contracts.topics import EVENTS, MANIFEST, WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, EventMatched, decode_session_record
from libs.eventlog.port import EventLog
from services.workflows.matching.matcher import Matcher
from services.workflows.sessions.records import session_record
from services.workflows.settings import WorkflowSettings
from tests.support.gateway.records import publish, read_topic
from tests.support.logs import EITHER_LOG, started_log
from tests.support.read_models import projecting
from tests.support.records import START_MS
from tests.support.waiting import eventually
from tests.support.workflows.matching import event_id, event_record, waiting
from tests.support.workflows.sessions import PROJECTION, SessionsWorld, opened_world, started


@pytest.fixture(params=EITHER_LOG)
def new_log(request: pytest.FixtureRequest, service_url: str) -> AbstractAsyncContextManager[EventLog]:
    """A log of each kind, not started."""
    if request.param == "postgres":
        return started_log(request.param, service_url, MANIFEST)
    address, prefix = request.getfixturevalue("kafka_bootstrap"), request.getfixturevalue("topic_prefix")
    return started_log(request.param, address, MANIFEST, prefix=prefix)


@pytest.fixture
async def world(new_log: AbstractAsyncContextManager[EventLog], service_url: str) -> AsyncIterator[SessionsWorld]:
    """The read model of sessions, running over each log."""
    async with new_log as log, opened_world(service_url, log) as found, projecting(found, PROJECTION):
        yield found


@asynccontextmanager
async def matching(world: SessionsWorld, settings: WorkflowSettings) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(Matcher(settings).run(world.log, world.projector, stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


async def publish_sessions(log: EventLog, *records: AnyRecord) -> None:
    await publish(log, [session_record("default", f"default:{one.session_id}", "u", one) for one in records])


async def matches(log: EventLog) -> list[tuple[str, str]]:
    """Task and event of every match, in the order of the log."""
    records = [decode_session_record(record.value) for record in await read_topic(log, WORKFLOW_SESSIONS)]
    return [(one.task, one.event_id) for one in records if isinstance(one, EventMatched)]


def now_ms() -> int:
    """The time from the tests' start to now."""
    return time.time_ns() // 1_000_000 - START_MS


async def test_events_find_waits_before_and_after_and_while_nobody_matches(
    world: SessionsWorld, settings: WorkflowSettings
) -> None:
    async def are(*expected: tuple[str, str]) -> bool:
        return sorted(await matches(world.log)) == sorted(expected)

    begun = now_ms()
    await publish(world.log, [event_record(1, begun)])
    await publish_sessions(world.log, started("s", begun), waiting("s", 1, "A", since_ms=begun))
    async with matching(world, settings):
        await eventually(lambda: are(("A", event_id(1))))
        await publish_sessions(world.log, waiting("s", 2, "B", since_ms=begun))
        await publish(world.log, [event_record(2, now_ms())])
        await eventually(lambda: are(("A", event_id(1)), ("B", event_id(2))))
        await eventually(lambda: noted(world))

    await publish(world.log, [event_record(3, now_ms())])
    await publish_sessions(world.log, waiting("s", 3, "C", since_ms=begun))
    async with matching(world, settings):
        await eventually(lambda: are(("A", event_id(1)), ("B", event_id(2)), ("C", event_id(3))))


async def noted(world: SessionsWorld) -> bool:
    """Whether the matcher has noted of every partition how far it is."""
    async with world.projector.transaction() as conn:
        count = await conn.fetchval("SELECT count(*) FROM workflows.matcher_positions")
    return bool(count == len(await world.log.end_offsets((EVENTS,))))
