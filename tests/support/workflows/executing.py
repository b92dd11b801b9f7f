"""Executors over any log, without definitions in a database: workflows are given, sessions are folded from the log."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from libs.background.tasks import end_task
from libs.contracts.times import current_ms
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord, Parent, SessionStarted, StartedBy
from libs.eventlog.appending import append_all
from libs.eventlog.port import EventLog, Positions
from services.workflows.definitions.compiled import CompiledWorkflow
from services.workflows.definitions.compiling import compile_workflow
from services.workflows.definitions.model import WorkflowDefinition
from services.workflows.engine.entries import readable
from services.workflows.engine.execution import Execution, ExecutionParts
from services.workflows.engine.hosts import Hosts
from services.workflows.engine.limits import Limits, Turns
from services.workflows.engine.means import Means
from services.workflows.engine.running import TaskRunner
from services.workflows.engine.session import SessionState, TaskKey, fold
from services.workflows.engine.workflow import RunnableWorkflow
from services.workflows.running.starting import RunVersion, Start, start_record
from services.workflows.sessions.records import session_record
from services.workflows.task_types.model import ChildStart, Connected, TaskFailed
from services.workflows.task_types.registry import built_in_types
from services.workflows.task_types.tools import Tools
from tests.support.waiting import eventually
from tests.support.workflows.sessions import session_id

TENANT = "acme"
BY = StartedBy(id="ann", type="user")


def id_of(name: str) -> str:
    """Return the id of what a test calls `name`, which may be an id."""
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return session_id(name)


@dataclass(frozen=True)
class Opened:
    """Sessions as of positions."""

    states: list[SessionState]
    positions: Positions

    async def pages(self) -> AsyncIterator[list[SessionState]]:
        """Yield the sessions."""
        yield self.states


@dataclass
class Workbench:
    """A log, and the workflows that can be run over it by their names; tests name sessions as they like."""

    log: EventLog
    tools: Tools
    workflows: dict[str, CompiledWorkflow] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def define(self, name: str, tasks: Mapping[str, Any], **more: Any) -> None:
        """Give a workflow a name."""
        definition = msgspec.convert({"tasks": tasks, **more}, WorkflowDefinition)
        self.workflows[name] = compile_workflow(definition, built_in_types())

    async def start(self, name: str, session: str, input_: Mapping[str, Any] | None = None) -> None:
        """Append the start of a session."""
        session_id = id_of(session)
        self.names[session_id] = session
        start = Start(
            session_id=session_id,
            at_ms=current_ms(),
            input=msgspec.Raw(msgspec.json.encode(input_ or {})),
            secrets={},
            uow_id=session_id,
            by=BY,
        )
        key, record = start_record(self._version(name), start)
        self.keys[session_id] = key
        await self.append(session, record)

    async def append(self, session: str, record: AnyRecord) -> None:
        """Append a record of a session."""
        session_id = id_of(session)
        record = msgspec.structs.replace(record, session_id=session_id)
        await append_all(self.log, [session_record(TENANT, self.keys[session_id], session_id, record)])

    async def states(self) -> dict[str, SessionState]:
        """Return all sessions as the log has them, by their names."""
        return {self.names.get(id_, id_): state for id_, state in (await self._folded())[0].items()}

    async def ended(self, session: str) -> SessionState:
        """Return a session once it has ended."""

        async def look() -> SessionState:
            state = (await self.states())[session]
            assert not state.is_open
            return state

        return await eventually(look, timeout_s=60.0)

    @asynccontextmanager
    async def executor(
        self,
        member: str = "one",
        *,
        log: EventLog | None = None,
        stopping: asyncio.Event | None = None,
        **limits: int,
    ) -> AsyncIterator[Execution]:
        """Run an executor, over a log of its own if given, for the length of the block, and end it as a crash does,
        unless it is `stopping` before.
        """
        own = self if log is None else replace(self, log=log)
        means = Means(
            tools=self.tools,
            connections=own,
            children=own,
            unseal=lambda _: {},
            hosts=Hosts(32),
            clock=current_ms,
            random=random.Random(1),
        )
        parts = ExecutionParts(
            log=own.log,
            sessions=own,
            rules=own,
            runner=TaskRunner(means),
            turns=Turns(Limits(**limits)),
            member=member,
            clock=current_ms,
        )
        execution = Execution(parts, stopping or asyncio.Event())
        task = asyncio.create_task(execution.run())
        try:
            await eventually(lambda: execution.partitions or task.done())
            yield execution
        finally:
            await end_task(task)

    # The ports of an executor.

    def known(self, started: SessionStarted, tenant_id: str) -> RunnableWorkflow | None:
        return RunnableWorkflow(self.workflows[started.workflow])

    async def find(self, started: SessionStarted, tenant_id: str) -> RunnableWorkflow:
        return RunnableWorkflow(self.workflows[started.workflow])

    async def connected(self, tenant_id: str, name: str) -> Connected:
        raise TaskFailed("integration_missing", name)

    async def prepare(
        self, parent: SessionState, at: TaskKey, session_id: str, start: ChildStart, key: str | None = None
    ) -> tuple[str, SessionStarted]:
        if start.workflow not in self.workflows:
            raise TaskFailed("workflow_missing", start.workflow)
        above = parent.started.parent
        depth = 1 if above is None else above.depth + 1
        own = Parent(session_id=parent.session_id, key=parent.key, task=at.task, item=at.item, depth=depth)
        raw = msgspec.Raw(msgspec.json.encode(start.input))
        child = Start(
            session_id=session_id,
            key=key,
            at_ms=current_ms(),
            input=raw,
            secrets={},
            uow_id=parent.started.uow_id,
            by=BY,
            parent=own,
        )
        return start_record(self._version(start.workflow), child)

    async def is_known(self, parent: SessionState, session_id: str) -> bool:
        return session_id in (await self._folded())[0]

    async def begin(self, parent: SessionState, key: str, record: SessionStarted) -> None:
        self.keys[record.session_id] = key
        await self.append(record.session_id, record)

    @asynccontextmanager
    async def opened(self, partitions: Collection[int]) -> AsyncIterator[Opened]:
        states, positions = await self._folded()
        yield Opened([state for state in states.values() if state.is_open], positions)

    async def load_some(self, sessions: Collection[tuple[str, str]]) -> Opened:
        states, positions = await self._folded()
        return Opened([states[one] for _, one in sessions if one in states], positions)

    async def _folded(self) -> tuple[dict[str, SessionState], Positions]:
        ends = await self.log.end_offsets([WORKFLOW_SESSIONS])
        reader = await self.log.reader(await self.log.beginning_offsets([WORKFLOW_SESSIONS]))
        states: dict[str, SessionState] = {}
        try:
            while any(reader.positions[place] < end for place, end in ends.items()):
                for record in await reader.poll(timeout_s=1, max_records=1_000):
                    entry = readable(record)
                    assert entry is not None
                    id_ = entry.record.session_id
                    state = fold(states.get(id_), entry.record, tenant_id=entry.tenant_id, key=entry.key)
                    if state is not None:
                        states[id_] = state
            return states, reader.positions
        finally:
            await reader.stop()

    def _version(self, name: str) -> RunVersion:
        return RunVersion(
            tenant_id=TENANT,
            workflow_id=id_of(name),
            workflow=name,
            version=1,
            task_types={},
            compiled=self.workflows[name],
        )
