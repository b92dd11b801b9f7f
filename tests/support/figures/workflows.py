"""The figures of workflows: of an executor at work, of starts that wait for it, of callers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec

from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import current_ms
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import CancelRequested
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.service.setup import setup_service
from services.workflows.definitions.compiling import compile_workflow
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.engine.presence import Load, Presence, WaitingStarts
from services.workflows.running.waiters import Waiters
from services.workflows.service import SERVICE
from services.workflows.task_types.model import Call, Completed, Outcome, TaskFailed, TaskType, TypeFace
from services.workflows.task_types.registry import built_in_types
from services.workflows.task_types.tools import Tools
from tests.support.figures.parts import OLDEST_S
from tests.support.waiting import eventually
from tests.support.workflows.executing import BY, Workbench
from tests.support.workflows.sessions import session_id

_OWN: Final = TypeFace(
    type="figured", title="Figured", description="", fields={"type": "object"}, outputs={}, effect="pure"
)


@dataclass
class _Own:
    """A tenant's type: `fails` comes right at the second attempt, `holds` goes on until it is cut."""

    face: TypeFace = _OWN
    begun: list[str] = field(default_factory=list)

    async def run(self, call: Call) -> Outcome:
        self.begun.append(call.task)
        if call.task == "holds":
            await asyncio.Event().wait()
        if call.task == "fails" and call.attempt == 1:
            raise TaskFailed("away", "not there", retryable=True)
        return Completed({})

    def find(self, text: str) -> TaskType | None:
        return cast("TaskType", self) if text == _OWN.type else built_in_types().find(text)


@asynccontextmanager
async def two_starts_that_wait_for_long(url: str) -> AsyncIterator[None]:
    """An executor that has begun neither; the older one was accepted two hours ago."""
    async with _presence_database(url) as db:
        waiting = WaitingStarts(2, int((time.time() - OLDEST_S) * 1_000))
        await Presence(db, "figures", lambda: Load(waiting)).tell()
        yield


@asynccontextmanager
async def three_sessions_ended_and_one_that_runs_its_tasks_one_at_a_time(url: str) -> AsyncIterator[None]:
    """One completed after an attempt more and a delay, one failed, one was cancelled while it waited."""
    log, own = MemoryEventLog(), _Own()
    await log.ensure_topics([WORKFLOW_SESSIONS])
    bench = Workbench(log, cast("Tools", None))
    once_more = {"type": "figured", "retry": {"maxAttempts": 2, "initialMs": 10}}
    workflows = {
        "completes": {"fails": once_more, "pauses": {"type": "delay", "body": {"seconds": 0.01}}},
        "does not": {"calls": {"type": "call-workflow", "body": {"workflow": "nowhere"}}},
        "waits": {"pauses": {"type": "delay", "body": {"seconds": 3_000}}},
        "goes on": {"holds": {"type": "figured"}, "holds too": {"type": "figured"}},
    }
    for name, tasks in workflows.items():
        bench.workflows[name] = compile_workflow(msgspec.convert({"tasks": tasks}, WorkflowDefinition), own)
    async with _presence_database(url) as db, bench.executor(tasks=1) as execution:
        for name in ("completes", "does not", "waits"):
            await bench.start(name, name)
        await eventually(lambda: _is_waiting(bench))
        await bench.append("waits", CancelRequested(session_id="waits", at=current_ms(), by=BY))
        for name in ("completes", "does not", "waits"):
            await bench.ended(name)
        await bench.start("goes on", "goes on")
        await eventually(lambda: execution.load().running == 1 and execution.load().waiting == 1)
        await Presence(db, "figures", execution.load).tell()
        yield


async def _is_waiting(bench: Workbench) -> bool:
    return (await bench.states())["waits"].status_of("pauses") == "waiting"


@asynccontextmanager
async def two_callers_that_wait(_url: str) -> AsyncIterator[None]:
    """Of three, one of which has gone."""
    log = MemoryEventLog()
    await log.ensure_topics([WORKFLOW_SESSIONS])
    waiters = Waiters(log, limit=3)
    with (
        waiters.follow("acme", "a", session_id("a"), is_new=True),
        waiters.follow("acme", "b", session_id("b"), is_new=True),
    ):
        with waiters.follow("acme", "c", session_id("c"), is_new=True):
            pass
        yield


@asynccontextmanager
async def _presence_database(url: str) -> AsyncIterator[Database]:
    await setup_service(SERVICE, url)
    connecting = Database.connect(
        url, role=projector_role(WORKFLOWS), application_name="figures", search_path=(WORKFLOWS,)
    )
    async with await connecting as db:
        yield db
