"""Sessions whose values are resolved."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.workflow_sessions import SessionStarted, StartedBy, TaskError
from services.workflows.engine.session import SessionState, TaskKey, TaskState


def session_of(
    input_: Any = None, outputs: dict[str, Any] | None = None, error: TaskError | None = None
) -> SessionState:
    """Return a session with this input, of which the tasks with these outputs are completed.

    With `error` the task `Broken` failed.
    """
    tasks = {
        TaskKey(name): TaskState(status="completed", round=1, output=msgspec.Raw(msgspec.json.encode(output)))
        for name, output in (outputs or {}).items()
    }
    if error is not None:
        tasks[TaskKey("Broken")] = TaskState(status="failed", round=1, error=error)
    started = SessionStarted(
        session_id="5e551011-0000-4000-8000-000000000001",
        at=1_700_000_000_000,
        workflow_id="f10e",
        workflow="flow",
        version=1,
        input=msgspec.Raw(msgspec.json.encode({} if input_ is None else input_)),
        uow_id="uow-1",
        started_by=StartedBy(id="ada", type="user"),
        deadline=1_700_000_100_000,
    )
    return SessionState(
        tenant_id="acme", key="acme:5e55", started=started, status="running", deadline=1_700_000_100_000, tasks=tasks
    )
