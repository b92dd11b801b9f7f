"""The Python client while the server dies, stops and comes back, and with the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from deploy.kafka.broker import free_ports
from tests.support.clients import asynchronous, blocking, recorded, run_emitter
from tests.support.machine import MOSTLY_ON_KAFKA, ON_POSTGRES, Machine
from tests.support.waiting import eventually
from waymark.client import Event, NewEvent, QueueLimits


@pytest.mark.parametrize("started_machine", [ON_POSTGRES], indirect=True)
@pytest.mark.parametrize("whole", [False, True])
async def test_a_kill_in_the_middle_of_a_flush_loses_and_repeats_nothing(
    machine: Machine, tenant_key: str, *, whole: bool
) -> None:
    client = blocking(machine, key=tenant_key)
    limits = QueueLimits(batch_items=25, max_age_s=0.0, full_wait_s=None, close_deadline_s=120.0)
    queue = client.queue(limits)
    ids = [queue.record(f"killed-{n % 50}", "ORDER", "UPDATE", "API", uow_id="killed") for n in range(1_500)]
    await eventually(lambda: queue._buffer.settled >= 300, timeout_s=60.0)
    if whole:
        machine.kill_everything()
        await machine.restart()
    else:
        machine.kill("api")
    await asyncio.to_thread(queue.close)
    rows = await asyncio.to_thread(lambda: list(client.interactions.all(uow_id="killed")))
    client.close()
    # One queue sends in order, so the order of the numbers is that of the calls.
    assert [row.id for row in reversed(rows)] == ids


async def test_a_process_that_ends_says_what_it_could_not_send_and_it_can_be_sent_later(
    machine: Machine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    code, out, errors = await run_emitter(nobody, machine.credentials["apiKey"], 1.0, kept, "exit-2")
    assert (code, out) == (0, "done\n")
    assert "3 interactions could not be sent; the first: the server does not answer" in errors
    for _ in range(2):
        code, out = await machine.run("import", "jsonl", str(kept), "--json", "--from-start")
        assert (code, json.loads(out)["accepted"]) == (0, 3)
    async with asynchronous(machine) as client:
        await client.record("exit-2", "ORDER", "READ", "API")
        await eventually(lambda: recorded(client, "exit-2", 4))


@MOSTLY_ON_KAFKA
async def test_a_stream_goes_on_when_the_server_comes_back(machine: Machine) -> None:
    async with asynchronous(machine) as client, client.events.stream(event_type="order.moved") as stream:
        ids = [(await client.events.record("order.moved", "ORDER", "order-1")).id]
        assert (await anext(stream)).id == ids[0]
        await client.events.record("order.seen", "ORDER", "order-1")
        await machine.stop()
        await machine.restart()
        ids += [item.id for item in (await client.events.record_many([_moved(number) for number in range(3)])).items]
        assert [(await anext(stream)).id for _ in range(3)] == ids[1:]
        place = stream.last_event_id
    taken = await asyncio.to_thread(_take_after, machine, place)
    assert taken.resource_id == "order-2"


def _moved(number: int) -> NewEvent:
    return NewEvent("order.moved", "ORDER", "order-1", payload={"line": f"{number}\u2028{number}"}, correlation_id="c")


def _take_after(machine: Machine, place: str | None) -> Event:
    # Filtered as the stream before: an event that one passed over may lie after the place, in another partition.
    with blocking(machine) as client, client.events.stream(event_type="order.moved", last_event_id=place) as stream:
        client.events.record("order.moved", "ORDER", "order-2")
        return next(stream)
