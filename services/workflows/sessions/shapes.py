"""Shapes of the versions that sessions run."""

from __future__ import annotations

import msgspec

from services.workflows.definitions.compiled import CompiledWorkflow
from services.workflows.definitions.versions import VersionMissing, Versions
from services.workflows.engine.session import SessionState
from services.workflows.sessions.render import Shape


def shape_of(compiled: CompiledWorkflow) -> Shape:
    """Return the shape of a version."""
    return Shape(
        order=compiled.graph.order,
        types={name: task.type.face.type for name, task in compiled.tasks.items()},
        item_types={name: task.inner.type.face.type for name, task in compiled.tasks.items() if task.inner is not None},
        has_output=compiled.output is not None,
    )


async def shape_for(versions: Versions, state: SessionState) -> Shape:
    """Return the shape of a session's version; of one that is not run any more, as the session's records tell it."""
    try:
        return shape_of(await compiled_of(versions, state))
    except VersionMissing:
        order = [key.task for key in state.tasks if key.item is None]
        return Shape(order=order, types={}, has_output=state.output is not msgspec.UNSET)


async def compiled_of(versions: Versions, state: SessionState) -> CompiledWorkflow:
    """Return the version that a session runs. Raises VersionMissing."""
    started = state.started
    return await versions.compiled(state.tenant_id, started.workflow_id, started.version, started.task_types)
