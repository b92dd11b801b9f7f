"""What people of the shop defined before its traffic came: metrics, a policy, an objective, a webhook, an integration,
and a workflow with a session that completed and one that failed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import httpx

from services.workflows.family import INTEGRATIONS_PATH
from tests.support.metrics.definitions import create_metric
from tests.support.metrics.over_http import compute, get
from tests.support.monitoring.objectives import create_slo
from tests.support.monitoring.webhooks import create_webhook
from tests.support.waiting import eventually
from tests.support.workflows.building import active, definition, task
from tests.support.workflows.running import ended, started

RUN: Final = 7
"""How many interactions the sessions are recorded as: four of the one that completed, three of the other."""
_INTERACTIONS_URL: Final = "/api/interactions"
_ORDERS: Final = "Orders"
_REVENUE: Final = "Revenue"
_POLICY: Final = "Enough for a month"
_SLO: Final = "Checkouts are good"
_INTEGRATION: Final = "billing"
_WORKFLOW: Final = "price-per-item"
_TASKS: Final = {
    "Divide": task("transform", expression="input.total / input.items"),
    "Pause": task("delay", seconds=""),
    "Round": task("transform", ["Divide", "Pause"], expression="tasks.Divide.output.result * 10"),
}
"""Two tasks at once and one after both; without items the first fails. How long to pause is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Ids and names of what was defined."""

    metric: str
    """Realtime: the orders of each customer."""
    metric_name: str = _ORDERS
    batch_metric: str
    batch_metric_name: str = _REVENUE
    policy: str
    policy_name: str = _POLICY
    slo: str
    slo_name: str = _SLO
    webhook: str
    integration: str = _INTEGRATION
    workflow: str = _WORKFLOW
    session: str
    """It completed."""
    failed_session: str


async def define(client: httpx.AsyncClient) -> Made:
    """Define everything as an administrator's `client`; the sessions are recorded as `RUN` interactions then."""
    (metric, batch_metric, policy), slo, webhook, (session, failed), _ = await asyncio.gather(
        _metrics(client),
        create_slo(client, _SLO, target=0.9, goodWhen="AVERAGE"),
        create_webhook(client, "https://hooks.example.com/waymark", description="Whoever is on call"),
        _sessions(client),
        _integration(client),
    )
    return Made(
        metric=metric,
        batch_metric=batch_metric,
        policy=policy,
        slo=slo,
        webhook=webhook["id"],
        session=session,
        failed_session=failed,
    )


async def counted(client: httpx.AsyncClient, made: Made) -> None:
    """Return once the metrics have values of what was sent."""
    await compute(client, made.batch_metric)

    async def has_values() -> bool:
        return bool(await get(client, f"/{made.metric}/values"))

    await eventually(has_values, timeout_s=60.0)


async def _metrics(client: httpx.AsyncClient) -> tuple[str, str, str]:
    orders, revenue = await asyncio.gather(
        create_metric(
            client,
            _ORDERS,
            sourceField="CREATE",
            computeMode="realtime",
            filterConditions={"resourceType": "ORDER"},
        ),
        create_metric(
            client,
            _REVENUE,
            description="What a customer paid, by currency",
            aggregateFunction="sum",
            sourceField="total",
            groupByDimensions=["currency"],
        ),
    )
    policy = {
        "name": _POLICY,
        "status": "active",
        "ruleType": "metric_condition",
        "config": {"metricId": orders, "operator": "gte", "value": 3},
    }
    answer = await client.post("/api/v1/contact-policies", json=policy)
    assert answer.status_code == 201, answer.text
    return orders, revenue, answer.json()["id"]


async def _sessions(client: httpx.AsyncClient) -> tuple[str, str]:
    await active(client, _WORKFLOW, definition(_TASKS, description="What one item of an order costs"))
    completed, failed = await asyncio.gather(_run(client, items=4), _run(client, items=0))

    async def recorded() -> bool:
        answer = await client.get(_INTERACTIONS_URL, params={"origin": "WORKFLOW"})
        return bool(answer.is_success and answer.json()["pagination"]["total"] == RUN)

    await eventually(recorded, timeout_s=60.0)
    return completed, failed


async def _run(client: httpx.AsyncClient, items: int) -> str:
    body: dict[str, Any] = {"total": 8, "items": items, "Pause": {"seconds": 0.01}}
    session = await started(client, _WORKFLOW, body)
    session_id: str = (await ended(client, session["sessionId"]))["sessionId"]
    return session_id


async def _integration(client: httpx.AsyncClient) -> None:
    body = {
        "name": _INTEGRATION,
        "type": "http",
        "settings": {"baseUrl": "https://billing.example.com"},
        "secrets": {"TOKEN": "a token of the tests alone"},
    }
    answer = await client.post(INTEGRATIONS_PATH, json=body)
    assert answer.status_code == 201, answer.text
