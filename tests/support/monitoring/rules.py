"""Defines alert rules over HTTP for tests."""

from __future__ import annotations

from typing import Any

import httpx

RULES_URL = "/v1/alert-rules"


def rule_body(name: str = "Too many errors", **changes: Any) -> dict[str, Any]:
    """The body of a POST: more than 5 % errors of `Checkout`, and the changes."""
    said = {"interactionName": "Checkout", "metric": "errorRate", "operator": "GREATER_THAN", "threshold": 0.05}
    return {"name": name, **said, **changes}


async def create_rule(client: httpx.AsyncClient, name: str = "Too many errors", **changes: Any) -> str:
    """Create a rule and return its id."""
    answer = await client.post(RULES_URL, json=rule_body(name, **changes))
    assert answer.status_code == 201, answer.text
    created: str = answer.json()["data"]["id"]
    return created


async def get_rule(client: httpx.AsyncClient, rule_id: str) -> dict[str, Any]:
    """Return a rule."""
    answer = await client.get(f"{RULES_URL}/{rule_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


async def listed_rules(client: httpx.AsyncClient, **params: Any) -> tuple[list[str], int]:
    """Return the names on a page of the list, and the total."""
    answer = await client.get(RULES_URL, params=params)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return [one["name"] for one in data["alertRules"]], data["totalAlertRules"]
