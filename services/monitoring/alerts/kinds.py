"""Alert rules as objects: their JSON shape, as the API and their events have it."""

from __future__ import annotations

from typing import Any

from libs.contracts.paths import MONITORING
from libs.contracts.times import to_ms, to_ms_if_any
from libs.objects.kinds import ObjectId, ObjectKind
from services.monitoring.alerts.model import AlertRule, BurnCondition, watched


def rule_json(rule: AlertRule) -> dict[str, Any]:
    """Return a rule's JSON shape."""
    settings, standing = rule.settings, rule.standing
    return {
        "id": str(rule.id),
        "name": settings.name,
        "kind": rule.kind,
        "interactionName": rule.interaction_name,
        "sloId": None if rule.slo_id is None else str(rule.slo_id),
        **watched(settings.condition),
        "shortMinutes": settings.condition.short_minutes if isinstance(settings.condition, BurnCondition) else None,
        "forSeconds": settings.condition.for_seconds,
        "minEvents": settings.condition.min_events,
        "severity": settings.severity,
        "notifyNoData": settings.notify_no_data,
        "enabled": settings.enabled,
        "webhookIds": [str(one) for one in settings.webhook_ids],
        "state": rule.state,
        "underlyingState": rule.underlying_state,
        "since": to_ms(standing.since),
        "reason": standing.reason,
        "value": standing.value,
        "lastEvaluatedAt": to_ms_if_any(standing.evaluated_at),
        "snoozedUntil": to_ms_if_any(standing.snoozed_until) if standing.is_snoozed(rule.read_at) else None,
        "incidentId": None if standing.incident is None else str(standing.incident.id),
        "incidentStartedAt": None if standing.incident is None else to_ms(standing.incident.started_at),
        "version": rule.version,
        "createdAt": to_ms(rule.created_at),
        "createdBy": rule.created_by,
        "updatedAt": to_ms(rule.updated_at),
        "updatedBy": rule.updated_by,
    }


ALERT_RULES: ObjectKind[AlertRule] = ObjectKind(
    service=MONITORING,
    name="alert_rule",
    identify=lambda rule: ObjectId(rule.tenant_id, str(rule.id)),
    payload=rule_json,
)
