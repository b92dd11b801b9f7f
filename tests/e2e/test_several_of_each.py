"""Two of every service beside each other on Kafka, as docker-compose.yml runs them: one of each is killed and replaced
while records flow and sessions run. Nothing is lost and nothing counts twice, in any model.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.contracts.paths import FRONT
from tests.support.brokers import secured_broker
from tests.support.containers import NAMES, Containers, stopping
from tests.support.monitoring.defining import create
from tests.support.monitoring.flows import FLOW, User
from tests.support.monitoring.plain_walk import plain
from tests.support.monitoring.watching import check_results, decided
from tests.support.records import now_ms
from tests.support.storm import Sender, check_everything
from tests.support.waiting import eventually
from tests.support.workflows.over_http import activate, create_workflow

pytestmark = [pytest.mark.kafka, pytest.mark.full_faults]
SENDERS, SESSIONS = 2, 100
DAY_MS = 86_400_000


async def test_one_of_each_is_killed_and_replaced_while_records_flow(database_url: str, tmp_path: Path) -> None:
    since_ms = now_ms() - 30 * DAY_MS
    source = random.Random(7)
    users = [User.made(f"u{n}", source, flows=5, length=40, since_ms=since_ms) for n in range(20)]
    with secured_broker() as broker:
        async with stopping(Containers(broker, database_url, tmp_path, copies=2)) as containers:
            await containers.make_secrets()
            await containers.set_up()
            await containers.start()
            async with containers.user_client() as person, containers.client() as client:
                await create(person, "Flow", **FLOW)
                await create_workflow(client, "counted")
                await activate(client, "counted")
                senders = [Storm(client) for _ in range(SENDERS)]
                sending = [asyncio.create_task(sender.run(1_000_000)) for sender in senders]
                running = asyncio.create_task(sessions(client))
                flowing = asyncio.gather(*(user.run(person, lambda _: None) for user in users))
                for name in (*NAMES, FRONT):
                    await replace(containers, name, senders)
                begun, _ = await running, await flowing
                for sender in senders:
                    sender.stopping = True
                await asyncio.gather(*sending)
                items = {key: item for sender in senders for key, item in sender.items.items()}
                await check_everything(client, {key: n for one in senders for key, n in one.acknowledged.items()})
                await check_traces(client, items)
                await check_sessions(client, begun)
                await decided(person, "Flow", now_ms())
                await check_results(person, "Flow", plain(FLOW, (fact for user in users for fact in user.facts)))
                refused = sum((sender.refused for sender in senders), Counter[int]())
                print(f"{len(items)} records, refused {dict(refused)}, {len(begun)} sessions, {len(users)} flows")


class Storm(Sender):
    """Keeps the item of each id that was acknowledged, and leaves the machine room for the processes that start."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(client)
        self.items: dict[str, dict[str, Any]] = {}

    async def _send(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        again = await super()._send(items)
        self.items |= {item["interactionId"]: item for item in items if item["interactionId"] in self.acknowledged}
        await asyncio.sleep(0.2)
        return again


async def replace(containers: Containers, name: str, senders: list[Storm]) -> None:
    """Kill the second container of a service; once records went on without it, start it anew."""
    victim = containers.running[name][1]
    await victim.kill()
    before = sum(len(sender.acknowledged) for sender in senders)
    await eventually(lambda: sum(len(sender.acknowledged) for sender in senders) > before + 500, timeout_s=120.0)
    await containers.begin(victim)
    await victim.ready()


async def sessions(client: httpx.AsyncClient) -> list[str]:
    """Start sessions one after the other, each until it is accepted; their ids."""
    begun: list[str] = []
    for number in range(SESSIONS):

        async def accepted(number: int = number) -> str:
            headers = {"Idempotency-Key": f"session-{number}"}
            answer = await client.post("/run/counted", json={"n": number}, headers=headers)
            return str(answer.json()["sessionId"]) if answer.is_success else ""

        begun.append(await eventually(accepted, timeout_s=120.0, interval_s=0.2))
    return begun


async def check_sessions(client: httpx.AsyncClient, begun: list[str]) -> None:
    """Every session that was accepted ends as completed, and there are no others."""
    assert len(set(begun)) == SESSIONS

    async def completed() -> bool:
        page = (await client.get("/api/v1/workflow-sessions", params={"status": "completed", "limit": "1"})).json()
        return bool(page["pagination"]["total"] == SESSIONS)

    await eventually(completed, timeout_s=120.0, interval_s=0.5)
    everything = (await client.get("/api/v1/workflow-sessions", params={"limit": "1"})).json()
    assert everything["pagination"]["total"] == SESSIONS


async def check_traces(client: httpx.AsyncClient, items: Mapping[str, Mapping[str, Any]]) -> None:
    """Every unit of work has as many records as were acknowledged."""
    for uow_id, count in Counter(item["uowId"] for item in items.values()).items():

        async def is_whole(uow_id: str = uow_id, count: int = count) -> bool:
            summary = (await client.get(f"/api/traces/{uow_id}/summary")).json()
            return bool(summary["totalInteractions"] == count)

        await eventually(is_whole, timeout_s=60.0)
