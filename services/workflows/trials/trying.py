"""Trials of tasks: a type run once with values that were sent, outside of any session."""

from __future__ import annotations

import asyncio
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from libs.auth.principal import Principal
from libs.contracts.times import to_ms
from libs.contracts.workflow_sessions import INTERNAL_ERROR, StartedBy
from libs.httpkit.errors import ApiError, Unprocessable
from libs.httpkit.turns import Turns
from libs.objects.changes import utc_now
from libs.telemetry.logger import get_logger
from services.workflows.integrations.connecting import Connections
from services.workflows.integrations.redaction import Redactor, secrets_in, secrets_of
from services.workflows.task_types.connected_types import taken
from services.workflows.task_types.model import Call, Completed, Connected, Outcome, SessionFacts, TaskFailed, TaskType
from services.workflows.task_types.outputs import encode_output
from services.workflows.task_types.tools import Tools
from services.workflows.trials.errors import NotTried
from services.workflows.values.form import violations_of

_MAX_TRIALS: Final = 16
_logger = get_logger(__name__)
_NOTHING: Final = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: the values of the type's fields, the name of an integration, and what expressions may name."""

    body: Mapping[str, Any]
    integration: str | None
    scope: Mapping[str, Any]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial came to; without the secrets that were in use."""

    status: str
    output: msgspec.Raw = _NOTHING
    error: dict[str, Any] | None = None
    log: str | None = None


class Trials:
    """Tries types, few at a time."""

    def __init__(self, tools: Tools, connections: Connections) -> None:
        self._tools = tools
        self._connections = connections
        self._turns = Turns(_MAX_TRIALS, "trials of tasks")

    async def run(self, task_type: TaskType, trial: Trial, caller: Principal) -> Tried:
        """Run a type once. Raises Unprocessable, NotTried for a type that a session alone can run, Unavailable."""
        face = task_type.face
        violations = violations_of(face.fields, dict(trial.body), ("body", "body"))
        if violations:
            raise Unprocessable(*violations)
        with self._turns.take():
            try:
                connected = await self._connected(task_type, trial, caller)
            except TaskFailed as failure:
                return _failed(failure, Redactor())
            secrets = (*secrets_of(connected), *secrets_in(face.fields, trial.body))
            return await _tried(task_type, _call(trial, task_type, connected, caller, self._tools), Redactor(secrets))

    async def _connected(self, task_type: TaskType, trial: Trial, caller: Principal) -> Connected | None:
        if trial.integration is None:
            return None
        return taken(await self._connections.connected(caller.tenant_id, trial.integration), task_type.face)


async def _tried(task_type: TaskType, call: Call, redactor: Redactor) -> Tried:
    try:
        async with asyncio.timeout(call.timeout_s):
            done = _done(task_type, await task_type.run(call))
        output = redactor.encoded(bytes(encode_output(done.output)))
    except TimeoutError:
        return _failed(TaskFailed("timeout", f"the task takes longer than {call.timeout_s:g} s"), redactor)
    except TaskFailed as failure:
        return _failed(failure, redactor)
    except ApiError:
        raise
    except Exception:  # noqa: BLE001  # the words of a defect may have a secret, so that no log is given them
        _logger.error("trial_failed_by_defect", traceback=redactor.text(traceback.format_exc()))  # noqa: TRY400
        return _failed(TaskFailed(INTERNAL_ERROR, "the task failed by a defect"), redactor)
    log = None if done.log is None else redactor.text(done.log)
    return Tried(status="completed", output=msgspec.Raw(output), log=log)


def _done(task_type: TaskType, outcome: Outcome) -> Completed:
    if not isinstance(outcome, Completed):
        raise NotTried(type=task_type.face.type)
    return outcome


def _failed(failure: TaskFailed, redactor: Redactor) -> Tried:
    error = {
        "code": failure.code,
        "message": redactor.text(failure.message),
        "retryable": failure.retryable,
        "detail": redactor.value(failure.detail),
    }
    return Tried(status="failed", error=error, log=None if failure.log is None else redactor.text(failure.log))


def _call(trial: Trial, task_type: TaskType, connected: Connected | None, caller: Principal, tools: Tools) -> Call:
    now_ms, trial_id = to_ms(utc_now()), str(uuid.uuid4())
    session = SessionFacts(
        tenant_id=caller.tenant_id,
        session_id=trial_id,
        workflow_id=trial_id,
        workflow="",
        uow_id=trial_id,
        started_at=now_ms,
        started_by=StartedBy(id=caller.subject, type=caller.actor_type),
        depth=0,
        input=trial.scope.get("input", {}),
    )
    return Call(
        session=session,
        task="",
        item=None,
        body=trial.body,
        scope=lambda: trial.scope,
        key=trial_id,
        attempt=1,
        timeout_ms=task_type.face.timeout_ms,
        now_ms=now_ms,
        connected=connected,
        tools=tools,
    )
