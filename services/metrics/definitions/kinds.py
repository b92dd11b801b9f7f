"""Behavioural metrics as objects: their JSON shape, as their events have it."""

from __future__ import annotations

from typing import Any

from libs.contracts.metric_values import BEHAVIORAL_METRIC, metric_text
from libs.contracts.paths import METRICS
from libs.contracts.times import format_time
from libs.objects.kinds import ObjectId, ObjectKind
from services.metrics.definitions.model import Metric
from services.metrics.definitions.store import state_of


def metric_json(metric: Metric) -> dict[str, Any]:
    """Return the JSON shape that the API and the events have in common."""
    return {
        "id": metric_text(metric.id),
        **state_of(metric.definition),
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
