"""Contact policies and qualification rules over HTTP for tests, of whatever kind: made, shown and listed in one way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

import httpx

from libs.contracts.metric_values import metric_text
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE, RuleKind


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a kind, on the value of the metric of an id unless a body says otherwise."""

    kind: RuleKind
    client: httpx.AsyncClient
    metric_id: uuid.UUID

    def body(self, name: str = "Often", **changes: Any) -> dict[str, Any]:
        """The body of a POST: a value of 5 or more, and the changes; those of `config` by their names."""
        config = {"metricId": metric_text(self.metric_id), "operator": "gte", "value": 5}
        parts = {key: changes.pop(key) for key in ("metricId", "operator", "value", "dimensions") if key in changes}
        return {"name": name, "ruleType": "metric_condition", "config": {**config, **parts}, **changes}

    async def create(self, name: str = "Often", **changes: Any) -> dict[str, Any]:
        """Create a rule and return it."""
        return await self._done("POST", 201, json=self.body(name, **changes))

    async def update(self, rule_id: str, **changes: Any) -> dict[str, Any]:
        """Change a rule and return it."""
        return await self._done("PUT", 200, json={"id": rule_id, **changes})

    async def page(self, **params: Any) -> dict[str, Any]:
        """Return a page of the list."""
        return await self._done("GET", 200, params=params)

    async def evaluate(self, customer: str | int, **body: Any) -> dict[str, Any]:
        """Return what the rules come to for a customer."""
        return await self._done("POST", 200, "/evaluate", json={"customerId": customer, **body})

    async def _done(self, method: str, status: int, path: str = "", **options: Any) -> dict[str, Any]:
        answer = await self.client.request(method, f"{self.kind.path}{path}", **options)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found


KINDS: Final = (CONTACT_POLICY, QUALIFICATION_RULE)
