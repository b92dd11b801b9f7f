"""A stream on the single machine: it ends when the machine stops, and goes on after the next start."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.listening import event_source
from tests.support.machine import MOSTLY_ON_KAFKA, Machine

STREAM = "/api/v1/events/stream"


async def add_action(machine: Machine, mnemonic: str) -> None:
    """Make an action, which is an event of the platform's own."""
    async with machine.client() as client:
        answer = await client.post("/api/actions", json={"title": mnemonic.title(), "mnemonic": mnemonic})
        assert answer.status_code == 201, answer.text


@MOSTLY_ON_KAFKA
async def test_a_stream_ends_with_the_machine_and_goes_on_with_it(machine: Machine) -> None:
    key: str = machine.credentials["apiKey"]
    async with event_source(machine.url + STREAM, key, event_type="action.created") as stream:
        await stream.opened()
        await add_action(machine, "PACK")
        assert mnemonics(await stream.take(1)) == ["PACK"]
        stopped = asyncio.create_task(machine.stop())
        assert await stream.take(1) == []
        assert await stopped == 0
    await machine.restart()
    await add_action(machine, "SHIP")
    async with event_source(machine.url + STREAM, key, last_id=stream.last_id, event_type="action.created") as resumed:
        await add_action(machine, "LIFT")
        assert sorted(mnemonics(await resumed.take(2))) == ["LIFT", "SHIP"]


def mnemonics(events: list[dict[str, Any]]) -> list[str]:
    return [event["payload"]["mnemonic"] for event in events]
