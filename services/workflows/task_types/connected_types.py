"""The integration of a task, where its type takes that, and where it cannot do without."""

from __future__ import annotations

from services.workflows.task_types.model import Call, Connected, TaskFailed, TypeFace


def account_of(call: Call) -> Connected:
    """Return the integration of a task. Raises TaskFailed when it has none."""
    if call.connected is None:
        raise TaskFailed("integration_missing", "the task names no integration")
    return call.connected


def taken(connected: Connected, face: TypeFace) -> Connected:
    """Return an integration that the type takes. Raises TaskFailed for one of another kind."""
    if connected.type not in face.integrations:
        raise TaskFailed("integration_unusable", f"{face.type} takes no integration of the type {connected.type}")
    return connected
