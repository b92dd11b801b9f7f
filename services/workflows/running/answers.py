"""Answers about a session that was started, or is run again: 200, 202, or the problem that its end is."""

from __future__ import annotations

from typing import Final

import orjson

from libs.contracts.workflow_sessions import SessionStatus
from libs.eventlog.port import TopicPartition
from libs.httpkit.errors import ApiError
from libs.httpkit.positions import POSITION_HEADER, encode_offset
from libs.service.door import Answer
from services.workflows.engine.session import SessionState
from services.workflows.family import SESSIONS_PATH
from services.workflows.running.errors import WorkflowCancelled, WorkflowFailed
from services.workflows.sessions.render import Shape, session_json

SESSION_HEADER: Final = "Waymark-Session"
_SESSION: Final = SESSION_HEADER.lower().encode()
_ENDS: Final[dict[SessionStatus, type[ApiError]]] = {"failed": WorkflowFailed, "cancelled": WorkflowCancelled}
Reached = tuple[TopicPartition, int]
"""The offset after a session's last record that is known."""


def answer_of(log_id: str, state: SessionState, shape: Shape, reached: Reached) -> Answer:
    """Return the answer of a session that completed or goes on. Raises WorkflowFailed, WorkflowCancelled."""
    if state.is_open:
        return accepted_answer(log_id, state, shape, reached)
    (topic, partition), next_offset = reached
    position = encode_offset(log_id, topic, partition, next_offset)
    shown = session_json(state, shape)
    if state.status in _ENDS:
        raise _failure(state, shown, position)
    return Answer(200, shown, position, headers=((_SESSION, state.session_id.encode()),))


def accepted_answer(log_id: str, state: SessionState, shape: Shape, reached: Reached) -> Answer:
    """Return the answer to a request that the log has, with the session as it stands."""
    (topic, partition), next_offset = reached
    location = (b"location", f"{SESSIONS_PATH}/{state.session_id}".encode())
    return Answer(
        202,
        session_json(state, shape),
        encode_offset(log_id, topic, partition, next_offset),
        headers=((_SESSION, state.session_id.encode()), location),
    )


def _failure(state: SessionState, shown: bytes, position: bytes) -> ApiError:
    return _ENDS[state.status](
        None if state.error is None else state.error.message,
        headers={SESSION_HEADER: state.session_id, POSITION_HEADER: position.decode()},
        members={"sessionId": state.session_id, "session": orjson.Fragment(shown)},
    )
