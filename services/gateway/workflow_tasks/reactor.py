"""Records tasks of workflows: attempts that ended, sessions that ended, and the bodies that tasks ask for.

The position moves, with what is known of the sessions, once all of a batch is recorded and the answers are in the log.
After a crash before that the same batch is read again, and records under the same ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from libs.contracts.paths import GATEWAY
from libs.contracts.topics import WORKFLOW_SESSIONS, Topic
from libs.eventlog.port import EventLog, Record, StoredRecord
from libs.lazy import lazy_imports
from libs.pg.database import Connection
from libs.pg.time_limits import let_go_when_idle
from libs.projections.long_work import LongWork
from libs.projections.reactor import Emission, Start
from libs.records.sessions import KeyedRecord, decode_keyed_record
from services.gateway.settings import GatewaySettings
from services.gateway.workflow_tasks.model import Followed, ToRecord, follow
from services.gateway.workflow_tasks.store import SessionKey, keep, load

with lazy_imports():
    from libs.service import parts
    from services.gateway import recorders
    from services.gateway.workflow_tasks import recording

WORKFLOW_TASKS = "workflow_tasks"
_RECORDING_IDLE_S = 30.0


class WorkflowTasks:
    """The reactor. While it runs it has a gateway of its own, beside those at the door."""

    service = GATEWAY
    name = WORKFLOW_TASKS
    topics: tuple[Topic, ...] = (WORKFLOW_SESSIONS,)
    publishes: tuple[Topic, ...] = (WORKFLOW_SESSIONS,)
    starts_at: Start = "beginning"
    emission: Emission = "append"

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._recorder: recording.TaskRecorder | None = None

    @asynccontextmanager
    async def equipped(self, log: EventLog) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            own = parts.Parts(stack, self._settings, GATEWAY, self.topics, checks={}, log=log)
            found = await recorders.open_recorders(own, self._settings, log)
            self._recorder = recording.TaskRecorder(found.interactions, found.events)
            try:
                yield
            finally:
                self._recorder = None

    def decode(self, record: StoredRecord) -> KeyedRecord:
        return decode_keyed_record(record)

    async def react(self, conn: Connection, events: Sequence[KeyedRecord]) -> Sequence[Record]:
        """Record what the sessions' records tell of, and return the answers to what tasks asked for."""
        assert self._recorder is not None
        before = await load(conn, {event.session for event in events})
        after: dict[SessionKey, Followed | None] = {}
        to_record = ToRecord()
        for event in events:
            known = after[event.session] if event.session in after else before.get(event.session)
            after[event.session] = follow(
                known, event.record, to_record, tenant_id=event.tenant_id, record_key=event.key
            )
        await let_go_when_idle(conn, _RECORDING_IDLE_S)
        work = LongWork(conn)
        await self._recorder.record(to_record.ended, work.pause)
        answers = await self._recorder.post(to_record.postings, work.pause)
        await keep(conn, before, after)
        return answers
