"""Calls of task types, as an executor makes them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from libs.contracts.workflow_sessions import StartedBy
from services.workflows.task_types.model import Call, Connected, SessionFacts
from services.workflows.task_types.tools import Tools

NOW_MS = 1_790_000_000_000


def call_of(
    body: Mapping[str, Any],
    tools: Tools,
    *,
    scope: Mapping[str, Any] | None = None,
    timeout_ms: int = 5_000,
    connected: Connected | None = None,
) -> Call:
    """Return the first attempt of a task that has this body."""
    return Call(
        session=SessionFacts(
            tenant_id="acme",
            session_id=str(uuid.UUID(int=1)),
            workflow_id=str(uuid.UUID(int=2)),
            workflow="orders",
            uow_id="unit-of-work",
            started_at=NOW_MS,
            started_by=StartedBy(id="ada", type="user"),
            depth=0,
            input={},
        ),
        task="T",
        item=None,
        body=body,
        scope=lambda: scope or {},
        key=str(uuid.UUID(int=3)),
        attempt=1,
        timeout_ms=timeout_ms,
        now_ms=NOW_MS,
        connected=connected,
        tools=tools,
    )
