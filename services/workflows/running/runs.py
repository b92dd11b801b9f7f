"""Starts sessions for callers, runs failed ones again, and waits for their ends.

A caller is registered before the start is appended, and nothing but the log's end tells it of its session. Hanging up
cancels nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from uuid_utils.compat import uuid7

from libs.auth.http import require_role
from libs.auth.principal import EDITOR, Principal
from libs.contracts.times import current_ms
from libs.contracts.workflow_sessions import (
    AnyRecord,
    CancelRequested,
    RetryRequested,
    SessionStarted,
    SessionStatus,
    StartedBy,
    session_id_of,
)
from libs.eventlog.port import Appended, EventLog, TopicPartition
from libs.httpkit.errors import ApiError, NotFound, require_found
from libs.httpkit.idempotency import KeyInFlight, hash_request
from libs.httpkit.request_headers import RequestHeaders
from libs.objects.idempotency import IdempotencyStore, Once, Receipt
from libs.pg.database import Database
from libs.service.door import Answer
from libs.vault.vault import Vault
from services.workflows.definitions.compiled import CompiledWorkflow
from services.workflows.definitions.errors import NoTasks, VersionUnsound
from services.workflows.definitions.heads import Head, Heads
from services.workflows.definitions.model import NOUN, version_noun
from services.workflows.definitions.versions import VersionMissing, Versions
from services.workflows.engine.graph import to_run_again
from services.workflows.engine.session import SessionState, fold
from services.workflows.family import RUN_PATH
from services.workflows.running.admission import Admission
from services.workflows.running.answers import Reached, accepted_answer, answer_of
from services.workflows.running.errors import AlreadyEnded, SessionNotOver, WorkflowInactive
from services.workflows.running.following import Following
from services.workflows.running.starting import RunVersion, Start, sealed, start_record
from services.workflows.running.waiters import Waiters
from services.workflows.sessions.reads import SessionReads
from services.workflows.sessions.records import session_record
from services.workflows.sessions.shapes import compiled_of, shape_for, shape_of
from services.workflows.values.input import read_input

_APPENDS: Final = 3
_LOOKS: Final = 20
_IN_FLIGHT_S: Final = 0.05
"""How long a repeat waits for the receipt of the first request, again and again: that takes milliseconds."""
_ACCEPTED: Final = 202
_RETRIED: Final = frozenset[SessionStatus](("failed", "cancelled"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParts:
    """The dependencies of runs; `db` has the request role."""

    log: EventLog
    log_id: str
    db: Database
    heads: Heads
    versions: Versions
    reads: SessionReads
    waiters: Waiters
    following: Following
    admission: Admission
    vault: Vault
    receipts: IdempotencyStore
    now_ms: Callable[[], int] = current_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run as its request asks for it; without `version` it is the active one's. `wait_s` 0 waits for nothing."""

    name: str
    version: int | None
    body: bytes
    headers: RequestHeaders
    wait_s: float


@dataclass(frozen=True, slots=True)
class _Started:
    """A session that a request starts: its version, and the record of its start with the record's key."""

    compiled: CompiledWorkflow
    tenant_id: str
    key: str
    record: SessionStarted

    @property
    def session_id(self) -> str:
        return self.record.session_id

    @property
    def uow_id(self) -> str:
        return self.record.uow_id

    @property
    def state(self) -> SessionState:
        """The session's state as it begins."""
        state = fold(None, self.record, tenant_id=self.tenant_id, key=self.key)
        assert state is not None
        return state


