"""Runs one attempt of a task, ends a wait, starts a child: from a session's state to what its next record says.

A run never raises but when it is cut off: whatever goes wrong is the failure of its task. Secrets are
in the call alone, never in what is returned.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from libs.contracts.workflow_sessions import (
    INTERNAL_ERROR,
    Posting,
    PostingKind,
    TaskResult,
    TaskRetry,
    TaskWait,
    child_session_id,
)
from libs.telemetry.logger import get_logger
from services.workflows.definitions.compiled import CompiledTask
from services.workflows.engine.attempts import Attempt, Known
from services.workflows.engine.held import HeldSession
from services.workflows.engine.hosts import Place, host_of
from services.workflows.engine.means import Means
from services.workflows.engine.parts import completed_part, failed_part, shown_event, shown_input
from services.workflows.engine.retries import is_repeatable
from services.workflows.engine.runs import Fan, Part, Run
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.engine.workflow import RunnableWorkflow
from services.workflows.integrations.redaction import Redactor, secrets_in, secrets_of
from services.workflows.task_types.connected_types import taken
from services.workflows.task_types.model import (
    Awaiting,
    Call,
    Completed,
    Connected,
    FansOut,
    Outcome,
    SessionFacts,
    TaskFailed,
    Waits,
)
from services.workflows.values.scope import Scope

TIMEOUT: Final = "timeout"
_GRACE_S: Final = 0.5
"""How much longer than its time an attempt is let go on, so that its type can say itself what took so long."""
_encode: Final = msgspec.json.Encoder().encode
_logger = get_logger(__name__)


class TaskRunner:
    """Runs tasks for one process."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def is_code(self, held: HeldSession, key: TaskKey) -> bool:
        """Return whether a task runs code of a tenant's."""
        return _task_of(held, key).type.face.runs_code

    async def run(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> Part:
        """Do a run of a held session, which knows its rules, and return what it has come to."""
        attempt = self._attempt(held, key, run, place)
        known = Known(attempt.secrets)
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

    def _attempt(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> Attempt:
        state, now_ms = held.state, self._means.clock()
        task = state.tasks[key]
        started_at = now_ms if run.kind == "attempt" else task.started_at or now_ms
        secrets, unreadable = self._secrets(state)
        scope = Scope(state, secrets)
        if key.item is not None:
            scope = scope.of_item(held.fans[TaskKey(key.task)][1].items[key.item], key.item)
        return Attempt(
            state=state,
            task=_task_of(held, key),
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

    async def _part(self, attempt: Attempt, known: Known) -> Part:
        if attempt.unreadable is not None:
            raise attempt.unreadable
        body = attempt.task.body(attempt.scope)
        known.is_repeatable = is_repeatable(attempt.task, body)
        connected = await self._connected(attempt)
        fields = attempt.task.type.face.fields
        secrets = (*attempt.secrets, *secrets_of(connected), *secrets_in(fields, body))
        if len(secrets) > len(attempt.secrets):
            known.redactor = Redactor(secrets)
        known.input = shown_input(_encode(known.redactor.input(fields, body)))
        call = self._call(attempt, body, connected)
        if attempt.run.kind == "wait-end":
            return self._resumed(attempt, known, call)
        host = host_of(body, connected) if attempt.run.kind == "attempt" else None
        async with self._means.hosts.turn(attempt.state.tenant_id, host, attempt.place):
            try:
                async with asyncio.timeout(call.timeout_s + _GRACE_S):
                    outcome = await attempt.task.type.run(call)
            except TaskFailed as failure:
                if host is not None and failure.retry_after_s is not None:
                    self._means.hosts.close(attempt.state.tenant_id, host, failure.retry_after_s)
                raise
        if attempt.run.kind == "child-start":
            return await self._child_started(attempt, known, call, outcome)
        return await self._came_to(attempt, known, outcome)

    async def _connected(self, attempt: Attempt) -> Connected | None:
        name = attempt.task.integration
        if name is None or attempt.run.kind != "attempt":
            return None
        found = await self._means.connections.connected(attempt.state.tenant_id, name)
        return taken(found, attempt.task.type.face)

    def _call(self, attempt: Attempt, body: Mapping[str, Any], connected: Connected | None) -> Call:
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

    async def _came_to(self, attempt: Attempt, known: Known, outcome: Outcome) -> Part:
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

    async def _waits(self, attempt: Attempt, known: Known, waits: Waits) -> TaskWait:
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
            event=None if waits.event is None else shown_event(waits.event, known.redactor),
            child=child,
            child_key=child_key,
            posting=posting,
            input=known.input,
        )

    def _resumed(self, attempt: Attempt, known: Known, call: Call) -> TaskResult:
        """Return the end of a wait: by what arrived, else by the time."""
        arrived = attempt.state.tasks[attempt.key].arrived
        return self._completed(attempt, known, cast("Awaiting", attempt.task.type).resume(call, arrived))

    async def _child_started(self, attempt: Attempt, known: Known, call: Call, outcome: Outcome) -> Part:
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

    def _completed(self, attempt: Attempt, known: Known, completed: Completed) -> TaskResult:
        return completed_part(attempt, known, completed, self._means.clock())

    def _failed(self, attempt: Attempt, known: Known, failure: TaskFailed) -> TaskResult | TaskRetry:
        return failed_part(attempt, known, failure, self._means.clock(), self._means.random)


def _task_of(held: HeldSession, key: TaskKey) -> CompiledTask:
    return cast("RunnableWorkflow", held.rules).task(key)


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
