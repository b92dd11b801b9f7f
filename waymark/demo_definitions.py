"""Defines what a small shop watches and automates: a critical interaction, its objective and alert rule, two metrics,
and a workflow that is run a few times.

What is there already is left as it is, so defining twice changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from waymark.client.address import read_credentials
from waymark.client.errors import ConnectionFailed, error_of
from waymark.connection import Connection

_TIMEOUT_S: Final = 30.0
CHECKOUT: Final = "Checkout"
_INTERACTIONS: Final = "/v1/interactions"
_WORKFLOWS: Final = "/api/v1/workflows"

_CRITICAL_INTERACTION: Final = {
    "name": CHECKOUT,
    "description": "From the order to its invoice; a declined payment ends it",
    "correlationProperty": "uowId",
    "dimensions": ["origin"],
    "events": [
        {"name": "ORDER.CREATE"},
        {"name": "PAYMENT.UPDATE"},
        {"name": "ORDER.UPDATE", "props": [{"name": "status", "operator": "EQUALS", "value": "paid"}]},
        {"name": "DOCUMENT.CREATE"},
    ],
    "globalBlacklistedEvents": [{"name": "ORDER.DELETE"}],
    "uptimeLowerLimitInMs": 15_000,
    "uptimeMidLimitInMs": 22_000,
    "uptimeUpperLimitInMs": 28_000,
    "thresholdInMs": 30_000,
}
_OBJECTIVE: Final = {"name": "Checkouts complete", "interactionName": CHECKOUT, "target": 0.9}
_ALERT_RULE: Final = {
    "name": "Checkouts take long",
    "interactionName": CHECKOUT,
    "metric": "p95",
    "operator": "GREATER_THAN",
    "threshold": 25_000,
    "windowMinutes": 1_440,
    "minEvents": 10,
}
_METRICS: Final = (
    {
        "name": "Orders",
        "description": "How many orders a customer has placed in 30 days",
        "aggregateFunction": "count",
        "sourceField": "order.placed",
        "windowDays": 30,
        "computeMode": "realtime",
    },
    {
        "name": "Revenue",
        "description": "The sum of a customer's orders in 30 days, by currency",
        "aggregateFunction": "sum",
        "sourceField": "total",
        "windowDays": 30,
        "computeMode": "batch",
        "batchIntervalMin": 60,
        "filterConditions": {"kind": "interaction"},
        "groupByDimensions": ["currency"],
    },
)
_WORKFLOW: Final = "price-order"
_TASKS: Final[Mapping[str, Any]] = {
    "Net": {
        "type": "transform",
        "body": {"expression": "double(input.total) / 1.19"},
        "position": {"x": 0, "y": 0},
    },
    "Per item": {
        "type": "run-code",
        "body": {
            "code": "def main(inputs):\n    return round(inputs['total'] / inputs['items'], 2)\n",
            "inputs": {
                "total": {"$blank": {"name": "total", "type": "number", "required": True}},
                "items": {"$blank": {"name": "items", "type": "number", "required": True}},
            },
        },
        "position": {"x": 0, "y": 160},
    },
    "Quote": {
        "type": "transform",
        "body": {"expression": "{'net': tasks.Net.output.result, 'perItem': tasks[\"Per item\"].output.result}"},
        "executeAfter": {"Net": ["completed"], "Per item": ["completed"]},
        "position": {"x": 320, "y": 80},
    },
}
_WORKFLOW_BODY: Final = {
    "name": _WORKFLOW,
    "description": "Works out an order's net price and the price of an item, both at once",
    "tasks": _TASKS,
    "output": {"$ref": "tasks.Quote.output.result"},
}
_RUNS: Final = ({"total": 119.0, "items": 2}, {"total": 59.5, "items": 1}, {"total": 17.85, "items": 0})
"""The last one fails: nothing can be divided by no items."""


@dataclass
class Definitions:
    """Makes what is missing. `client` is logged in, or has a key alone: then critical interactions are left out."""

    client: httpx.AsyncClient
    is_logged_in: bool
    made: int = 0

    def __str__(self) -> str:
        made = f"{self.made} definitions made" if self.made else "all definitions were there"
        if self.is_logged_in:
            return made
        return f"{made}; no critical interaction: that wants the login of the credentials.json that the key is from"

    async def watch(self) -> None:
        """Define the critical interaction, its objective and its alert rule: what is recorded from then on counts."""
        if self.is_logged_in:
            await self._make(_INTERACTIONS, _CRITICAL_INTERACTION)
            await self._make("/v1/slos", _OBJECTIVE)
            await self._make("/v1/alert-rules", _ALERT_RULE)

    async def count(self) -> None:
        """Define the metrics, which count what was recorded before, too."""
        for metric in _METRICS:
            await self._make("/api/v1/behavioral-metrics", metric)

    async def automate(self) -> None:
        """Define the workflow, and run it on each input once while it is as it was made here."""
        if await self._make(_WORKFLOWS, _WORKFLOW_BODY):
            _checked(await self.client.post(f"{_WORKFLOWS}/{_WORKFLOW}/activate", json={}))
        workflow = _checked(await self.client.get(f"{_WORKFLOWS}/{_WORKFLOW}")).json()
        if workflow["active"] and workflow["version"] == 1:
            for number, body in enumerate(_RUNS):
                await self._run(body, key=f"demo-{number}")

    async def _make(self, path: str, body: Mapping[str, Any]) -> bool:
        """Make a thing unless there is one of its name; return whether it was made."""
        answer = await self.client.post(path, json=body)
        is_new = answer.status_code != httpx.codes.CONFLICT and _checked(answer).is_success
        self.made += is_new
        return is_new

    async def _run(self, body: Mapping[str, Any], *, key: str) -> None:
        """Run the workflow under a key: its session is the same whenever it is asked for."""
        headers = {"prefer": "respond-async", "idempotency-key": key}
        answer = await self.client.post(f"/run/{_WORKFLOW}", json=body, headers=headers)
        if answer.status_code != httpx.codes.FAILED_DEPENDENCY:
            _checked(answer)


@asynccontextmanager
async def opened_definitions(connection: Connection, data_dir: Path) -> AsyncIterator[Definitions]:
    """Open a client for them; raises ServerAnswered and ConnectionFailed from the block.

    Critical interactions want a login, not a key: it is the one that the first start left in the data directory, if the
    key is that one's too.
    """
    try:
        async with httpx.AsyncClient(base_url=connection.url, timeout=_TIMEOUT_S) as client:
            is_logged_in = await _log_in(client, _login_of(connection, data_dir))
            if not is_logged_in:
                client.headers["x-api-key"] = connection.api_key
            yield Definitions(client, is_logged_in)
    except httpx.TransportError as error:
        raise ConnectionFailed(f"the server does not answer: {error}") from error


def _login_of(connection: Connection, data_dir: Path) -> Mapping[str, str] | None:
    credentials = read_credentials(data_dir) or {}
    if credentials.get("apiKey") != connection.api_key or not credentials.get("password"):
        return None
    return {"email": credentials["email"], "password": credentials["password"]}


async def _log_in(client: httpx.AsyncClient, login: Mapping[str, str] | None) -> bool:
    """Log the client in; False when there is no login, or the password is another by now."""
    if login is None:
        return False
    answer = await client.post("/api/v1/auth/login", json=login)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return False
    client.cookies.clear()
    token = _checked(answer).json()["accessToken"]
    client.headers.update({"authorization": f"Bearer {token}", "user-email": login["email"]})
    return True


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise error_of(answer.status_code, answer.content)
    return answer
