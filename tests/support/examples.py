"""Examples of the documents that tests use unchanged."""

from __future__ import annotations

from typing import Any

FIRST_EXAMPLE: dict[str, Any] = {
    "resourceId": "order-456",
    "resourceType": "ORDER",
    "action": "CREATE",
    "origin": "WEBAPP",
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
}
