"""Workflows as objects: their JSON shapes. Nobody needs them at hand, so no topic has their latest state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import format_time, format_time_if_any
from libs.objects.kinds import ObjectId, ObjectKind
from services.workflows.definitions.model import WORKFLOW, Workflow, WorkflowDefinition, WorkflowSummary
from services.workflows.definitions.store import state_of
from services.workflows.family import RUN_PATH


def definition_json(definition: WorkflowDefinition) -> dict[str, Any]:
    """Return a definition as it may be sent again; its own members are there whether they were sent or not."""
    return {
        "description": definition.description,
        "access": definition.access,
        "timeoutMs": definition.timeout_ms,
        "maxSessions": definition.max_sessions,
        "tasks": state_of(definition)["tasks"],
    } | ({} if definition.output is msgspec.UNSET else {"output": definition.output})


def workflow_json(one: Workflow, warnings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a workflow as answers have it."""
    return {
        "name": one.name,
        **definition_json(one.definition),
        **_state(summary_of(one)),
        "warnings": list(warnings),
    }


def summary_json(one: WorkflowSummary) -> dict[str, Any]:
    """Return a workflow without its tasks, as lists and events have it."""
    return {
        "name": one.name,
        "description": one.description,
        "access": one.access,
        "timeoutMs": one.timeout_ms,
        "maxSessions": one.max_sessions,
        "taskCount": one.task_count,
        **_state(one),
    }


def summary_of(one: Workflow) -> WorkflowSummary:
    """Return a workflow without its tasks."""
    definition = one.definition
    return WorkflowSummary(
        tenant_id=one.tenant_id,
        id=one.id,
        name=one.name,
        version=one.version,
        active=one.active,
        active_version=one.active_version,
        description=definition.description,
        access=definition.access,
        timeout_ms=definition.timeout_ms,
        max_sessions=definition.max_sessions,
        task_count=len(definition.tasks),
        created_at=one.created_at,
        created_by=one.created_by,
        updated_at=one.updated_at,
        updated_by=one.updated_by,
        archived_at=one.archived_at,
    )


def _state(one: WorkflowSummary) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "active": one.active,
        "version": one.version,
        "activeVersion": one.active_version,
        "endpoint": f"{RUN_PATH}/{one.name}",
        "createdDate": format_time(one.created_at),
        "createdBy": one.created_by,
        "modifiedDate": format_time(one.updated_at),
        "modifiedBy": one.updated_by,
        "archivedDate": format_time_if_any(one.archived_at),
    }


WORKFLOW_DEFINITIONS: ObjectKind[Workflow] = ObjectKind(
    service=WORKFLOWS,
    name=WORKFLOW,
    identify=lambda one: ObjectId(one.tenant_id, str(one.id)),
    payload=lambda one: summary_json(summary_of(one)),
)
