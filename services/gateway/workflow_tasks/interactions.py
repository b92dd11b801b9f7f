"""Attempts and sessions that ended as interactions, in the form in which a producer would send them.

Their ids are made from those of the session, so that one that is read again is recorded once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from libs.contracts.times import format_ms
from libs.contracts.workflow_sessions import SessionEnd, TaskAt
from libs.contracts.workflow_spans import attempt_id, round_id, session_span, task_span
from libs.telemetry.tracing import parse_traceparent
from services.gateway.workflow_tasks.model import Ended, EndedAttempt, EndedRound, Followed

WORKFLOW: Final = "WORKFLOW"
"""The resource type and the origin."""
ACTIONS: Final[Mapping[SessionEnd, str]] = {"completed": "COMPLETED", "failed": "FAILED", "cancelled": "CANCELLED"}


def interaction_of(ended: Ended) -> bytes:
    """Return the body of the interaction that tells of an attempt or a session."""
    return _attempt(ended) if isinstance(ended, EndedAttempt) else _round(ended)


def _attempt(ended: EndedAttempt) -> bytes:
    session, at = ended.session, ended.at
    data = {"task": at.task, "item": at.item, "type": at.type, "attempt": ended.number}
    return _body(
        session,
        ended,
        id_=attempt_id(session.session_id, at.task, at.item, ended.number),
        resource_id=f"{session.workflow}/{at.task}",
        started_at=ended.started_at,
        spans=(task_span(session.session_id, at.task, at.item), _span_above_task(session.session_id, at)),
        data=data,
    )


def _round(ended: EndedRound) -> bytes:
    session = ended.session
    parent = session.parent
    data = {"round": session.round, "parentSessionId": None if parent is None else parent.session_id}
    return _body(
        session,
        ended,
        id_=round_id(session.session_id, session.round),
        resource_id=session.workflow,
        started_at=session.began_at,
        spans=(session_span(session.session_id), _span_above(session)),
        data=data,
    )


def _body(
    session: Followed,
    ended: Ended,
    *,
    id_: str,
    resource_id: str,
    started_at: int,
    spans: tuple[str, str | None],
    data: Mapping[str, Any],
) -> bytes:
    span_id, parent_span_id = spans
    return orjson.dumps(
        {
            "interactionId": id_,
            "resourceType": WORKFLOW,
            "resourceId": resource_id,
            "action": ACTIONS[ended.status],
            "origin": WORKFLOW,
            "uowId": session.uow_id,
            "userId": session.started_by.id,
            "interactionTimestamp": format_ms(ended.ended_at),
            "spanId": span_id,
            "parentSpanId": parent_span_id,
            "interaction": {
                "sessionId": session.session_id,
                "workflow": session.workflow,
                "workflowId": session.workflow_id,
                "version": session.version,
                **data,
                "startedAt": format_ms(started_at),
                "endedAt": format_ms(ended.ended_at),
                "durationMs": ended.ended_at - started_at,
                "errorCode": ended.error,
            },
        }
    )


def _span_above_task(session_id: str, at: TaskAt) -> str:
    return session_span(session_id) if at.item is None else task_span(session_id, at.task, None)


def _span_above(session: Followed) -> str | None:
    """Return the span that a session belongs under: its parent's task, or its caller's where they share the trace."""
    if (parent := session.parent) is not None:
        return task_span(parent.session_id, parent.task, parent.item)
    trace = None if session.traceparent is None else parse_traceparent(session.traceparent)
    return trace.span_id if trace is not None and trace.trace_id == session.uow_id else None
