"""Processes die while metrics come, change and go and records flow: every value is that of what was acknowledged."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

from libs.eventlog.port import EventLog
from libs.pg.database import connect_once
from tests.support.leases import let_leases_lapse
from tests.support.machine import MOSTLY_ON_KAFKA, Machine, log_of
from tests.support.metrics.building import metric
from tests.support.metrics.changes import changes, check_published, standing
from tests.support.metrics.comparing import check_everything, follows
from tests.support.metrics.oracle import DAY_MS, Oracle
from tests.support.metrics.posting import post_rewritten
from tests.support.metrics.random_records import RandomRecords
from tests.support.metrics.ruling import check_rules
from tests.support.metrics.storm import MetricsStorm, rage
from tests.support.records import now_ms
from tests.support.waiting import eventually

WEEK_MS = 7 * DAY_MS
QUARTER_HOURS_FROM = 200
"""From how many contributions on a day its edges are read by quarter hours."""
OF_A_WEEK = [
    metric("sum", "n", name="Summed", windowDays=7, computeMode="realtime"),
    metric("avg", "n", name="Averaged", windowDays=7, groupByDimensions=["kind"], computeMode="batch"),
]
"""Metrics whose window cuts a busy day."""


@MOSTLY_ON_KAFKA
async def test_kills_change_no_value_though_metrics_come_change_and_go(
    machine: Machine, tenant_key: str, full_faults: bool
) -> None:
    kills, senders, records, metrics = (20, 8, 1_500, 10) if full_faults else (2, 3, 400, 3)
    source, began_ms = random.Random(kills), now_ms()
    edges_ms = [began_ms - past_ms for past_ms in (0, DAY_MS, WEEK_MS, 30 * DAY_MS)]
    flows = [RandomRecords(random.Random(number), began_ms, edges_ms=edges_ms) for number in range(senders)]
    for flow in flows[:2]:
        flow.day_with_ms, flow.customers = began_ms - WEEK_MS, ("busy",) * 9
    victims = [("projections", "api")[kill % 2] for kill in range(kills)]
    async with machine.client(tenant_key) as client:
        # Of two contents under one id the first that is applied counts: here both are in the log before any metric.
        storm = MetricsStorm(client, source, await post_rewritten(client, flows[-1], 10))
        for number in range(metrics):
            await storm.define_any(("batch", "realtime")[number % 2])
        for one in OF_A_WEEK:
            await storm.define(one)
        await rage(storm, machine, flows, records=records, changes=2 * kills, victims=victims)
        await storm.define_any()
        if not full_faults:
            await let_lapse(machine)
        async with log_of(machine) as log:
            await check(storm, log, [began_ms, began_ms + 60 * DAY_MS, began_ms - source.randrange(400) * DAY_MS])


async def let_lapse(machine: Machine) -> None:
    """Have what those that were killed had leased taken over at once, not at the end of the leases."""
    conn = await connect_once(machine.owner_url, application_name="tests")
    await let_leases_lapse(conn, "metrics", "run")
    await conn.close()


def busiest_day(oracle: Oracle) -> int:
    """Return the most contributions that a value has on one day."""
    days = Counter((one.customer, one.dims, one.event_ms // DAY_MS) for one in oracle.contributions)
    return max(days.values(), default=0)


async def check(storm: MetricsStorm, log: EventLog, ats_ms: list[int]) -> None:
    """Compare all values with the oracle, and what subscribers have with what is stored: of deleted metrics nothing."""
    oracles = await storm.settled()
    assert any(busiest_day(oracle) > QUARTER_HOURS_FROM for oracle in oracles.values())
    await check_rules(storm.client, oracles, ats_ms)
    for metric_id, oracle in oracles.items():
        if oracle.metric.body["computeMode"] == "realtime":
            await follows(storm.client, metric_id, oracle, now_ms)
        await check_everything(storm.client, metric_id, oracle, ats_ms, storm.source)
        await check_published(storm.client, log, metric_id, killed=True)
    for metric_id in storm.deleted:
        await eventually(partial(_is_gone, log, metric_id), timeout_s=30.0, interval_s=0.2)


async def _is_gone(log: EventLog, metric_id: str) -> bool:
    return standing(await changes(log, metric_id)) == {}
