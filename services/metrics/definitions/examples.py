"""The metric that the documents show."""

from __future__ import annotations

from typing import Any, Final

METRIC_ID: Final = "metric_0199439c1a2b7c3d8e4f5a6b7c8d9e0f"
USER: Final = "0199439c-5e6f-7a8b-9c0d-1e2f3a4b5c6d"
FIELDS_EXAMPLE: Final[dict[str, Any]] = {
    "name": "purchase_frequency_30d",
    "description": "Number of purchases in last 30 days",
    "aggregateFunction": "count",
    "sourceField": "purchase",
    "windowDays": 30,
    "groupByDimensions": ["store.country"],
    "filterConditions": {"field": "amount", "op": "gte", "value": 10},
    "sqlFilter": "origin = 'WEBAPP' and data.amount < 1000",
    "computeMode": "batch",
    "batchIntervalMin": 60,
}
METRIC_EXAMPLE: Final[dict[str, Any]] = {
    "id": METRIC_ID,
    **FIELDS_EXAMPLE,
    "status": "active",
    "version": 1,
    "createdAt": "2026-02-01T10:00:00.000Z",
    "createdBy": USER,
    "updatedAt": "2026-02-01T10:00:00.000Z",
    "updatedBy": USER,
    "lastComputedAt": "2026-03-16T02:00:00.000Z",
    "nextComputeAt": "2026-03-16T03:00:00.000Z",
    "skipped": {"notNumeric": 0},
    "state": {
        "phase": "current",
        "progress": 1,
        "recordsRead": 120_000,
        "recordsTotal": 120_000,
        "servingVersion": 1,
        "coveredFrom": None,
        "error": None,
    },
    "_count": {"values": 4_521},
}
REFERENCED_EXAMPLE: Final[dict[str, Any]] = {
    "error": {
        "code": "METRIC_REFERENCED",
        "message": "active rules refer to the metric: 'At most 5 contacts in a week'; pause or change them first",
        "status": 409,
        "details": [],
        "references": [
            {
                "kind": "contact_policy",
                "id": "cp_0199439c2b3c7d4e8f5a6b7c8d9e0f1a",
                "name": "At most 5 contacts in a week",
            }
        ],
    }
}
