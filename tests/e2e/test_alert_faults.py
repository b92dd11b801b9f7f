"""What evaluates alert rules and sends messages is killed: states are right, and each incident is told of once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from libs.eventlog.port import EventLog
from tests.support.leases import let_leases_lapse
from tests.support.machine import MOSTLY_ON_POSTGRES, Machine, log_of
from tests.support.monitoring.alert_accounts import (
    check_deliveries,
    check_due_once,
    check_events,
    deliveries,
    expected_notices,
    history,
    longest_gap,
    received_notices,
    results_in_order,
)
from tests.support.monitoring.alert_storm import AlertStorm, alert_storm
from tests.support.monitoring.looks import looks, noted, stop_evaluating
from tests.support.monitoring.plain_walk import plain
from tests.support.monitoring.watching import check_results, decided
from tests.support.records import now_ms
from tests.support.waiting import eventually

MISSED = timedelta(seconds=10)
"""No rule waits for so long while a process lives that evaluates."""


@MOSTLY_ON_POSTGRES
async def test_kills_of_evaluators_and_senders_tell_each_incident_once(
    machine: Machine, tenant_key: str, full_faults: bool
) -> None:
    """What evaluates and sends knows nothing of the log: the bounded storm is on one of them."""
    kafka = machine.environment.get("WAYMARK_KAFKA_BOOTSTRAP_SERVERS")
    length_s, processes = (120.0, 3) if full_faults else (5.0, 1)
    source = random.Random(2 if kafka else 1)
    async with (
        machine.user_client(tenant_key) as client,
        noted(machine.owner_url) as conn,
        alert_storm(machine, client, conn, source, processes) as storm,
    ):
        await storm.rage(length_s)
        await calm(storm, lapsing=not full_faults)
        async with log_of(machine) as log:
            await check(storm, log)


async def calm(storm: AlertStorm, *, lapsing: bool) -> None:
    """Wait until everything is counted and evaluated, then until all that was to be told is.

    With `lapsing` what those that were killed had leased is due at once, not at the end of their leases.
    """
    by_ms = now_ms()
    for figure in storm.figures.values():
        await decided(storm.client, figure.name, by_ms)
    await stop_evaluating(storm.conn, storm.rule_ids)
    if lapsing:
        await let_leases_lapse(storm.conn, "monitoring", "webhook_delivery")
    await eventually(lambda: is_told(storm), timeout_s=90.0, interval_s=0.1)


async def is_told(storm: AlertStorm) -> bool:
    """Return whether no event waits, and no message to the storm's receivers."""
    waiting: bool = await storm.conn.fetchval(
        "SELECT EXISTS (SELECT FROM monitoring.outbox WHERE appended_at IS NULL) OR EXISTS ("
        "SELECT FROM monitoring.webhook_deliveries WHERE state = 'PENDING' AND endpoint_id = ANY ($1::uuid[]))",
        [receiver.id for receiver in storm.receivers],
    )
    return not waiting


async def check(storm: AlertStorm, log: EventLog) -> None:
    """Compare all that is known of the storm, and print its figures."""
    ours: set[str] = set()
    for figure in storm.figures.values():
        found = await check_results(storm.client, figure.name, plain(figure.definition, figure.facts))
        ours |= {one["id"] for one in found}
    seen = await looks(storm.conn, storm.rule_ids)
    check_due_once(seen)
    gap = longest_gap(seen)
    assert gap < MISSED
    courses = storm.courses([one for one in await results_in_order(log) if one["id"] in ours])
    for look in seen:
        courses[look.rule_id].follow(look)
    for rule_id, course in courses.items():
        assert await history(storm.client, rule_id) == course.history
    await check_events(log, list(courses.values()))
    for receiver in storm.receivers:
        received = received_notices(receiver, receiver.secret)
        assert Counter(received.values()) == expected_notices(courses.values(), receiver.id)
        check_deliveries(await deliveries(storm.client, receiver.id), received)
    incidents, told = (
        sum(map(len, each)) for each in zip(*((c.opened, c.told) for c in courses.values()), strict=True)
    )
    assert told
    print(
        f"{storm.kills} kills, {sum(look.is_evaluation for look in seen)} evaluations, {gap} between two at most;",
        f"{incidents} incidents, {told} told of; {sum(len(one.attempts) for one in storm.receivers)} messages",
        f"by {sum(len(one.received) for one in storm.receivers)} attempts",
    )
