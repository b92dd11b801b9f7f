"""The definition that the documents show."""

from __future__ import annotations

from pydantic import JsonValue

_EVENTS: list[JsonValue] = [
    {
        "name": "ORDER.CREATE",
        "props": [{"name": "channel", "value": "web", "operator": "EQUALS"}],
        "isBlacklisted": False,
    },
    {"name": "payment.settled", "props": [], "isBlacklisted": False},
]
_GLOBAL: list[JsonValue] = [
    {
        "name": "order.cancelled",
        "props": [{"name": "reason", "value": "test", "operator": "NOTCONTAINS"}],
        "isBlacklisted": True,
    }
]
FIELDS_EXAMPLE: dict[str, JsonValue] = {
    "name": "CheckoutSuccess",
    "description": "From the order to the payment",
    "uptimeLowerLimitInMs": 100,
    "uptimeMidLimitInMs": 200,
    "uptimeUpperLimitInMs": 300,
    "thresholdInMs": 60000,
    "events": _EVENTS,
    "globalBlacklistedEvents": _GLOBAL,
    "correlationProperty": None,
    "dimensions": ["origin"],
}
DETAILS_EXAMPLE: dict[str, JsonValue] = {
    **FIELDS_EXAMPLE,
    "interactionName": "CheckoutSuccess",
    "id": 7,
    "thresholdInMS": 60000,
    "status": "RUNNING",
    "version": 1,
    "createdAt": 1768473000000,
    "createdBy": "ada@example.com",
    "updatedAt": 1768473000000,
    "updatedBy": "ada@example.com",
}
