"""The messages that webhooks get of alerts; the same notice always has the same id."""

from __future__ import annotations

import uuid
from typing import Any, Final

from libs.contracts.times import to_ms
from libs.webhooks.deliveries import Message, message_body
from services.monitoring.alerts.alert_states import ALERT_NO_DATA, ALERT_RESOLVED, Notice
from services.monitoring.alerts.model import AlertRule, watched

PATH: Final = "/v1/alert-rules"


def message_of(rule: AlertRule, notice: Notice) -> Message:
    """Return the message of a notice about a rule."""
    incident = notice.incident
    return Message(
        id=str(_id_of(rule, notice)),
        tenant_id=rule.tenant_id,
        type=notice.type,
        body=message_body(notice.type, notice.at, _data(rule, notice)),
        incident_id=None if incident is None else str(incident.id),
    )


def _id_of(rule: AlertRule, notice: Notice) -> uuid.UUID:
    """Return the id: an incident fires and is resolved once, a rule has no data anew at each moment."""
    if notice.incident is None or notice.type == ALERT_NO_DATA:
        return uuid.uuid5(rule.id, f"{notice.type}/{notice.at.isoformat()}")
    return uuid.uuid5(notice.incident.id, notice.type)


def _data(rule: AlertRule, notice: Notice) -> dict[str, Any]:
    incident, settings = notice.incident, rule.settings
    return {
        "tenantId": rule.tenant_id,
        "incidentId": None if incident is None else str(incident.id),
        "rule": {
            "id": str(rule.id),
            "name": settings.name,
            "kind": rule.kind,
            "severity": settings.severity,
            **watched(settings.condition),
        },
        "interaction": {"id": rule.interaction_id, "name": rule.interaction_name},
        "slo": None if rule.slo_id is None else {"id": str(rule.slo_id), "name": settings.slo_name},
        "value": notice.value,
        "startedAt": None if incident is None else to_ms(incident.started_at),
        "resolvedAt": to_ms(notice.at) if notice.type == ALERT_RESOLVED else None,
        "reason": notice.reason,
        "path": f"{PATH}/{rule.id}",
    }
