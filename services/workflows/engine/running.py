"""Runs one attempt of a task, ends a wait, starts a child: from a session's state to what its next record says.

A run never raises but when it is cut off: whatever goes wrong is the failure of its task. Secrets are
in the call alone, never in what is returned.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import msgspec

from libs.contracts.workflow_sessions import (
    INTERNAL_ERROR,
    EventWait,
    Posting,
    PostingKind,
    RawJson,
    SessionStarted,
    TaskError,
    TaskResult,
    TaskRetry,
    TaskWait,
    child_session_id,
    task_key,
)
from libs.telemetry.logger import get_logger
from services.workflows.definitions.compiled import CompiledTask
from services.workflows.definitions.model import Effect, RetryPolicy
from services.workflows.engine.held import HeldSession
from services.workflows.engine.hosts import Hosts, Place, host_of
from services.workflows.engine.retries import due_of_next_attempt
from services.workflows.engine.runs import Fan, Part, Run
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.engine.workflow import RunnableWorkflow
from services.workflows.integrations.redaction import Redactor, secrets_in, secrets_of
from services.workflows.task_types.connected_types import taken
from services.workflows.task_types.model import (
    Awaiting,
    Call,
    ChildStart,
    Completed,
    Connected,
    FansOut,
    Outcome,
    Repeatable,
    SessionFacts,
    TaskFailed,
    Waits,
)
from services.workflows.task_types.outputs import encode_output
from services.workflows.task_types.tools import Tools
from services.workflows.values.scope import Scope

TIMEOUT: Final = "timeout"
_GRACE_S: Final = 0.5
"""How much longer than its time an attempt is let go on, so that its type can say itself what took so long."""
_REPEATABLE: Final = frozenset[Effect](("pure", "exactly-once"))
"""The effects of types that do nothing outside, but by a record of the log that counts once."""
_MAX_INPUT_BYTES: Final = 262_144
_MAX_DETAIL_BYTES: Final = 65_536
_MAX_MESSAGE_CHARS: Final = 2_000
_encode: Final = msgspec.json.Encoder().encode
_logger = get_logger(__name__)


class FindConnected(Protocol):
    """The integrations of tenants."""

    async def connected(self, tenant_id: str, name: str) -> Connected:
        """Return an integration. Raises TaskFailed."""
        ...


class Children(Protocol):
    """The starts of child sessions."""

    async def prepare(
        self, parent: SessionState, at: TaskKey, session_id: str, start: ChildStart, key: str | None = None
    ) -> tuple[str, SessionStarted]:
        """Return the key and the record that begin a child, the key being `key` where that is settled.

        Raises TaskFailed, and errors of what is away.
        """
        ...

    async def is_known(self, parent: SessionState, session_id: str) -> bool:
        """Return whether the read model has a child."""
        ...

    async def begin(self, parent: SessionState, key: str, record: SessionStarted) -> None:
        """Return once the log has the record."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What runs work with. `unseal` returns the secrets of a session's input in plain text. Raises TaskFailed."""

    tools: Tools
    connections: FindConnected
    children: Children
    unseal: Callable[[SessionState], Mapping[str, str]]
    hosts: Hosts
    clock: Callable[[], int]
    random: random.Random


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """The place of a run: which task of which session, as the log has it."""

    state: SessionState
    workflow: RunnableWorkflow
    task: CompiledTask
    key: TaskKey
    run: Run
    started_at: int
    scope: Scope
    secrets: tuple[str, ...]
    place: Place
    is_adopted: bool
    unreadable: TaskFailed | None

    @property
    def idempotency_key(self) -> str:
        return task_key(self.state.session_id, self.key.task, self.key.item, self.run.round)


class _Known:
    """What is known of a run so far: what may be shown of it, and whether doing it once more would change anything."""

    __slots__ = ("input", "is_repeatable", "redactor")

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.redactor = Redactor(secrets)
        self.input: RawJson = msgspec.UNSET
        self.is_repeatable = False


