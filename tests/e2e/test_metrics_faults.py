"""Processes die while metrics come, change and go and records flow: every value is that of what was acknowledged."""

from __future__ import annotations

import random

from tests.support.machine import Machine
from tests.support.metrics.comparing import check_everything, follows
from tests.support.metrics.oracle import DAY_MS
from tests.support.metrics.random_records import RandomRecords
from tests.support.metrics.storm import MetricsStorm, rage
from tests.support.monitoring.watching import now_ms

PAST_MS = (0, DAY_MS, 7 * DAY_MS, 30 * DAY_MS)


async def test_kills_change_no_value_though_metrics_come_change_and_go(
    machine: Machine, tenant_key: str, full_faults: bool
) -> None:
    kills, senders, records, metrics = (20, 8, 1_500, 12) if full_faults else (2, 3, 250, 4)
    source = random.Random(kills)
    began_ms = now_ms()
    flows = [
        RandomRecords(random.Random(number), began_ms, edges_ms=[began_ms - past_ms for past_ms in PAST_MS])
        for number in range(senders)
    ]
    victims = [("projections", "api")[kill % 2] for kill in range(kills)]
    async with machine.client(tenant_key) as client:
        storm = MetricsStorm(client, source)
        for number in range(metrics):
            await storm.define(("batch", "realtime")[number % 2])
        await rage(storm, machine, flows, records=records, changes=2 * kills, victims=victims)
        await storm.define()
        oracles = await storm.settled()
        for metric_id, oracle in oracles.items():
            if oracle.metric.body["computeMode"] == "realtime":
                await follows(client, metric_id, oracle, now_ms)
            ats = [began_ms, began_ms + 60 * DAY_MS, began_ms - source.randrange(400) * DAY_MS]
            await check_everything(client, metric_id, oracle, ats, source)