class Runs:
    """Runs workflows for callers."""

    def __init__(self, parts: RunParts) -> None:
        self._parts = parts

    async def run(self, caller: Principal, wanted: Wanted) -> Answer:
        """Start a session, and answer with it once it has ended, or when the time to wait is over.

        A repeat by key answers with the session that the first request started, whatever became of the workflow since.
        Raises NotFound, 403, WorkflowInactive, 422, 503, KeyInFlight, KeyReused, and what `answer_of` raises.
        """
        head = await self._head(caller, wanted)
        if wanted.headers.idempotency_key is None:
            return await self._begin(await self._started(caller, head, wanted), wanted.wait_s)
        once = _once(head, wanted)
        try:
            started = await self._started(caller, head, wanted)
        except ApiError:
            receipt = await self._receipt(caller.tenant_id, once)
            if receipt is None:
                raise
            return await self._join(caller, head, wanted, receipt)
        receipt, is_repeat = await self._keep(once, started)
        if is_repeat or await self._parts.reads.find(started.tenant_id, started.session_id) is not None:
            return await self._join(caller, head, wanted, receipt)
        return await self._begin(started, wanted.wait_s)

    async def cancel(self, caller: Principal, session_id: str) -> Answer:
        """Ask that a session ends, and answer with it as it stands. Raises NotFound, AlreadyEnded, 503."""
        async with self._parts.following.follow(caller.tenant_id, session_id) as follower:
            state = follower.known
            if not state.is_open:
                raise AlreadyEnded(status=state.status)
            request = CancelRequested(session_id=session_id, at=self._parts.now_ms(), by=_by(caller))
            reached = await self._append(state.tenant_id, state.key, state.started.uow_id, request)
            return accepted_answer(
                self._parts.log_id, follower.known, await shape_for(self._parts.versions, state), reached
            )

    async def retry(self, caller: Principal, session_id: str, wait_s: float) -> Answer:
        """Run again what failed of a session, was cancelled or skipped below that, and answer as `run` does.

        Raises NotFound, 403, SessionNotOver, VersionUnsound, 503, and what `answer_of` raises.
        """
        async with self._parts.following.follow(caller.tenant_id, session_id) as follower:
            state = follower.known
            compiled = await _sound(compiled_of(self._parts.versions, state))
            require_role(caller, compiled.definition.access)
            if state.status not in _RETRIED:
                raise SessionNotOver(status=state.status)
            at_ms, round_ = self._parts.now_ms(), state.round + 1
            request = RetryRequested(
                session_id=session_id,
                at=at_ms,
                by=_by(caller),
                round=round_,
                tasks=to_run_again(compiled.graph, state),
                deadline=at_ms + compiled.definition.timeout_ms,
            )
            reached = await self._append(state.tenant_id, state.key, state.started.uow_id, request)
            known = fold(state, request, tenant_id=state.tenant_id, key=state.key)
            over = await follower.until(lambda found: found.round >= round_ and not found.is_open, wait_s)
            if over is None and follower.known.round >= round_:
                over = follower.known
            return self._answer(over or known or state, compiled, max(follower.reached or reached, reached))

    async def _head(self, caller: Principal, wanted: Wanted) -> Head:
        """Return the head of the workflow to be run. Raises NotFound, 403."""
        heads, tenant_id = self._parts.heads, caller.tenant_id
        head = await heads.find(tenant_id, wanted.name, wanted.version)
        if head is None and wanted.version is not None:
            newest = require_found(await heads.find(tenant_id, wanted.name), NOUN, wanted.name)
            raise NotFound(what=version_noun(newest.name), identifier=str(wanted.version))
        head = require_found(head, NOUN, wanted.name)
        require_role(caller, head.access if wanted.version is None else EDITOR)
        return head

    async def _started(self, caller: Principal, head: Head, wanted: Wanted) -> _Started:
        """Return a start, for which there is room. Raises WorkflowInactive, VersionUnsound, NoTasks, 422, 503."""
        if wanted.version is None and not head.active:
            raise WorkflowInactive(name=head.name)
        await self._parts.admission.check(caller.tenant_id)
        compiled = await self._compiled(head)
        if not compiled.tasks:
            raise NoTasks
        return self._start_of(caller, head, compiled, wanted)

    async def _compiled(self, head: Head) -> CompiledWorkflow:
        return await _sound(self._parts.versions.compiled(head.tenant_id, head.id, head.run_version, head.task_types))

    async def _begin(self, started: _Started, wait_s: float) -> Answer:
        """Append a start, and answer with the session once it has ended, or when the time to wait is over."""
        tenant_id, key = started.tenant_id, started.key
        if wait_s <= 0:
            reached = await self._append(tenant_id, key, started.uow_id, started.record)
            return self._answer(started.state, started.compiled, reached)
        with self._parts.waiters.follow(tenant_id, key, started.session_id, is_new=True) as follower:
            reached = await self._append(tenant_id, key, started.uow_id, started.record)
            state = await follower.until(_is_over, wait_s) or follower.state or started.state
            return self._answer(state, started.compiled, follower.reached or reached)

    def _start_of(self, caller: Principal, head: Head, compiled: CompiledWorkflow, wanted: Wanted) -> _Started:
        given = read_input(compiled.blanks, wanted.body)
        headers, tenant_id = wanted.headers, caller.tenant_id
        idempotency_key = headers.idempotency_key
        session_id = str(uuid7()) if idempotency_key is None else session_id_of(tenant_id, head.id, idempotency_key)
        version = RunVersion(
            tenant_id=tenant_id,
            workflow_id=head.id,
            workflow=head.name,
            version=head.run_version,
            task_types=head.task_types,
            compiled=compiled,
        )
        start = Start(
            session_id=session_id,
            at_ms=self._parts.now_ms(),
            input=given.input,
            secrets=sealed(self._parts.vault, session_id, given.secrets) if given.secrets else {},
            uow_id=headers.uow_id or headers.trace_id or session_id,
            by=_by(caller),
            traceparent=headers.traceparent,
        )
        return _Started(compiled, tenant_id, *start_record(version, start))

    async def _keep(self, once: Once, started: _Started) -> tuple[Receipt, bool]:
        """Keep the receipt of the first request with a key; return it, and whether this one is a repeat.

        It has what the session began with, so that a repeat whose start is appended again begins no other one. Receipts
        are kept for a day, sessions for longer.
        """
        record = started.record

        async def first() -> Receipt:
            return Receipt(_ACCEPTED, {"version": record.version, "taskTypes": record.task_types})

        for looks_left in reversed(range(_LOOKS)):
            try:
                async with self._parts.db.tenant_transaction(started.tenant_id) as conn:
                    return await self._parts.receipts.once(conn, started.tenant_id, once, first)
            except KeyInFlight:
                if not looks_left:
                    raise
                await asyncio.sleep(_IN_FLIGHT_S)
        raise AssertionError

    async def _receipt(self, tenant_id: str, once: Once) -> Receipt | None:
        async with self._parts.db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await self._parts.receipts.find(conn, tenant_id, once)

    async def _join(self, caller: Principal, head: Head, wanted: Wanted, receipt: Receipt) -> Answer:
        """Answer with the session of an earlier request, whose start is appended again where it is not known yet."""
        tenant_id, idempotency_key = caller.tenant_id, wanted.headers.idempotency_key
        assert idempotency_key is not None
        session_id = session_id_of(tenant_id, head.id, idempotency_key)
        if await self._parts.reads.find(tenant_id, session_id) is None:
            first = replace(head, run_version=receipt.response["version"], task_types=receipt.response["taskTypes"])
            started = self._start_of(caller, first, await self._compiled(first), wanted)
            record = msgspec.structs.replace(started.record, again=True)
            at, next_offset = await self._append(tenant_id, started.key, started.uow_id, record)
            await self._parts.reads.wait_for({at: next_offset})
        async with self._parts.following.follow(tenant_id, session_id) as follower:
            state = await follower.until(_is_over, wanted.wait_s) or follower.known
            assert follower.reached is not None
            shape = await shape_for(self._parts.versions, state)
            return answer_of(self._parts.log_id, state, shape, follower.reached)

    async def _append(self, tenant_id: str, key: str, uow_id: str, record: AnyRecord) -> Reached:
        """Append a record, which may be there twice; the fold counts it once. Raises AppendFailed."""
        for attempts_left in reversed(range(_APPENDS)):
            (outcome,) = await self._parts.log.append([session_record(tenant_id, key, uow_id, record)])
            if isinstance(outcome, Appended):
                return TopicPartition(outcome.topic, outcome.partition), outcome.offset + 1
            if not outcome.unknown or not attempts_left:
                raise outcome
            if isinstance(record, SessionStarted):
                record = msgspec.structs.replace(record, again=True)
        raise AssertionError

    def _answer(self, state: SessionState, compiled: CompiledWorkflow, reached: Reached) -> Answer:
        return answer_of(self._parts.log_id, state, shape_of(compiled), reached)


async def _sound(compiling: Awaitable[CompiledWorkflow]) -> CompiledWorkflow:
    """Return a version. Raises VersionUnsound where it is missing."""
    try:
        return await compiling
    except VersionMissing as missing:
        raise VersionUnsound(reasons=str(missing)) from None


def _once(head: Head, wanted: Wanted) -> Once:
    """Return the identity of a request by key: workflow and key; a repeat has its version, headers and body."""
    headers, asked = wanted.headers, f"{RUN_PATH}/{wanted.version or ''}"
    return Once(
        f"run {head.id} {headers.idempotency_key}",
        hash_request("POST", asked, wanted.body, headers.recorded()),
    )


def _is_over(state: SessionState) -> bool:
    return not state.is_open


def _by(caller: Principal) -> StartedBy:
    return StartedBy(id=caller.subject, type=caller.actor_type)
