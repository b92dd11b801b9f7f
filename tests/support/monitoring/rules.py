"""Defines alert rules over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.monitoring.collections import Collection

RULES_URL = "/v1/alert-rules"
RULES = Collection(RULES_URL, "alertRules")


def rule_body(name: str = "Too many errors", **changes: Any) -> dict[str, Any]:
    """The body of a POST: more than 5 % errors of `Checkout`, and the changes."""
    said = {"interactionName": "Checkout", "metric": "errorRate", "operator": "GREATER_THAN", "threshold": 0.05}
    return {"name": name, **said, **changes}


async def create_rule(client: httpx.AsyncClient, name: str = "Too many errors", **changes: Any) -> str:
    """Create a rule and return its id."""
    created: str = (await RULES.create(client, rule_body(name, **changes)))["id"]
    return created
