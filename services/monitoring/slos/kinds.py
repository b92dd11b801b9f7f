"""Service level objectives as objects: their JSON shape, as the API and their events have it."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.paths import MONITORING
from libs.contracts.times import to_ms
from libs.objects.kinds import ObjectId, ObjectKind
from services.monitoring.slos.model import Slo


def slo_json(slo: Slo) -> dict[str, Any]:
    """Return an objective's JSON shape."""
    objective = slo.objective
    return {
        "id": str(slo.id),
        "name": objective.name,
        "interactionName": slo.interaction_name,
        "goodWhen": objective.good_when,
        "target": objective.target,
        "windowMinutes": objective.window_minutes,
        "minEvents": objective.min_events,
        "burnRules": [msgspec.to_builtins(rule) for rule in objective.rules],
        "webhookIds": [str(webhook_id) for webhook_id in objective.webhook_ids],
        "version": slo.version,
        "createdAt": to_ms(slo.created_at),
        "createdBy": slo.created_by,
        "updatedAt": to_ms(slo.updated_at),
        "updatedBy": slo.updated_by,
    }


SLOS: ObjectKind[Slo] = ObjectKind(
    service=MONITORING,
    name="slo",
    identify=lambda slo: ObjectId(slo.tenant_id, str(slo.id)),
    payload=slo_json,
)