class TaskRunner:
    """Runs tasks for one process."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def is_code(self, held: HeldSession, key: TaskKey) -> bool:
        """Return whether a task runs code of a tenant's."""
        return cast("RunnableWorkflow", held.rules).task(key).type.face.runs_code

    async def run(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> Part:
        """Do a run of a held session, which knows its rules, and return what it has come to."""
        attempt = self._attempt(held, key, run, place)
        known = _Known(attempt.secrets)
        try:
            return await self._part(attempt, known)
        except TaskFailed as failure:
            return self._failed(attempt, known, failure)
        except TimeoutError:
            seconds = attempt.task.timeout_ms / 1_000
            message = f"the attempt took longer than {seconds:g} s"
            return self._failed(attempt, known, TaskFailed(TIMEOUT, message, retryable=True))
        except Exception:  # noqa: BLE001  # a defect in one type fails the tasks of that type alone
            told = known.redactor.text(traceback.format_exc())
            _logger.error("task_failed_by_defect", session=held.session_id, task=key.task, traceback=told)  # noqa: TRY400
            return self._failed(attempt, known, TaskFailed(INTERNAL_ERROR, "the task failed by a defect"))

    def _attempt(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> _Attempt:
        workflow = cast("RunnableWorkflow", held.rules)
        state, now_ms = held.state, self._means.clock()
        task = state.tasks[key]
        started_at = now_ms if run.kind == "attempt" else task.started_at or now_ms
        secrets, unreadable = self._secrets(state)
        scope = Scope(state, secrets)
        if key.item is not None:
            scope = scope.of_item(held.fans[TaskKey(key.task)][1].items[key.item], key.item)
        return _Attempt(
            state=state,
            workflow=workflow,
            task=workflow.task(key),
            key=key,
            run=run,
            started_at=started_at,
            scope=scope,
            secrets=tuple(secrets.values()),
            place=place,
            is_adopted=held.is_adopted,
            unreadable=unreadable,
        )

    def _secrets(self, state: SessionState) -> tuple[Mapping[str, str], TaskFailed | None]:
        try:
            return self._means.unseal(state), None
        except TaskFailed as failure:
            return {}, failure

    async def _part(self, attempt: _Attempt, known: _Known) -> Part:
        if attempt.unreadable is not None:
            raise attempt.unreadable
        body = attempt.task.body(attempt.scope)
        known.is_repeatable = _is_repeatable(attempt.task, body)
        connected = await self._connected(attempt)
        fields = attempt.task.type.face.fields
        secrets = (*attempt.secrets, *secrets_of(connected), *secrets_in(fields, body))
        if len(secrets) > len(attempt.secrets):
            known.redactor = Redactor(secrets)
        known.input = _shown_input(_encode(known.redactor.input(fields, body)))
        call = self._call(attempt, body, connected)
        if attempt.run.kind == "wait-end":
            return self._resumed(attempt, known, call)
        host = host_of(body, connected) if attempt.run.kind == "attempt" else None
        async with self._means.hosts.turn(attempt.state.tenant_id, host, attempt.place):
            try:
                async with asyncio.timeout(call.timeout_ms / 1_000 + _GRACE_S):
                    outcome = await attempt.task.type.run(call)
            except TaskFailed as failure:
                if host is not None and failure.retry_after_s is not None:
                    self._means.hosts.close(attempt.state.tenant_id, host, failure.retry_after_s)
                raise
        if attempt.run.kind == "child-start":
            return await self._child_started(attempt, known, call, outcome)
        return await self._came_to(attempt, known, outcome)

    async def _connected(self, attempt: _Attempt) -> Connected | None:
        name = attempt.task.integration
        if name is None or attempt.run.kind != "attempt":
            return None
        found = await self._means.connections.connected(attempt.state.tenant_id, name)
        return taken(found, attempt.task.type.face)

    def _call(self, attempt: _Attempt, body: Mapping[str, Any], connected: Connected | None) -> Call:
        return Call(
            session=_facts(attempt.state, attempt.scope),
            task=attempt.key.task,
            item=attempt.key.item,
            body=body,
            scope=lambda: attempt.task.variables(attempt.scope),
            key=attempt.idempotency_key,
            attempt=attempt.run.attempt,
            timeout_ms=attempt.task.timeout_ms,
            now_ms=attempt.started_at,
            connected=connected,
            tools=self._means.tools,
        )

    async def _came_to(self, attempt: _Attempt, known: _Known, outcome: Outcome) -> Part:
        match outcome:
            case Completed():
                return self._completed(attempt, known, outcome)
            case Waits():
                return await self._waits(attempt, known, outcome)
            case FansOut():
                return Fan(
                    count=len(outcome.items),
                    concurrency=outcome.concurrency,
                    continues_on_error=outcome.continues_on_error,
                    items=outcome.items,
                )

    async def _waits(self, attempt: _Attempt, known: _Known, waits: Waits) -> TaskWait:
        key = attempt.idempotency_key
        child = child_key = posting = None
        if waits.child is not None:
            child = child_session_id(key)
            child_key, _ = await self._means.children.prepare(attempt.state, attempt.key, child, waits.child)
        if waits.posting is not None:
            body = msgspec.Raw(known.redactor.encoded(_encode(waits.posting.body)))
            posting = Posting(kind=cast("PostingKind", waits.posting.kind), key=key, body=body)
        return TaskWait(
            task=attempt.key.task,
            item=attempt.key.item,
            type=attempt.task.type.face.type,
            attempt=attempt.run.attempt,
            started_at=attempt.started_at,
            due=waits.due,
            event=None if waits.event is None else _shown_event(waits.event, known.redactor),
            child=child,
            child_key=child_key,
            posting=posting,
            input=known.input,
        )

    def _resumed(self, attempt: _Attempt, known: _Known, call: Call) -> TaskResult:
        """Return the end of a wait: by what arrived, else by the time."""
        arrived = attempt.state.tasks[attempt.key].arrived
        return self._completed(attempt, known, cast("Awaiting", attempt.task.type).resume(call, arrived))

    async def _child_started(self, attempt: _Attempt, known: _Known, call: Call, outcome: Outcome) -> Part:
        """Start the child that the log says is waited for; its task is done when nobody waits for the end."""
        assert isinstance(outcome, Waits)
        assert outcome.child is not None
        wait = attempt.state.tasks[attempt.key].wait
        assert wait is not None
        assert wait.child is not None
        children = self._means.children
        # A child that another executor began goes on whatever became of its workflow meanwhile.
        if not (attempt.is_adopted and await children.is_known(attempt.state, wait.child)):
            key, record = await children.prepare(attempt.state, attempt.key, wait.child, outcome.child, wait.child_key)
            if attempt.is_adopted:
                record = msgspec.structs.replace(record, again=True)
            await children.begin(attempt.state, key, record)
        if outcome.child.waits:
            return None
        return self._completed(attempt, known, cast("Awaiting", attempt.task.type).resume(call, None))

    def _completed(self, attempt: _Attempt, known: _Known, completed: Completed) -> TaskResult:
        output = encode_output(completed.output)
        return TaskResult(
            task=attempt.key.task,
            item=attempt.key.item,
            type=attempt.task.type.face.type,
            status="completed",
            attempt=attempt.run.attempt,
            started_at=attempt.started_at,
            ended_at=self._means.clock(),
            input=known.input,
            output=msgspec.Raw(known.redactor.encoded(bytes(output))),
            log=None if completed.log is None else known.redactor.text(completed.log),
        )

    def _failed(self, attempt: _Attempt, known: _Known, failure: TaskFailed) -> TaskResult | TaskRetry:
        now_ms = self._means.clock()
        due = self._next_attempt(attempt, known, failure, now_ms)
        error = _error(known.redactor, failure)
        if due is not None:
            return TaskRetry(
                task=attempt.key.task,
                item=attempt.key.item,
                type=attempt.task.type.face.type,
                attempt=attempt.run.attempt,
                started_at=attempt.started_at,
                ended_at=now_ms,
                due=due,
                error=error,
                input=known.input,
            )
        return TaskResult(
            task=attempt.key.task,
            item=attempt.key.item,
            type=attempt.task.type.face.type,
            status="failed",
            attempt=attempt.run.attempt,
            started_at=attempt.started_at,
            ended_at=now_ms,
            input=known.input,
            error=error,
            log=None if failure.log is None else known.redactor.text(failure.log),
        )

    def _next_attempt(self, attempt: _Attempt, known: _Known, failure: TaskFailed, now_ms: int) -> int | None:
        earlier = attempt.state.tasks[attempt.key].earlier
        policy: RetryPolicy = attempt.task.retry
        if not _may_be_retried(attempt.task, failure, is_repeatable=known.is_repeatable):
            return None
        return due_of_next_attempt(
            policy, attempt.run.attempt - earlier, failure.retry_after_s, now_ms, self._means.random
        )


def _may_be_retried(task: CompiledTask, failure: TaskFailed, *, is_repeatable: bool) -> bool:
    """Return whether trying again may help and may be done; `retry` in the definition lets done things be repeated."""
    if not failure.retryable or failure.is_undone:
        return failure.retryable
    return task.effect != "at-most-once" and (is_repeatable or task.definition.retry is not None)


def _is_repeatable(task: CompiledTask, body: Mapping[str, Any]) -> bool:
    """Return whether doing a task twice leaves what doing it once does."""
    if task.type.face.effect in _REPEATABLE:
        return True
    return isinstance(task.type, Repeatable) and task.type.is_repeatable(body)


def _shown_event(wait: EventWait, redactor: Redactor) -> EventWait:
    """Return a wait for an event as the log may have it."""
    correlation_id = None if wait.correlation_id is None else redactor.text(wait.correlation_id)
    given = msgspec.Raw(redactor.encoded(bytes(wait.input))) if isinstance(wait.input, msgspec.Raw) else wait.input
    return msgspec.structs.replace(wait, correlation_id=correlation_id, input=given)


def _error(redactor: Redactor, failure: TaskFailed) -> TaskError:
    detail: RawJson = msgspec.UNSET
    if failure.detail is not None:
        encoded = redactor.encoded(_encode(failure.detail))
        detail = msgspec.Raw(encoded) if len(encoded) <= _MAX_DETAIL_BYTES else msgspec.UNSET
    message = redactor.text(failure.message)[:_MAX_MESSAGE_CHARS]
    return TaskError(code=failure.code, message=message, retryable=failure.retryable, detail=detail)


def _shown_input(encoded: bytes) -> RawJson:
    """Return an input as it is recorded: not at all where it is large, for it is made of what the log has already."""
    return msgspec.Raw(encoded) if len(encoded) <= _MAX_INPUT_BYTES else msgspec.UNSET


def _facts(state: SessionState, scope: Scope) -> SessionFacts:
    started = state.started
    return SessionFacts(
        tenant_id=state.tenant_id,
        session_id=started.session_id,
        workflow_id=started.workflow_id,
        workflow=started.workflow,
        uow_id=started.uow_id,
        started_at=started.at,
        started_by=started.started_by,
        depth=0 if started.parent is None else started.parent.depth,
        input=scope.input,
    )
