"""The service level objective that the documents show."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from services.monitoring.slos.burn_rate import default_rules

_AT_MS: Final = 1_768_473_000_000
_RULES: Final[list[dict[str, Any]]] = [msgspec.to_builtins(rule) for rule in default_rules(43_200)]
FIELDS_EXAMPLE: Final[dict[str, Any]] = {
    "name": "Checkout 99.9 %",
    "interactionName": "CheckoutSuccess",
    "goodWhen": "GOOD",
    "target": 0.999,
    "windowMinutes": 43_200,
    "minEvents": 10,
    "burnRules": _RULES,
    "webhookIds": ["0199439c-0440-70db-8d54-f9add9ea5f62"],
}
SLO_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0199439c-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    **FIELDS_EXAMPLE,
    "version": 1,
    "createdAt": _AT_MS,
    "createdBy": "0199439c-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
    "updatedAt": _AT_MS,
    "updatedBy": "0199439c-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
}
STATUS_EXAMPLE: Final[dict[str, Any]] = {
    "asOf": _AT_MS,
    "from": _AT_MS + 60_000 - 43_200 * 60_000,
    "to": _AT_MS + 60_000,
    "good": 99_960,
    "bad": 40,
    "total": 100_000,
    "sli": 0.9996,
    "target": 0.999,
    "allowedBad": 100.0,
    "budgetSpent": 0.4,
    "budgetRemaining": 0.6,
    "burnRules": [{**rule, "longRate": 0.5, "shortRate": None, "state": "OK"} for rule in _RULES],
}
