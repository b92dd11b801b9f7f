"""The values that the documents show."""

from __future__ import annotations

from typing import Any, Final

from services.metrics.definitions.examples import METRIC_ID

_AT: Final = "2026-03-16T02:00:00.000Z"
_RECORD_ID: Final = "0199439d-3c4d-7e5f-8a6b-7c8d9e0f1a2b"
_DIMENSIONS: Final = {"store.country": "DE"}
VALUE_EXAMPLE: Final[dict[str, Any]] = {
    "id": "mv_5d3f0f6a2b7c5e8d9a1b2c3d4e5f6a7b",
    "metricId": METRIC_ID,
    "customerId": "CUST001",
    "dimensions": _DIMENSIONS,
    "value": 12,
    "recordCount": 12,
    "from": "2026-02-14T02:00:00.000Z",
    "to": _AT,
    "computedAt": _AT,
}
SERIES_EXAMPLE: Final[dict[str, Any]] = {
    "metricId": METRIC_ID,
    "customerId": "CUST001",
    "from": "2026-03-15T02:00:00.000Z",
    "to": _AT,
    "step": "day",
    "series": [
        {
            "dimensions": _DIMENSIONS,
            "points": [{"at": "2026-03-15T02:00:00.000Z", "value": 11}, {"at": _AT, "value": 12}],
        }
    ],
}
EXPLANATION_EXAMPLE: Final[dict[str, Any]] = {
    **VALUE_EXAMPLE,
    "value": 1,
    "recordCount": 1,
    "records": [
        {
            "kind": "interaction",
            "id": _RECORD_ID,
            "eventTime": "2026-03-15T18:04:11.000Z",
            "number": 49.9,
            "counted": True,
            "reason": None,
            "href": f"/api/interactions/{_RECORD_ID}",
        }
    ],
    "nextCursor": None,
}
