"""The rule that the documents show, and what it comes to for a customer."""

from __future__ import annotations

from typing import Any, Final

_AT: Final = "2026-03-16T10:00:00.000Z"
_METRIC_ID: Final = "metric_0199439c1a2b7c3d8e4f5a6b7c8d9e0f"
RULE_ID: Final = "cp_0199439c2b3c7d4e8f5a6b7c8d9e0f1a"
FIELDS_EXAMPLE: Final[dict[str, Any]] = {
    "name": "At most 5 contacts in a week",
    "description": "Leaves customers alone that were contacted often.",
    "status": "active",
    "ruleType": "metric_condition",
    "config": {"metricId": _METRIC_ID, "operator": "gte", "value": 5, "dimensions": None},
    "priority": 80,
}
RULE_EXAMPLE: Final[dict[str, Any]] = {
    "id": RULE_ID,
    **FIELDS_EXAMPLE,
    "version": 1,
    "createdAt": _AT,
    "createdBy": "0199439c-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
    "updatedAt": _AT,
    "updatedBy": "0199439c-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
}
RESULT_EXAMPLE: Final[dict[str, Any]] = {
    "id": RULE_ID,
    "name": FIELDS_EXAMPLE["name"],
    "priority": 80,
    "status": "active",
    "metricId": _METRIC_ID,
    "metricName": "contacts_7d",
    "operator": "gte",
    "expected": 5,
    "value": 6,
    "matched": True,
    "computedAt": _AT,
    "reason": None,
}
