"""Own task types as objects: their JSON shapes. Nobody needs them at hand, so no topic has their latest state."""

from __future__ import annotations

from typing import Any

from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import format_time
from libs.objects.kinds import ObjectId, ObjectKind
from services.workflows.own_types.known import own_type
from services.workflows.own_types.model import OWN_TYPE, OwnTaskType
from services.workflows.own_types.store import state_of
from services.workflows.task_types.faces import face_json


def own_type_json(one: OwnTaskType) -> dict[str, Any]:
    """Return an own type as the API and its events have it."""
    return {
        **face_json(own_type(one.type, one.definition).face),
        "own": True,
        **state_of(one.definition),
        "version": one.version,
        "createdDate": format_time(one.created_at),
        "createdBy": one.created_by,
        "modifiedDate": format_time(one.updated_at),
        "modifiedBy": one.updated_by,
    }


OWN_TYPES: ObjectKind[OwnTaskType] = ObjectKind(
    service=WORKFLOWS,
    name=OWN_TYPE,
    identify=lambda one: ObjectId(one.tenant_id, one.type),
    payload=own_type_json,
)
