"""The examples' subscribers, which use nothing of ours, print what Waymark wrote to a real broker, headers included."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import pytest

from libs.contracts.events import Event, Sender, encode_event
from libs.contracts.topics import EVENTS, MANIFEST
from libs.eventlog.port import Appended, Record
from tests.support.logs import started_log
from tests.support.programs import EXAMPLES, lines_of, running
from tests.support.tools import tool

AT = "2026-01-15T10:30:00.000Z"
pytestmark = pytest.mark.kafka

EVENT = Event(
    id="0199439c-0440-70db-8d54-f9add9ea5f62",
    type="order.shipped",
    tenant_id="default",
    resource_type="ORDER",
    resource_id="order-456",
    actor_id="ann",
    actor_type="user",
    occurred_at=AT,
    data=b'{"carrier": "DHL"}',
    correlation_id="unit-1",
    sender=Sender(id="a-1", source="/shop"),
)
IMAGE = Event(
    id="0199439c-0440-70db-8d54-f9add9ea5f63",
    type="label.printed",
    tenant_id="acme",
    resource_type="LABEL",
    resource_id="label-1",
    actor_id="printer",
    actor_type="service",
    occurred_at=AT,
    data=b"\x00\x01\x02",
    content_type="application/octet-stream",
)


@pytest.fixture
async def written(kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[tuple[str, str]]:
    """The broker and the topics' prefix, two events written."""
    async with started_log("kafka", kafka_bootstrap, MANIFEST, prefix=topic_prefix) as log:
        records = [
            Record(EVENTS.name, *encode_event(event), timestamp_ms=1_768_473_000_000) for event in (EVENT, IMAGE)
        ]
        assert all(isinstance(outcome, Appended) for outcome in await log.append(records))
        yield kafka_bootstrap, topic_prefix


async def test_plain_aiokafka_prints_events(written: tuple[str, str]) -> None:
    brokers, prefix = written
    async with running(sys.executable, EXAMPLES / "subscribe_aiokafka.py", brokers, prefix + "a", prefix) as process:
        assert sorted(await lines_of(process, 2)) == [
            f"{AT} acme label.printed LABEL/label-1 3 bytes of application/octet-stream",
            f'{AT} default order.shipped ORDER/order-456 {{"carrier": "DHL"}}',
        ]


async def test_plain_confluent_kafka_prints_events(written: tuple[str, str]) -> None:
    brokers, prefix = written
    async with running(sys.executable, EXAMPLES / "subscribe_confluent.py", brokers, prefix + "c", prefix) as process:
        assert sorted(await lines_of(process, 2)) == [
            f"{AT} acme label.printed - 3 bytes of application/octet-stream",
            f'{AT} default order.shipped unit-1 {{"carrier": "DHL"}}',
        ]


async def test_kcat_prints_events_with_every_header_that_is_documented(written: tuple[str, str]) -> None:
    brokers, prefix = written
    await asyncio.to_thread(tool, "kcat", "kcat")
    async with running(EXAMPLES / "subscribe_kcat.sh", brokers, prefix) as process:
        _, line = sorted(await lines_of(process, 2))
    key, headers, value = line.split("\t")
    assert (key, json.loads(value)) == ("default:unit-1", {"carrier": "DHL"})
    sender = json.dumps({"id": "a-1", "source": "/shop", "subject": None, "extensions": {}}, separators=(",", ":"))
    for header in (
        "ce_specversion=1.0",
        f"ce_id={EVENT.id}",
        "ce_source=waymark/default/events",
        "ce_type=order.shipped",
        f"ce_time={AT}",
        "ce_tenantid=default",
        "ce_subject=order-456",
        "ce_resourcetype=ORDER",
        "ce_correlationid=unit-1",
        "ce_actorid=ann",
        "ce_actortype=user",
        f"waymark-cloudevent={sender}",
        "content-type=application/json",
    ):
        assert header in headers
