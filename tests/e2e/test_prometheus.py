"""A machine that `waymark demo` filled, under a real Prometheus: what the demo defines works, and nothing alerts."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import httpx
import pytest

from libs.service.run import API
from tests.support.dashboards import FILES, Asked, asked_of, choices_of, read_dashboard
from tests.support.machine import Machine, running_machine
from tests.support.prometheus import Prometheus, promtool, running_prometheus
from tests.support.scratch import scratch_directory
from tests.support.waiting import eventually
from waymark.demo import day_of_traffic
from waymark.services import worker_names

_ENVIRONMENT = {"WAYMARK_MONITORING_WATERMARK_MS": "2000", "WAYMARK_MONITORING_EVALUATION_MS": "1000"}
_VISITS = 40
_ANOTHER_DAY = date(2026, 1, 15)
_LISTS = ("/v1/interactions", "/v1/slos", "/v1/alert-rules", "/api/v1/behavioral-metrics", "/api/v1/workflows")
_NAMES = {"Checkout", "Checkouts complete", "Checkouts take long", "Orders", "Revenue", "price-order"}
_SESSIONS = "/api/v1/workflow-sessions"


@dataclass(frozen=True)
class Observed:
    """A machine, the Prometheus that scrapes it each second, and what `waymark demo` said when it filled it."""

    machine: Machine
    prometheus: Prometheus
    said: Sequence[str]


@pytest.fixture(scope="module")
async def observed() -> AsyncIterator[Observed]:
    """A machine under Prometheus from before `waymark demo` until all that the demo leads to was scraped."""
    with scratch_directory("waymark-observed-") as folder:
        async with (
            running_machine(folder / "data", _ENVIRONMENT) as machine,
            running_prometheus(folder, {"machine": machine.port}) as prometheus,
        ):
            await eventually(lambda: _is_scraped(prometheus))
            said = await _demo(machine)
            async with machine.user_client() as client:
                await eventually(lambda: _works(client), timeout_s=60.0)
            yield Observed(machine, prometheus, said)


async def test_what_a_shop_defines_is_there_once_and_works(observed: Observed) -> None:
    assert observed.said[-1] == "6 definitions made"
    async with observed.machine.user_client() as client:
        before = await _defined(client)
        again = await _demo(observed.machine)
        assert again[-1] == "all definitions were there"
        assert again[0].startswith("0 of ")
        assert await _defined(client) == before
        assert before.keys() == _NAMES
        assert len((await _got(client, _SESSIONS))["data"]) == 3
        answer = await client.post("/api/keys", json={"label": "another", "roles": ["editor"]})
        key = answer.json()["key"]
    by_key = await _demo(observed.machine, "--api-key", key)
    assert by_key[-1].startswith("all definitions were there; no critical interaction")


async def test_every_process_is_scraped(observed: Observed) -> None:
    versions = await observed.prometheus.query("waymark_build_info")
    assert {one["metric"]["process"] for one in versions} == {API, *worker_names()}
    assert {one["metric"]["component"] for one in versions} == {"machine"}


async def test_nothing_alerts_on_a_healthy_machine(observed: Observed) -> None:
    assert await observed.prometheus.judged_in_the_end() == set()
    recorded = await observed.prometheus.query("projection:lag_seconds:max")
    assert {"queries.history", "queries.events"} <= {one["metric"]["projection"] for one in recorded}


async def test_the_exposition_is_as_prometheus_wants_it(observed: Observed) -> None:
    async with observed.machine.client() as client:
        said = promtool("check", "metrics", given=(await client.get("/metrics")).text)
    assert (said.returncode, said.stderr) == (0, "")


async def test_every_panel_of_the_dashboards_has_data(observed: Observed) -> None:
    """A rate wants growth that was seen: one more day of the demo's traffic comes once all of it has been scraped."""
    results = "sum(waymark_critical_interaction_results_total) > 0"
    await eventually(partial(observed.prometheus.query, results), timeout_s=60.0)
    day = list(day_of_traffic(_ANOTHER_DAY, _VISITS))
    async with observed.machine.user_client() as client:
        answer = await client.post("/api/interactions/batch", json=day)
    assert answer.json()["accepted"] == len(day)
    for name in FILES:
        document = read_dashboard(name)
        values = choices_of(document) | {"__rate_interval": "10s", "__range": "5m"}
        for asked in asked_of(document):
            await eventually(partial(_has_data, observed.prometheus, asked, values), timeout_s=20.0)


async def _has_data(prometheus: Prometheus, asked: Asked, values: Mapping[str, str]) -> bool:
    """Whether a series of the panel has a number, and each has a name of its own."""
    found = await _series(prometheus, asked.filled_in(values), is_instant=asked.is_instant)
    numbers = [float(value) for series in found for _, value in series["values"]]
    assert any(map(math.isfinite, numbers)), asked
    names = [asked.name_of(series["metric"]) for series in found]
    assert asked.is_instant or len(set(names)) == len(names), (asked, names)
    return True


async def _series(prometheus: Prometheus, expression: str, *, is_instant: bool) -> list[dict[str, Any]]:
    """Return the series over the last minutes, or as they are now, each with its values."""
    if is_instant:
        return [{**one, "values": [one["value"]]} for one in await prometheus.query(expression)]
    now_s = time.time()
    data = await prometheus.get("query_range", query=expression, start=str(now_s - 300), end=str(now_s), step="1")
    found: list[dict[str, Any]] = data["result"]
    return found


async def _is_scraped(prometheus: Prometheus) -> bool:
    return bool(await prometheus.query("waymark_build_info"))


async def _demo(machine: Machine, *options: str) -> list[str]:
    code, output = await machine.run("demo", "--visits", str(_VISITS), "--data-dir", str(machine.data_dir), *options)
    assert code == 0, output
    return output.splitlines()


async def _works(client: httpx.AsyncClient) -> bool:
    """Whether the traffic was judged, counted, and every session has ended, one of them badly."""
    results = await _got(client, "/v1/interactions/Checkout/results?from=2020-01-01&to=2100-01-01")
    metrics = await _got(client, "/api/v1/behavioral-metrics")
    sessions = [one["status"] for one in (await _got(client, _SESSIONS))["data"]]
    is_counted = all(one["_count"]["values"] > 0 for one in metrics["data"])
    return bool(results["data"]["results"]) and is_counted and sorted(sessions) == ["completed", "completed", "failed"]


async def _defined(client: httpx.AsyncClient) -> dict[str, int]:
    """Return the version of whatever is defined, by name; burn rate rules come with their objective."""
    found: dict[str, int] = {}
    for path in _LISTS:
        answer = await _got(client, f"{path}?page=0&size=100" if path.startswith("/v1") else path)
        rows = answer["data"] if isinstance(answer["data"], list) else next(iter(answer["data"].values()))
        found |= {one["name"]: one["version"] for one in rows if one.get("kind") != "burnRate"}
    return found


async def _got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()
