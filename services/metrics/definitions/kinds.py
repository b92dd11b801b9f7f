"""Behavioural metrics as objects: their JSON shape, as their events have it."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.metric_values import BEHAVIORAL_METRIC, metric_text
from libs.contracts.paths import METRICS
from libs.contracts.times import format_time
from libs.objects.kinds import ObjectId, ObjectKind
from services.metrics.definitions.model import Metric


def metric_json(metric: Metric) -> dict[str, Any]:
    """Return the JSON shape that the API and the events have in common."""
    definition: dict[str, Any] = msgspec.to_builtins(metric.definition)
    return {
        "id": metric_text(metric.id),
        **definition,
        "version": metric.version,
        "createdAt": format_time(metric.created_at),
        "createdBy": metric.created_by,
        "updatedAt": format_time(metric.updated_at),
        "updatedBy": metric.updated_by,
    }


METRIC_DEFINITIONS: ObjectKind[Metric] = ObjectKind(
    service=METRICS,
    name=BEHAVIORAL_METRIC,
    identify=lambda metric: ObjectId(metric.tenant_id, metric_text(metric.id)),
    payload=metric_json,
)
OBJECT_KINDS: tuple[ObjectKind[Any], ...] = ()
"""The kinds whose latest records are published: none."""
