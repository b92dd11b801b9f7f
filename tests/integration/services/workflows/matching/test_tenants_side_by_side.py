"""A condition of one tenant that takes its time holds up no other tenant's waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from libs.background.backoff import Backoff
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, EventMatched, decode_session_record
from libs.eventlog.memory import MemoryEventLog
from services.workflows.matching.matcher import Watch
from services.workflows.matching.matching import Matching
from services.workflows.matching.recent import RecentEvents
from services.workflows.matching.waits import OpenWaits
from services.workflows.sessions.records import session_record
from services.workflows.task_types.wait_for_event import LOOK_BACK_MS
from tests.support.gateway.records import publish, read_topic
from tests.support.records import START_MS
from tests.support.waiting import eventually
from tests.support.workflows.matching import event_record, waiting
from tests.support.workflows.sessions import SessionsWorld, opened_world, session_id, started


class Slow:
    """Conditions that are true once `go` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked = 0

    async def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        self.asked += 1
        return await self.go.wait()


@pytest.fixture
async def world(log: MemoryEventLog, service_url: str) -> AsyncIterator[SessionsWorld]:
    """The database of a matcher over a log in memory."""
    async with opened_world(service_url, log) as found:
        yield found


@asynccontextmanager
async def watching(world: SessionsWorld, conditions: Slow) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    matching = Matching(OpenWaits(), RecentEvents(LOOK_BACK_MS), conditions)
    backoff = Backoff(stopping, first_s=0.1, limit_s=1.0)
    watch = Watch(world.log, world.projector, matching, member="m", stopping=stopping, backoff=backoff)
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        conditions.go.set()
        stopping.set()
        await task


async def served(world: SessionsWorld) -> list[str]:
    """The sessions that got their events."""
    records = [decode_session_record(record.value) for record in await read_topic(world.log, WORKFLOW_SESSIONS)]
    return sorted(one.session_id for one in records if isinstance(one, EventMatched))


async def test_a_slow_condition_holds_up_its_own_tenant_alone(world: SessionsWorld) -> None:
    now = time.time_ns() // 1_000_000 - START_MS
    slow, quick = session_id("slow"), session_id("quick")
    records: list[tuple[str, AnyRecord]] = [
        ("default", started("slow", now)),
        ("default", waiting("slow", 1, "A", since_ms=now, where="slow")),
        ("other", started("quick", now)),
        ("other", waiting("quick", 1, "A", since_ms=now)),
    ]
    await publish(world.log, [session_record(t, f"{t}:{one.session_id}", "u", one) for t, one in records])
    conditions = Slow()

    async def are(*expected: str) -> bool:
        return await served(world) == sorted(expected)

    async with watching(world, conditions):
        await publish(world.log, [event_record(1, now)])
        await eventually(lambda: conditions.asked)
        await publish(world.log, [event_record(2, now, tenant_id="other")])
        await eventually(lambda: are(quick))
        conditions.go.set()
        await eventually(lambda: are(quick, slow))
