"""The integration of a task whose type cannot do without one."""

from __future__ import annotations

from services.workflows.task_types.model import Call, Connected, TaskFailed


def account_of(call: Call) -> Connected:
    """Return the integration of a task. Raises TaskFailed when it has none."""
    if call.connected is None:
        raise TaskFailed("integration_missing", "the task names no integration")
    return call.connected
