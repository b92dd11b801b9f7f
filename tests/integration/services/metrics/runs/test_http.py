"""Runs over HTTP, with everything running: a request for a run waits for all that was accepted before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record
from libs.pg.database import Database
from libs.service.app import create_service_app
from services.metrics.series.projection import SeriesProjection
from services.metrics.service import SERVICE
from services.metrics.settings import MetricsSettings
from tests.support.callers import publish_callers
from tests.support.metrics.over_http import METRICS_URL
from tests.support.metrics.series import SeriesWorld
from tests.support.platform_events import TRACED, assert_leaves_its_events
from tests.support.read_models import projecting
from tests.support.records import interaction, recorded
from tests.support.serving import serving

BODY = {"name": "purchases", "aggregateFunction": "count", "sourceField": "PURCHASE", "windowDays": None}


@dataclass(frozen=True, slots=True)
class Running:
    """The service with its projection and jobs, for acme's editor."""

    world: SeriesWorld
    client: httpx.AsyncClient
    viewer: dict[str, str]

    async def buy(self, *numbers: int) -> None:
        """Accept interactions that count for ann, or for bob where the number is odd."""
        bodies = [
            interaction(
                number, "acme", action="PURCHASE", json=b'{"customerId":"%s"}' % (b"bob" if number % 2 else b"ann")
            )
            for number in numbers
        ]
        stored = [recorded(body, "acme") for body in bodies]
        records = [Record(one.topic, one.key or "", one.value, one.headers, one.timestamp_ms) for one in stored]
        await self.world.log.append(records)

    async def define(self, **fields: Any) -> str:
        """Define a metric, and return its path."""
        answer = await self.client.post(METRICS_URL, json=BODY | fields)
        assert answer.status_code == 201, answer.text
        return f"{METRICS_URL}/{answer.json()['id']}"


@pytest.fixture
async def running(series: SeriesWorld, projector_db: Database, settings: MetricsSettings) -> AsyncIterator[Running]:
    """Everything that the service does."""
    callers = await publish_callers(series.log)
    app, stopping = create_service_app(SERVICE, settings, log=series.log), asyncio.Event()
    async with projecting(series, SeriesProjection()), asyncio.TaskGroup() as jobs:
        for job in SERVICE.jobs(settings):
            jobs.create_task(job.run(series.log, projector_db, stopping))
        async with serving(app, headers=callers.user()) as client:
            yield Running(series, client, callers.user("viewer"))
        stopping.set()


async def test_a_request_for_a_run_waits_for_the_backfill_and_for_all_that_was_accepted_before(
    running: Running,
) -> None:
    await running.buy(1, 2, 3)
    path = await running.define()
    await running.buy(4, 5)
    log = running.world.log
    assert isinstance(log, MemoryEventLog)
    compute = partial(running.client.post, f"{path}/compute", headers=TRACED)
    (event,) = await assert_leaves_its_events(log, (compute, ["behavioral_metric.computed"]))
    assert (event.actor_id, event.subject) == ("acme-editor", path.rpartition("/")[2])
    answer = await running.client.post(f"{path}/compute")
    assert answer.status_code == 200, answer.text
    computed = answer.json()
    assert computed == {
        "computed": True,
        "valueCount": 2,
        "runId": computed["runId"],
        "computedAt": computed["computedAt"],
    }
    values = (await running.client.get(f"{path}/values")).json()
    assert [(value["customerId"], value["value"]) for value in values] == [("bob", 3), ("ann", 2)]
    shown = (await running.client.get(f"{path}/runs/{computed['runId']}")).json()
    assert (shown["kind"], shown["state"], shown["at"], shown["progress"]) == (
        "manual",
        "done",
        computed["computedAt"],
        1,
    )
    listed = (await running.client.get(f"{path}/runs", params={"limit": 1})).json()
    assert (listed["data"], listed["total"], listed["hasMore"]) == ([shown], 3, True)
    more = (await running.client.get(f"{path}/runs", params={"limit": 2, "cursor": listed["nextCursor"]})).json()
    assert ([run["kind"] for run in more["data"]], more["nextCursor"]) == (["manual", "backfill"], None)


async def test_a_request_that_does_not_wait_is_told_where_the_run_is(running: Running) -> None:
    path = await running.define()
    answer = await running.client.post(f"{path}/compute", headers={"Prefer": "respond-async, wait=10"})
    assert answer.status_code == 202
    told = answer.json()
    assert told == {"computed": False, "valueCount": 0, "runId": told["runId"], "progress": 0}
    shown = await running.client.get(answer.headers["location"])
    assert shown.json()["id"] == told["runId"]


async def test_viewers_and_paused_or_unknown_metrics_are_refused_a_run(running: Running) -> None:
    path = await running.define()
    assert (await running.client.post(f"{path}/compute", headers=running.viewer)).status_code == 403
    assert (await running.client.get(f"{path}/runs", headers=running.viewer)).status_code == 200
    paused = await running.client.put(METRICS_URL, json={"id": path.rpartition("/")[2], "status": "paused"})
    assert paused.status_code == 200, paused.text
    answer = await running.client.post(f"{path}/compute")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "METRIC_PAUSED")
    unknown = f"{METRICS_URL}/metric_{'0' * 32}"
    assert (await running.client.post(f"{unknown}/compute")).status_code == 404
    for other in (f"{unknown}/runs", f"{path}/runs/run_{'0' * 32}", f"{path}/runs/1"):
        assert (await running.client.get(other)).status_code == 404
    assert (await running.client.get(f"{path}/runs", params={"cursor": "x"})).status_code == 422
