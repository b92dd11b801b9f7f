"""The rule that the documents show, and results of rules for a customer."""

from __future__ import annotations

from typing import Any, Final

from services.metrics.definitions.examples import METRIC_EXAMPLE, METRIC_ID, USER

_AT: Final = "2026-03-16T10:00:00.000Z"
RULE_ID: Final = "cp_0199439c2b3c7d4e8f5a6b7c8d9e0f1a"
FIELDS_EXAMPLE: Final[dict[str, Any]] = {
    "name": "At most 5 contacts in a week",
    "description": "Leaves customers alone that were contacted often.",
    "status": "active",
    "ruleType": "metric_condition",
    "config": {"metricId": METRIC_ID, "operator": "gte", "value": 5, "dimensions": None},
    "priority": 80,
}
RULE_EXAMPLE: Final[dict[str, Any]] = {
    "id": RULE_ID,
    **FIELDS_EXAMPLE,
    "version": 1,
    "createdAt": _AT,
    "createdBy": USER,
    "updatedAt": _AT,
    "updatedBy": USER,
}
RESULT_EXAMPLE: Final[dict[str, Any]] = {
    "id": RULE_ID,
    "name": FIELDS_EXAMPLE["name"],
    "priority": 80,
    "status": "active",
    "metricId": METRIC_ID,
    "metricName": "contacts_7d",
    "operator": "gte",
    "expected": 5,
    "value": 6,
    "matched": True,
    "computedAt": _AT,
    "reason": None,
}
QUALIFICATION_EXAMPLE: Final[dict[str, Any]] = {
    **RESULT_EXAMPLE,
    "id": "qr_0199439c2b3c7d4e8f5a6b7c8d9e0f1b",
    "name": "At least 3 purchases in 30 days",
    "metricName": METRIC_EXAMPLE["name"],
    "expected": 3,
    "value": 12,
}
