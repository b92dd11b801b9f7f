"""Messages that the log has before a session's end: a child's end to its parent, a cancellation to children.

They are sent again after a crash, since the session is still open then: of two alike the first counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from libs.contracts.workflow_sessions import (
    AnyRecord,
    CancelRequested,
    ChildEnded,
    RawJson,
    SessionAdvanced,
    SessionEnded,
    StartedBy,
    TaskError,
)
from services.workflows.engine.planning import raw_size
from services.workflows.engine.session import SessionState
from services.workflows.task_types.outputs import MAX_OUTPUT_BYTES

_SYSTEM: Final = StartedBy(id="workflows", type="system")
_encode: Final = msgspec.json.Encoder().encode


class Message(NamedTuple):
    """A record of another session, and the key that it lies under."""

    key: str
    record: AnyRecord


def messages_before(state: SessionState, record: SessionAdvanced) -> tuple[Message, ...]:
    """Return the messages that have to be in the log before a record of a session is."""
    if not isinstance(record, SessionEnded):
        return ()
    return (*_to_children(state, record), *_to_parent(state, record))


def _to_children(state: SessionState, record: SessionEnded) -> Iterator[Message]:
    by = state.cancelled_by or _SYSTEM
    for task in state.tasks.values():
        wait = task.wait
        if wait is not None and wait.child is not None and wait.child_key is not None and task.arrived is None:
            yield Message(wait.child_key, CancelRequested(session_id=wait.child, at=record.at, by=by))


def _to_parent(state: SessionState, record: SessionEnded) -> Iterator[Message]:
    parent = state.started.parent
    if parent is None:
        return
    ended = ChildEnded(
        session_id=parent.session_id,
        at=record.at,
        task=parent.task,
        item=parent.item,
        child=state.session_id,
        status=record.status,
        output=record.output,
        outputs=_outputs(state) if record.status == "completed" and record.output is msgspec.UNSET else msgspec.UNSET,
        error=record.error,
    )
    yield Message(parent.key, ended if raw_size(ended.outputs) <= MAX_OUTPUT_BYTES else _too_large(ended))


def _outputs(state: SessionState) -> RawJson:
    found = {
        key.task: task.output
        for key, task in state.tasks.items()
        if key.item is None and task.status == "completed" and task.output is not msgspec.UNSET
    }
    return msgspec.Raw(_encode(found))


def _too_large(ended: ChildEnded) -> ChildEnded:
    message = f"the outputs of session {ended.child} have {raw_size(ended.outputs)} bytes together"
    error = TaskError(code="output_too_large", message=message)
    return msgspec.structs.replace(ended, status="failed", outputs=msgspec.UNSET, error=error)
