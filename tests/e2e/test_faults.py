"""Processes die, the log and the database go away: what was acknowledged is there once, and every number is explained.

The suite runs a bounded storm; `make faults` (`--full-faults`) the whole one.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.git_recount import recount
from tests.support.git_repository import make_large_repository
from tests.support.kafka import new_topic_prefix, restart
from tests.support.machine import Machine, running_machine
from tests.support.postgres import LASTING_SETTINGS, embedded_server
from tests.support.storm import Sender, check_everything
from tests.support.waiting import eventually


@pytest.mark.parametrize("victim", ["api", "projections"])
async def test_kills_of_a_process_lose_and_repeat_nothing(
    machine: Machine, tenant_key: str, victim: str, full_faults: bool
) -> None:
    kills, records = (25, 100_000) if full_faults else (2, 4_000)
    async with machine.client(tenant_key) as client:
        sender = Sender(client)
        sending = asyncio.create_task(sender.run(records))
        for kill in range(1, kills + 1):
            await sender.reached(records * kill // (kills + 1))
            machine.kill(victim)
            await eventually(lambda: machine.children(victim), timeout_s=30.0)
        await sending
        await check_everything(client, sender.acknowledged)


async def test_a_kill_of_everything_in_the_middle_of_an_import(
    machine: Machine, tenant_key: str, tmp_path: Path
) -> None:
    repository = make_large_repository(tmp_path / "repository", commits=1_500)
    truth = recount(repository)
    importing = asyncio.create_task(machine.run("import", "git", str(repository), "--json", key=tenant_key))
    async with machine.client(tenant_key) as client:
        await eventually(lambda: _total_at_least(client, 500), timeout_s=60.0)
    machine.kill_everything()
    await machine.restart()
    code, out = await importing
    assert code == 0, out
    assert json.loads(out)["rejected"] == 0
    async with machine.client(tenant_key) as client:
        await eventually(lambda: _total_at_least(client, truth.total), timeout_s=60.0)
        author, count = truth.by_author.most_common(1)[0]
        answer = await client.get("/api/interactions", params={"userId": author, "limit": "1"})
        assert answer.json()["pagination"]["total"] == count
        assert sum((await _totals_by_action(client)).values()) == truth.total


async def _total_at_least(client: httpx.AsyncClient, wanted: int) -> bool:
    return bool((await client.get("/api/interactions?limit=1")).json()["pagination"]["total"] >= wanted)


async def _totals_by_action(client: httpx.AsyncClient) -> dict[str, int]:
    totals = {}
    for action in ("ADDED", "MODIFIED", "DELETED", "RENAMED"):
        answer = await client.get("/api/interactions", params={"action": action, "limit": "1"})
        totals[action] = answer.json()["pagination"]["total"]
    return totals


async def test_stopping_and_starting_loses_nothing(machine: Machine, tenant_key: str) -> None:
    async with machine.client(tenant_key) as client:
        sender = Sender(client)
        await sender.run(500)
    first_key = machine.credentials["apiKey"]
    assert await machine.stop() == 0
    await machine.restart()
    assert machine.credentials["apiKey"] == first_key
    async with machine.client(tenant_key) as client:
        await check_everything(client, sender.acknowledged)


async def test_a_broker_that_is_away_is_a_503_and_then_not(disposable_kafka: Any, tmp_path: Path) -> None:
    environment = {
        "WAYMARK_KAFKA_BOOTSTRAP_SERVERS": disposable_kafka.bootstrap_servers,
        "WAYMARK_TOPIC_PREFIX": new_topic_prefix(),
    }
    async with running_machine(tmp_path / "data", environment) as machine, machine.client() as client:
        sender = Sender(client)
        await sender.run(300)
        disposable_kafka.kill()
        statuses = await _post_for_a_while(client)
        assert statuses
        assert set(statuses) == {503}
        await restart(disposable_kafka)
        await eventually(lambda: _accepts(client), timeout_s=30.0, interval_s=0.2)
        await sender.run(600)
        await check_everything(client, sender.acknowledged)


async def test_a_database_that_is_away_is_a_503_and_then_not(tmp_path: Path) -> None:
    with embedded_server(settings=LASTING_SETTINGS) as database:
        environment = {"WAYMARK_DATABASE_URL": database.url}
        async with running_machine(tmp_path / "data", environment) as machine, machine.client() as client:
            sender = Sender(client)
            await sender.run(300)
            await asyncio.to_thread(database.stop, immediate=True)
            statuses = await _post_for_a_while(client)
            assert statuses
            assert set(statuses) == {503}
            await asyncio.to_thread(database.start)
            await eventually(lambda: _accepts(client), timeout_s=30.0, interval_s=0.2)
            await sender.run(600)
            await check_everything(client, sender.acknowledged)


async def _post_for_a_while(client: httpx.AsyncClient) -> list[int]:
    """Statuses of posts sent one after the other; each must be answered within seconds (the client's own limit)."""
    body = {"resourceId": "away", "resourceType": "ORDER", "action": "CREATE", "origin": "API"}
    return [(await client.post("/api/interactions", json=body, timeout=15.0)).status_code for _ in range(4)]


async def _accepts(client: httpx.AsyncClient) -> bool:
    body = {"resourceId": "back", "resourceType": "ORDER", "action": "CREATE", "origin": "API"}
    return (await client.post("/api/interactions", json=body)).status_code == 201
