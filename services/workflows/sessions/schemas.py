"""Query parameters and answers of the routes of sessions."""

from __future__ import annotations

import uuid
from typing import Any, Final

from pydantic import ConfigDict, Field, JsonValue

from libs.contracts.workflow_sessions import SessionStatus, TaskStatus
from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT

_ID: Final = "0199439c-0440-70db-8d54-f9add9ea5f62"
_AT: Final = "2026-01-15T10:30:00.000Z"
_KEY: Final = "5f0c1c1e-5a6d-5e7f-8a9b-0c1d2e3f4a5b"
_SUMMARY: Final[dict[str, JsonValue]] = {
    "sessionId": _ID,
    "workflow": "order-paid",
    "workflowId": "0199439c-0440-70db-8d54-f9add9ea0001",
    "version": 3,
    "status": "completed",
    "uowId": _ID,
    "parentSessionId": None,
    "parentTask": None,
    "startedAt": _AT,
    "endedAt": "2026-01-15T10:30:00.123Z",
    "durationMs": 123,
    "startedBy": {"id": "0199439c-0440-70db-8d54-f9add9ea0002", "type": "user"},
    "round": 1,
    "error": None,
}
_TASK: Final[dict[str, JsonValue]] = {
    "task": "Fetch",
    "type": "http-request",
    "status": "completed",
    "attempts": 1,
    "resumed": 0,
    "startedAt": _AT,
    "endedAt": "2026-01-15T10:30:00.123Z",
    "durationMs": 123,
    "nextAttemptAt": None,
    "waitingFor": None,
    "input": {"url": "https://shop.example/orders/7"},
    "output": {"status_code": 200, "headers": {}, "body": {"total": 120}},
    "error": None,
    "log": None,
    "idempotencyKey": _KEY,
}
_SESSION: Final[dict[str, JsonValue]] = {
    **_SUMMARY,
    "input": {"id": 7},
    "output": None,
    "outputs": {"Fetch": {"status_code": 200, "headers": {}, "body": {"total": 120}}},
    "tasks": [_TASK],
}
_PAGINATION: Final[dict[str, JsonValue]] = {"limit": 50, "total": 1, "hasNext": False, "nextCursor": None}


class SessionsQuery(CamelQuery):
    """The filters of a list of sessions; all of them must hold."""

    workflow: str | None = Field(default=None, max_length=100, description="Name of the workflow.")
    status: SessionStatus | None = Field(default=None, description="Status of the session.")
    uow_id: str | None = Field(default=None, max_length=200, description="Unit of work.")
    parent: uuid.UUID | None = Field(default=None, description="Session that started it.")
    from_: str | None = Field(default=None, alias="from", description="Start of the range of starts, included.")
    to: str | None = Field(default=None, description="End of the range, not included; a date is the whole day.")
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Items per page.")
    cursor: str | None = Field(default=None, description="The `nextCursor` of the page before.")


class StartedByOut(Camel):
    """Who started a session: `type` is `user`, `api_key`, `service` or `system`."""

    id: str
    type: str


class SessionErrorOut(Camel):
    """Why a session failed."""

    code: str
    message: str
    retryable: bool = Field(description="Whether trying again may help.")


class TaskErrorOut(SessionErrorOut):
    """Why a task or a session failed, in detail."""

    detail: Any


class SessionSummaryOut(Camel):
    """A session as lists show it."""

    model_config = ConfigDict(json_schema_extra={"example": _SUMMARY})

    session_id: str
    workflow: str
    workflow_id: str
    version: int
    status: SessionStatus
    uow_id: str
    parent_session_id: str | None
    parent_task: str | None
    started_at: str
    ended_at: str | None
    duration_ms: int | None
    started_by: StartedByOut
    round: int = Field(description="1, and one more for each retry by hand.")
    error: SessionErrorOut | None


class WaitingForOut(Camel):
    """What a task waits for; only what applies is there."""

    event_type: str | None = None
    correlation_id: str | None = None
    session_id: str | None = None
    record_id: str | None = None
    until: str | None = None


class SessionTaskOut(Camel):
    """A task of a session, or one item of a `for-each`, which is called `Task[i]`."""

    model_config = ConfigDict(json_schema_extra={"example": _TASK})

    task: str
    type: str | None = Field(description="null of a version that this release cannot run.")
    status: TaskStatus
    attempts: int = Field(description="Attempts that began, over all rounds.")
    resumed: int = Field(description="How often the latest attempt was begun anew after its executor was lost.")
    started_at: str | None
    ended_at: str | None
    duration_ms: int | None
    next_attempt_at: str | None
    waiting_for: WaitingForOut | None
    input: Any = Field(description="The values of its fields, without secrets.")
    output: Any
    error: TaskErrorOut | None
    log: str | None = Field(description="What its code printed.")
    idempotency_key: str
    items: list[SessionTaskOut] | None = Field(default=None, description="Items that have begun; of `for-each` alone.")


class SessionOut(SessionSummaryOut):
    """A session with its tasks in order.

    `outputs` are those of the completed tasks, unless the definition has an `output` of its own.
    """

    model_config = ConfigDict(json_schema_extra={"example": _SESSION})

    input: Any
    output: Any
    outputs: dict[str, Any] | None
    error: TaskErrorOut | None
    tasks: list[SessionTaskOut]


class SessionPaginationOut(Camel):
    """The page's place in its list; `nextCursor` is null at the end."""

    limit: int
    total: int
    has_next: bool
    next_cursor: str | None


class SessionsOut(Camel):
    """A page of sessions, newest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"data": [_SUMMARY], "pagination": _PAGINATION}})

    data: list[SessionSummaryOut]
    pagination: SessionPaginationOut
