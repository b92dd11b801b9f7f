"""The alert rule that the documents show."""

from __future__ import annotations

from pydantic import JsonValue

_WEBHOOK = "019bc1f0-2c4f-7c3e-b2cc-2f6f4b6d2a11"
_INCIDENT = "019bc1f2-9d7e-7a50-8f0b-5a4f0e3f9c02"
FIELDS_EXAMPLE: dict[str, JsonValue] = {
    "name": "Checkout fails too often",
    "interactionName": "CheckoutSuccess",
    "metric": "errorRate",
    "operator": "GREATER_THAN",
    "threshold": 0.05,
    "windowMinutes": 5,
    "forSeconds": 60,
    "minEvents": 20,
    "severity": "critical",
    "notifyNoData": False,
    "enabled": True,
    "webhookIds": [_WEBHOOK],
}
RULE_EXAMPLE: dict[str, JsonValue] = {
    **FIELDS_EXAMPLE,
    "id": "019bc1f1-6b0a-7d3b-9a57-0d5b8a1f7e33",
    "kind": "metric",
    "sloId": None,
    "shortMinutes": None,
    "state": "FIRING",
    "underlyingState": "FIRING",
    "since": 1768473060000,
    "reason": None,
    "value": 0.0812,
    "lastEvaluatedAt": 1768473075000,
    "snoozedUntil": None,
    "incidentId": _INCIDENT,
    "incidentStartedAt": 1768473060000,
    "version": 1,
    "createdAt": 1768473000000,
    "createdBy": "019bc1e0-1111-7000-8000-000000000001",
    "updatedAt": 1768473000000,
    "updatedBy": "019bc1e0-1111-7000-8000-000000000001",
}
ENTRY_EXAMPLE: dict[str, JsonValue] = {
    "at": 1768473060000,
    "from": "PENDING",
    "to": "FIRING",
    "value": 0.0812,
    "reason": None,
    "incidentId": _INCIDENT,
    "asOf": 1768473052000,
}
