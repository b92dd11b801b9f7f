"""Every writing route of metrics leaves its event."""

from __future__ import annotations

import functools

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from tests.support.metrics.definitions import body, create_metric
from tests.support.metrics.over_http import METRICS_URL
from tests.support.platform_events import TRACED, assert_leaves_its_events, uncorrelated


@pytest.mark.usefixtures("series")
async def test_every_writing_route_leaves_its_event(client: httpx.AsyncClient, log: MemoryEventLog) -> None:
    send = functools.partial(client.request, url=METRICS_URL, headers=TRACED)
    metric_id = await create_metric(client, "there")
    for method, sent, happened in (
        ("POST", {"json": body()}, "created"),
        ("PUT", {"json": {"id": metric_id, "windowDays": 7}}, "updated"),
        ("PUT", {"json": {"id": metric_id, "status": "paused", "name": "here"}}, "paused"),
        ("PUT", {"json": {"id": metric_id, "status": "active"}}, "resumed"),
        ("DELETE", {"params": {"id": metric_id}}, "deleted"),
    ):
        step = functools.partial(send, method, **sent)
        (event,) = await assert_leaves_its_events(log, (step, [f"behavioral_metric.{happened}"]))
        assert (event.actor_id, event.actor_type) == ("acme-editor", "user")
    assert event.subject == metric_id
    assert not uncorrelated(log)
