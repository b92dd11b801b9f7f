"""Metrics that are defined, changed, paused and deleted while records flow and processes die."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import httpx

from tests.support.machine import Machine
from tests.support.metrics.oracle import Oracle, OracleMetric
from tests.support.metrics.over_http import applied, change, compute, current, define, delete
from tests.support.metrics.posted import Posted
from tests.support.metrics.posting import post_at_random, with_accept_times
from tests.support.metrics.random_definitions import random_metric
from tests.support.metrics.random_records import RandomRecords
from tests.support.records import now_ms
from tests.support.waiting import eventually

_FIELDS = ("description", "windowDays", "filterConditions", "sqlFilter", "groupByDimensions")


@dataclass
class MetricsStorm:
    """What was posted so far, and the metrics that there are by their ids."""

    client: httpx.AsyncClient
    source: random.Random
    records: list[Posted] = field(default_factory=list)
    metrics: dict[str, OracleMetric] = field(default_factory=dict)
    altered: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    made: int = 0

    async def send(self, records: RandomRecords, count: int) -> None:
        """Send so many random records."""
        await post_at_random(self.client, records, count, self.records.extend)

    async def define(self, metric: OracleMetric) -> str:
        """Define a metric that stays as it is."""
        metric_id = await define(self.client, metric.body)
        self.metrics[metric_id] = metric
        return metric_id

    async def define_any(self, mode: str | None = None) -> None:
        """Define a random metric, which is altered at random."""
        self.made += 1
        metric = random_metric(self.source, f"Metric {self.made}", now_ms(), mode=mode)
        self.altered.append(await self.define(metric))

    async def alter(self) -> None:
        """Change a metric in everything but its name, pause and resume one, or delete one and define another."""
        metric_id = self.source.choice(self.altered)
        step = self.source.randrange(4)
        if step == 0:
            await delete(self.client, metric_id)
            self.altered.remove(metric_id)
            self.deleted.append(metric_id)
            del self.metrics[metric_id]
            await self.define_any()
        elif step == 1:
            await change(self.client, metric_id, {"status": "paused"})
            await change(self.client, metric_id, {"status": "active"})
        else:
            name = str(self.metrics[metric_id].body["name"])
            metric = random_metric(self.source, name, now_ms())
            await change(self.client, metric_id, {**dict.fromkeys(_FIELDS), **metric.body})
            self.metrics[metric_id] = metric

    async def reached(self, count: int) -> None:
        """Return once so many records are acknowledged."""
        await eventually(lambda: len(self.records) >= count, timeout_s=300.0)

    async def settled(self) -> dict[str, Oracle]:
        """Wait until everything is part of the values, those of batches are computed; return an oracle for each."""
        records = await with_accept_times(self.client, self.records)
        by_ms = now_ms()
        for metric_id, metric in self.metrics.items():
            await current(self.client, metric_id, timeout_s=120.0)
            await applied(self.client, metric_id, by_ms)
            if metric.body["computeMode"] == "batch":
                await compute(self.client, metric_id)
        return {metric_id: Oracle(metric, records) for metric_id, metric in self.metrics.items()}


async def rage(
    storm: MetricsStorm,
    machine: Machine,
    senders: Sequence[RandomRecords],
    *,
    records: int,
    changes: int,
    victims: Sequence[str],
) -> None:
    """Let all senders send at once; alter metrics and kill the victims, one after the other, as the records flow."""
    total = records * len(senders)
    async with asyncio.TaskGroup() as group:
        for sender in senders:
            group.create_task(storm.send(sender, records))
        group.create_task(_alter(storm, total, changes))
        for number, victim in enumerate(victims, start=1):
            await storm.reached(total * number // (len(victims) + 1))
            machine.kill(victim)
            await eventually(partial(machine.children, victim), timeout_s=30.0)


async def _alter(storm: MetricsStorm, total: int, changes: int) -> None:
    for number in range(changes):
        await storm.reached(total * number // changes)
        await storm.alter()
