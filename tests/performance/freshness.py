"""How soon a realtime value follows: what was accepted, and instants at which the window leaves a record behind.

Looked at are the value asked for by customer, the list of the highest, and the topic of changes, each of a customer of
its own, so that every one appears and is gone again.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from libs.contracts.times import format_ms
from libs.contracts.topics import METRIC_VALUES
from libs.eventlog.port import EventLog
from tests.performance.ground import Ground, LogName, new_site
from tests.performance.interactions_data import DAY_MS
from tests.performance.options import Options
from tests.performance.report import Line, Report, p99
from tests.support.machine import log_of, running_machine
from tests.support.metrics.over_http import METRICS_URL, current, define

_SAMPLES, _TOGETHER = 100, 10
_STAYS_MS = 4_000
"""How long a record of the second half of a measurement is in the window: until it was seen to be there."""
_LOOK_S, _LIMIT_S = 0.005, 30.0
_VALUE, _LIST, _TOPIC = "value by customer", "list of the highest", "change on the topic"
_APPEARS: Mapping[str, float] = {_VALUE: 1_000.0, _LIST: 2_000.0, _TOPIC: 2_000.0}
_GOES_MS = 1_000.0


@dataclass(frozen=True, slots=True)
class _Published:
    """When changes were read from the topic, by customer: of the value, and of its end. Seconds of the clock."""

    changed_s: dict[str, float] = field(default_factory=dict)
    removed_s: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Watch:
    """Looks at a metric."""

    client: httpx.AsyncClient
    metric_id: str
    published: _Published

    async def delays_ms(self, customer: str) -> dict[tuple[str, str], float]:
        """Record something of the customer; return how long each place took to show it, and its end."""
        leaves_ms = time.time_ns() // 1_000_000 + _STAYS_MS
        body = {
            "resourceId": customer,
            "resourceType": "ORDER",
            "action": "CREATE",
            "origin": "WEBAPP",
            "interaction": {"customerId": customer, "paid": True},
            "interactionTimestamp": format_ms(leaves_ms - DAY_MS),
        }
        answer = await self.client.post("/api/interactions", json=body)
        assert answer.status_code == 201, answer.text
        accepted_s = time.time()
        appeared = await self._seen(customer, there=True)
        await asyncio.sleep(max(0.0, leaves_ms / 1000 - time.time()))
        gone = await self._seen(customer, there=False)
        return {(place, "appears"): (at_s - accepted_s) * 1000 for place, at_s in appeared.items()} | {
            (place, "goes"): max(0.0, at_s * 1000 - leaves_ms) for place, at_s in gone.items()
        }

    async def _seen(self, customer: str, *, there: bool) -> dict[str, float]:
        read = self.published.changed_s if there else self.published.removed_s
        looks = {
            _VALUE: lambda: self._is_shown(customer, customerId=customer),
            _LIST: lambda: self._is_shown(customer, limit=1_000),
        }
        found: dict[str, float] = {}
        async with asyncio.timeout(_LIMIT_S):
            while len(found) < len(_APPEARS):
                for place in looks.keys() - found.keys():
                    if await looks[place]() is there:
                        found[place] = time.time()
                if customer in read:
                    found[_TOPIC] = read[customer]
                await asyncio.sleep(_LOOK_S)
        return found

    async def _is_shown(self, customer: str, **params: str | int) -> bool:
        answer = await self.client.get(f"{METRICS_URL}/{self.metric_id}/values", params=params)
        return any(one["customerId"] == customer for one in answer.json())


async def measure_freshness(ground: Ground, log_name: LogName, _: Options, report: Report) -> None:
    """Add a line for each place on one log: how soon values appear in it, and are gone."""
    delays: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    async with _watch(ground, log_name) as watch:
        for first in range(0, _SAMPLES, _TOGETHER):
            customers = [f"customer-{number}" for number in range(first, first + _TOGETHER)]
            for seen in await asyncio.gather(*map(watch.delays_ms, customers)):
                for what, delay_ms in seen.items():
                    delays[what].append(delay_ms)
    for place, limit_ms in _APPEARS.items():
        _add(report, log_name, f"p99 accepted → {place}", delays[place, "appears"], limit_ms)
    for place in _APPEARS:
        _add(report, log_name, f"p99 out of the window → gone from {place}", delays[place, "goes"], _GOES_MS)


def _add(report: Report, log_name: LogName, what: str, delays_ms: list[float], limit_ms: float) -> None:
    report.add(
        Line(
            what=f"{what}, a realtime metric, {_TOGETHER} customers at a time",
            log=log_name,
            unit="ms",
            ours=[p99(delays_ms)],
            beside=f"p50 {median(delays_ms):.0f} ms of {len(delays_ms)}",
            promise=f"≤ {limit_ms:,.0f} ms",
            holds=p99(delays_ms) <= limit_ms,
        )
    )


@asynccontextmanager
async def _watch(ground: Ground, log_name: LogName) -> AsyncIterator[_Watch]:
    body = {"name": "paid", "aggregateFunction": "count", "sourceField": "paid", "windowDays": 1}
    with TemporaryDirectory(prefix="waymark-bench-") as directory:
        async with (
            new_site(ground, log_name) as site,
            running_machine(Path(directory) / "data", site.environment) as machine,
            machine.client() as client,
            log_of(machine) as log,
        ):
            metric_id = await define(client, {**body, "computeMode": "realtime"})
            await current(client, metric_id)
            async with _following(log) as published:
                yield _Watch(client, metric_id, published)


@asynccontextmanager
async def _following(log: EventLog) -> AsyncIterator[_Published]:
    published = _Published()
    reader = await log.reader(await log.end_offsets([METRIC_VALUES]))
    stopping = asyncio.Event()

    async def follow() -> None:
        while not stopping.is_set():
            for record in await reader.poll(timeout_s=0.05, max_records=500):
                customer = (record.key or "").rpartition(":")[2]
                times = published.removed_s if record.value is None else published.changed_s
                times.setdefault(customer, time.time())

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(follow())
            yield published
            stopping.set()
    finally:
        await reader.stop()
