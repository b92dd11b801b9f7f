"""Events end to end, on either log: a program instrumented with OpenTelemetry and a producer of CloudEvents send to a
running machine; what they sent is read back through every endpoint, by a stream across a restart, and by a stranger's
Kafka consumer.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.support.listening import Sse, event_source
from tests.support.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
EVENTS = "/api/v1/events"
CARRIERS = ("DHL", "UPS", "GLS", "DPD")
DELIVERED = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
SPANS = ["otel.span.POST /checkout", "otel.span.reserve", "otel.span.payment", "otel.span.POST /charges"]
LOG_RECORD = "otel.log.payment.captured"
SENT = [*SPANS, LOG_RECORD, *["parcel.delivered"] * len(CARRIERS)]


async def printed_by(machine: Machine, example: str) -> list[str]:
    """The lines of an example, run as a program beside the machine."""
    environment = {**os.environ, "WAYMARK_DATA_DIR": str(machine.data_dir), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "examples" / example), env=environment, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60.0):
        printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode().splitlines()


def parcel(carrier: str, cause: str) -> CloudEvent:
    """A parcel's delivery, caused by the checkout."""
    return CloudEvent(
        attributes={
            "id": carrier,
            "source": "/parcels",
            "type": "parcel.delivered",
            "specversion": "1.0",
            "subject": "order-456",
            "time": DELIVERED + timedelta(seconds=CARRIERS.index(carrier)),
            "datacontenttype": "application/json",
            "resourcetype": "ORDER",
            "correlationid": "delivery-1",
            "causationid": cause,
            "actorid": carrier,
            "actortype": "service",
        },
        data={"carrier": carrier},
    )


async def post_parcels(client: httpx.AsyncClient, cause: str) -> list[str]:
    """One parcel in each mode (structured, binary, two in a batch); their ids, once both models of events have them."""
    structured = to_structured_event(parcel(CARRIERS[0], cause), JSONFormat())
    binary = to_binary_event(parcel(CARRIERS[1], cause), JSONFormat())
    batch = [orjson.loads(JSONFormat().write(parcel(carrier, cause))) for carrier in CARRIERS[2:]]
    ids: list[str] = []
    for body, headers in (
        (structured.body, structured.headers),
        (binary.body, binary.headers),
        (orjson.dumps(batch), {"content-type": "application/cloudevents-batch+json"}),
    ):
        answer = await client.post(EVENTS, content=body, headers=headers)
        assert answer.status_code == 202, answer.text
        said = answer.json()
        ids += [item["id"] for item in said.get("items", [said])]
        for path in (f"{EVENTS}/{ids[-1]}", f"{EVENTS}/correlation/delivery-1"):
            await shown(client, path, answer.headers["waymark-position"])
    return ids


async def shown(client: httpx.AsyncClient, path: str, position: str | None = None, **params: object) -> Any:
    """What a GET answers."""
    headers = {} if position is None else {"waymark-min-position": position}
    answer = await client.get(path, params={name: str(value) for name, value in params.items()}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_whatever_is_sent_is_read_back_everywhere(machine: Machine) -> None:
    key: str = machine.credentials["apiKey"]
    stream_url = f"{machine.url}{EVENTS}/stream"
    async with machine.client() as client, event_source(stream_url, key) as stream:
        await stream.opened()
        tree = await printed_by(machine, "otel_checkout.py")
        first = await stream.take(3)
        spans = (await shown(client, EVENTS, resource_type="service", resource_id="checkout"))["events"]
        trace_id = spans[0]["correlationId"]
        ids = await post_parcels(client, cause=_named(spans, SPANS[0])["id"])
        await _read_everywhere(client, trace_id, ids)

    assert [line.partition(" (")[0].strip() for line in tree] == [*SPANS, LOG_RECORD]
    await machine.stop()
    await machine.restart()
    async with machine.client() as client, event_source(stream_url, key, last_id=stream.last_id) as resumed:
        rest = await _until_all_came(resumed, client, first)
    assert sorted(event["eventType"] for event in [*first, *rest]) == sorted([*SENT, "order.closed"])
    assert len({event["id"] for event in [*first, *rest]}) == len(SENT) + 1
    await _read_by_a_stranger(machine, [event["eventType"] for event in [*first, *rest]])


async def _read_everywhere(client: httpx.AsyncClient, trace_id: str, parcels: Sequence[str]) -> None:
    """Every endpoint, against what was sent."""
    listed = await shown(client, EVENTS, event_type="parcel.delivered")
    assert (listed["total"], {event["id"] for event in listed["events"]}) == (4, set(parcels))
    by_resource = await shown(client, f"{EVENTS}/resource/ORDER/order-456")
    assert {event["id"] for event in by_resource["events"]} == set(parcels)
    by_correlation = await shown(client, f"{EVENTS}/correlation/delivery-1")
    assert [event["payload"]["carrier"] for event in by_correlation["events"]] == list(CARRIERS)
    of_trace = await shown(client, f"{EVENTS}/correlation/{trace_id}")
    assert sorted(event["eventType"] for event in of_trace["events"]) == sorted([*SPANS, LOG_RECORD])

    one = await shown(client, f"{EVENTS}/{parcels[1]}")
    assert (one["actorId"], one["actorType"], one["cloudEvent"]["source"]) == ("UPS", "service", "/parcels")
    causes = (await shown(client, f"{EVENTS}/{parcels[1]}/causes"))["causes"]
    assert [event["eventType"] for event in causes] == [SPANS[0]]

    counts = await shown(client, f"{EVENTS}/aggregate")
    assert {"count": 4, "key": "parcel.delivered"} in counts["byEventType"]
    assert {"count": 5, "key": "service"} in counts["byResourceType"]
    actors = {actor["actorId"]: actor["total"] for actor in (await shown(client, f"{EVENTS}/stats/by-actor"))["actors"]}
    assert actors.items() >= {**dict.fromkeys(CARRIERS, 1), "checkout": 5}.items()

    summary = await shown(client, f"/api/traces/{trace_id}/summary")
    assert (summary["totalInteractions"], summary["totalEvents"]) == (0, 5)


async def _until_all_came(resumed: Sse, client: httpx.AsyncClient, first: Sequence[Any]) -> list[dict[str, Any]]:
    """What the stream still owes, and one more event that ends it: nothing may come after that one."""
    owed = await resumed.take(len(SENT) - len(first))
    closed = {"eventType": "order.closed", "resourceType": "ORDER", "resourceId": "order-456"}
    assert (await client.post(EVENTS, json=closed)).status_code == 202
    return [*owed, *await resumed.take(1)]


async def _read_by_a_stranger(machine: Machine, types: Sequence[str]) -> None:
    """Plain aiokafka, which knows nothing of Waymark, prints the same events."""
    brokers = machine.environment.get("WAYMARK_KAFKA_BOOTSTRAP_SERVERS")
    if brokers is None:
        return
    prefix = machine.environment["WAYMARK_TOPIC_PREFIX"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "examples/subscribe_aiokafka.py"), brokers, f"{prefix}stranger", prefix),
        stdout=asyncio.subprocess.PIPE,
    )
    printed: list[str] = []
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60.0):
            while sum(any(f" {kind} " in line for kind in set(types)) for line in printed) < len(types):
                printed.append((await process.stdout.readline()).decode())
    finally:
        process.terminate()
        await process.wait()


def _named(events: Sequence[dict[str, Any]], event_type: str) -> dict[str, Any]:
    (found,) = [event for event in events if event["eventType"] == event_type]
    return found
