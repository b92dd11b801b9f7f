"""Processes die and freeze while records flow: the results are those of what was acknowledged, each there once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from functools import partial
from signal import SIGCONT, SIGSTOP

import httpx
import pytest

from tests.support.machine import MOSTLY_ON_POSTGRES, Machine
from tests.support.monitoring.defining import create
from tests.support.monitoring.flows import FLOW, User, send
from tests.support.monitoring.parts import MONITORING, beside
from tests.support.monitoring.plain_walk import Fact, plain
from tests.support.monitoring.watching import check_results, decided, results
from tests.support.records import now_ms
from tests.support.waiting import eventually

DAY_MS = 86_400_000
THRESHOLD_MS = 1_000


@MOSTLY_ON_POSTGRES
async def test_kills_of_all_processes_change_no_result(machine: Machine, tenant_key: str, full_faults: bool) -> None:
    kills, people, length = (20, 200, 50) if full_faults else (2, 20, 20)
    source = random.Random(kills)
    since_ms = now_ms() - 30 * DAY_MS
    users = [User.made(f"u{n}", source, flows=5, length=length, since_ms=since_ms) for n in range(people)]
    victims = [(MONITORING, "api", "projections")[kill % 3] for kill in range(kills)]
    source.shuffle(victims)
    async with machine.user_client(tenant_key) as client:
        await create(client, "Flow", **FLOW)
        await storm(machine, client, users, victims)
        await decided(client, "Flow", now_ms())
        await check_results(client, "Flow", plain(FLOW, (fact for user in users for fact in user.facts)))


async def storm(machine: Machine, client: httpx.AsyncClient, users: list[User], victims: list[str]) -> None:
    """Let all users send at once, and kill the victims, one after the other, as the records flow."""
    total = sum(len(list(user.facts)) for user in users)
    sent: Counter[str] = Counter()
    async with asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(user.run(client, lambda count: sent.update(all=count)))
        for number, victim in enumerate(victims, start=1):
            await eventually(partial(reached, sent, total * number // (len(victims) + 1)), timeout_s=120.0)
            machine.kill(victim)
            await eventually(partial(machine.children, victim), timeout_s=30.0)


def reached(sent: Counter[str], records: int) -> bool:
    return sent["all"] >= records


@pytest.mark.full_faults
async def test_a_member_that_is_killed_hands_on_what_it_had(machine: Machine, tenant_key: str) -> None:
    """Waits for sessions to end."""
    users = [User.made(f"m{n}", random.Random(n), flows=5, length=10, since_ms=now_ms() - DAY_MS) for n in range(10)]
    async with machine.user_client(tenant_key) as client:
        await create(client, "Flow", **FLOW)
        async with beside(machine, "projections") as other, beside(machine, "jobs"):
            await storm(machine, client, users[:5], [])
            other.kill()
            await storm(machine, client, users[5:], [MONITORING])
            await decided(client, "Flow", now_ms())
        await check_results(client, "Flow", plain(FLOW, (fact for user in users for fact in user.facts)))


@MOSTLY_ON_POSTGRES
async def test_a_freeze_past_the_threshold_times_nothing_out_that_was_in_time(
    machine: Machine, tenant_key: str
) -> None:
    definition = {"correlationProperty": "resourceId", "thresholdInMs": THRESHOLD_MS}
    limits = {"uptimeLowerLimitInMs": 100, "uptimeMidLimitInMs": 200, "uptimeUpperLimitInMs": THRESHOLD_MS}
    definition |= {**limits, "events": [{"name": "ORDER.CREATE"}, {"name": "ORDER.UPDATE"}]}
    async with machine.user_client(tenant_key) as client:
        await create(client, "Frozen", **definition)
        began_ms = now_ms()
        opened = [fact("ORDER.CREATE", began_ms, key) for key in ("in time", "too late", "never")]
        await send(client, opened)
        (child,) = machine.children(MONITORING)
        child.send_signal(SIGSTOP)
        went_on = [
            fact("ORDER.UPDATE", began_ms + THRESHOLD_MS, "in time"),
            fact("ORDER.UPDATE", began_ms + 1_001, "too late"),
        ]
        await send(client, went_on)
        await eventually(lambda: now_ms() > began_ms + 2 * THRESHOLD_MS + 2_000)
        child.send_signal(SIGCONT)
        await eventually(lambda: _has_results(client, 3), timeout_s=30.0)
        expected = plain(definition, opened + went_on + [fact("ORDER.CREATE", began_ms + DAY_MS, "never")])
        expected.open = 0
        await check_results(client, "Frozen", expected)


def fact(name: str, at_ms: int, key: str) -> Fact:
    return Fact(name, at_ms, key, {"resourceId": key})


async def _has_results(client: httpx.AsyncClient, count: int) -> bool:
    return len(await results(client, "Frozen")) == count
