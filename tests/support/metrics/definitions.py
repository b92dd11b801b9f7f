"""Defines behavioural metrics for tests, by the rules that requests change them by."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from libs.contracts.events import SYSTEM, Cause
from libs.contracts.topics import EVENTS
from libs.eventlog.port import TopicPartition
from libs.objects.changes import Change, Changes
from libs.pg.database import Database
from services.metrics.definitions import rules
from services.metrics.definitions.model import Metric, MetricDefinition
from services.metrics.runs import requests
from services.metrics.runs.model import Run
from tests.support.metrics.over_http import define

T = TypeVar("T")


def definition(name: str = "purchases", **changes: Any) -> MetricDefinition:
    """The count of `purchase` over 30 days, computed every hour, and the changes."""
    fields = {"aggregate_function": "count", "source_field": "purchase", "window_days": 30}
    return MetricDefinition(**{"name": name, **fields, **changes})


@dataclass(frozen=True, slots=True)
class Definitions:
    """The metrics of a tenant; `db` connects as the request role."""

    db: Database
    tenant_id: str = "acme"

    async def change(self, work: Callable[[Change], Awaitable[T]]) -> T:
        """Do some work within a change, as a request does."""
        async with self.db.tenant_transaction(self.tenant_id) as conn:
            return await work(Changes().begin(conn, self.tenant_id, Cause(actor=SYSTEM, correlation_id="tests")))

    async def create(self, name: str = "purchases", **changes: Any) -> Metric:
        """Create a metric of `definition`."""
        return await self.change(lambda change: rules.create(change, definition(name, **changes)))

    async def update(self, metric: Metric, **changes: Any) -> Metric:
        """Change fields of the metric's definition."""
        return await self.change(lambda change: rules.update(change, metric.id, changes))

    async def request_run(self, metric: Metric, offset: int = 0) -> Run:
        """Request a manual run, which waits until the events before `offset` are applied."""
        wanted = {TopicPartition(EVENTS.name, 0): offset}
        return await self.change(lambda change: requests.request(change, metric.id, wanted))

    async def delete(self, metric_id: uuid.UUID) -> None:
        """Delete a metric."""
        await self.change(lambda change: rules.delete(change, metric_id))


def body(name: str = "purchases", **changes: Any) -> dict[str, Any]:
    """The body of a POST: the count of `purchase` over 30 days, and the changes."""
    return {"name": name, "aggregateFunction": "count", "sourceField": "purchase", "windowDays": 30, **changes}


async def create_metric(client: httpx.AsyncClient, name: str = "purchases", **changes: Any) -> str:
    """Create a metric of `body` over HTTP and return its id."""
    return await define(client, body(name, **changes))
