"""Open sessions as the matcher follows them: the events that their tasks wait for.

A session is followed from its start to its end, by the numbers of its executors' records: one counts if its number is
above the last that did. A session that is still held open here after its end costs at most a record without effect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from libs.contracts.workflow_sessions import (
    EventMatched,
    EventWait,
    SessionAdvanced,
    SessionEnded,
    SessionStarted,
)
from libs.records.sessions import KeyedRecord
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.matching.recent import RecentEvent, TypeKey


@dataclass(slots=True, eq=False)
class FollowedSession:
    """A session that has not ended. `seq` is the number of its last step.

    `matched` are the ids of events that served it, `offered` of those that the log was given for an open wait.
    """

    tenant_id: str
    session_id: str
    key: str
    uow_id: str
    seq: int = 0
    round: int = 1
    matched: set[str] = field(default_factory=set)
    offered: set[str] = field(default_factory=set)
    waits: dict[TaskKey, OpenWait] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class OpenWait:
    """A task that waits for an event; `offered` is the id of the one that the log was given for it."""

    session: FollowedSession
    task: TaskKey
    attempt: int
    event: EventWait
    offered: str | None = None

    @property
    def type_key(self) -> TypeKey:
        """The tenant and the type of event."""
        return self.session.tenant_id, self.event.event_type

    def may_take(self, event: RecentEvent) -> bool:
        """Return whether an event of the type is one that may be waited for, its condition aside."""
        wanted = self.event
        return (
            self.offered is None
            and event.accepted_ms >= wanted.since
            and wanted.correlation_id in (None, event.correlation_id)
            and self.session.waits.get(self.task) is self
            and event.id not in self.session.matched
            and event.id not in self.session.offered
        )

    def offer(self, event_id: str) -> None:
        """Note that the log is given an event for the wait."""
        self.offered = event_id
        self.session.offered.add(event_id)

    def withdraw(self) -> None:
        """Note that the offered event, if any, may serve another wait."""
        if self.offered is not None:
            self.session.offered.discard(self.offered)
            self.offered = None


class OpenWaits:
    """The waits of all sessions that are followed."""

    def __init__(self) -> None:
        self._sessions: dict[str, FollowedSession] = {}
        self._by_type: dict[TypeKey, dict[OpenWait, None]] = defaultdict(dict)

    def adopt(self, state: SessionState) -> list[OpenWait]:
        """Follow a session from the state in which a read model has it; return its waits."""
        self._forget(state.session_id)
        if not state.is_open:
            return []
        session = self._sessions[state.session_id] = FollowedSession(
            state.tenant_id,
            state.session_id,
            state.key,
            state.started.uow_id,
            seq=state.seq,
            round=state.round,
            matched=set(state.matched),
        )
        return [
            self._open(session, key, task.wait.attempt, task.wait.event)
            for key, task in state.tasks.items()
            if task.wait is not None and task.wait.event is not None and task.arrived is None
        ]

    def knows(self, session_id: str) -> bool:
        """Return whether a session is followed."""
        return session_id in self._sessions

    def apply(self, entry: KeyedRecord) -> list[OpenWait]:
        """Take a record of a session; return the waits that are to be compared with events that are there already."""
        record = entry.record
        session = self._sessions.get(record.session_id)
        match record:
            case SessionStarted() if session is None:
                begun = FollowedSession(entry.tenant_id, record.session_id, entry.key, record.uow_id)
                self._sessions[record.session_id] = begun
            case SessionEnded() if session is not None and record.seq > session.seq:
                self._forget(record.session_id)
            case SessionAdvanced() if session is not None and record.seq > session.seq:
                return self._step(session, record)
            case EventMatched() if session is not None:
                return self._match(session, record)
        return []

    def of(self, key: TypeKey) -> Iterable[OpenWait]:
        """Return the waits for events of a type, oldest first."""
        return tuple(self._by_type.get(key, ()))

    def of_tenant(self, tenant_id: str) -> Sequence[OpenWait]:
        """Return the waits of a tenant."""
        return [wait for key, waits in self._by_type.items() if key[0] == tenant_id for wait in waits]

    def earliest_since(self) -> int | None:
        """Return when the first event may have been accepted that somebody waits for; None without a wait."""
        return min((wait.event.since for wait in self._all()), default=None)

    def _step(self, session: FollowedSession, record: SessionAdvanced) -> list[OpenWait]:
        session.seq = record.seq
        for at in (*record.results, *record.retrying, *record.started, *record.resumed, *record.waiting):
            self._close(session, TaskKey(at.task, at.item))
        return [
            self._open(session, TaskKey(wait.task, wait.item), wait.attempt, wait.event)
            for wait in record.waiting
            if wait.event is not None
        ]

    def _match(self, session: FollowedSession, record: EventMatched) -> list[OpenWait]:
        """Take a match, the first of a wait; the others of the session may use what was offered in vain."""
        wait = session.waits.get(TaskKey(record.task, record.item))
        is_of_it = wait is not None and (session.round, wait.attempt) == (record.round, record.attempt)
        if wait is None or not is_of_it:
            return []
        offered = wait.offered
        if record.event_id in session.matched:
            wait.withdraw()
            return [wait]
        session.matched.add(record.event_id)
        self._close(session, wait.task)
        is_in_vain = offered not in (None, record.event_id)
        return [other for other in session.waits.values() if other.offered is None] if is_in_vain else []

    def _open(self, session: FollowedSession, task: TaskKey, attempt: int, event: EventWait) -> OpenWait:
        wait = session.waits[task] = OpenWait(session, task, attempt, event)
        self._by_type[wait.type_key][wait] = None
        return wait

    def _close(self, session: FollowedSession, task: TaskKey) -> None:
        wait = session.waits.pop(task, None)
        if wait is not None:
            wait.withdraw()
            waits = self._by_type[wait.type_key]
            del waits[wait]
            if not waits:
                del self._by_type[wait.type_key]

    def _forget(self, session_id: str) -> None:
        session = self._sessions.pop(session_id, None)
        if session is not None:
            for task in list(session.waits):
                self._close(session, task)

    def _all(self) -> Iterator[OpenWait]:
        return (wait for waits in self._by_type.values() for wait in waits)
