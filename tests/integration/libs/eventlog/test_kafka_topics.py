"""Topics as the Kafka log makes and keeps them, and records that were not written by Waymark."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from libs.contracts.topics import Topic, with_partitions
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.kafka.session import ProducerSession
from libs.eventlog.port import Appended, Record
from tests.support.eventlog import read_topic
from tests.support.kafka import kafka_admin
from tests.support.waiting import eventually

pytestmark = pytest.mark.kafka

TOPIC = Topic("topics", key="anything", description="One partition.", partitions=1)

MANY = Topic("many", key="anything", description="As many partitions as an installation makes.")


@pytest.fixture
def settings(kafka_bootstrap: str, topic_prefix: str) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=kafka_bootstrap, topic_prefix=topic_prefix)


@pytest.fixture
async def log(settings: KafkaSettings) -> AsyncIterator[KafkaEventLog]:
    log = KafkaEventLog(settings)
    await log.start()
    await log.ensure_topics([TOPIC])
    yield log
    await log.stop()


async def test_a_topic_keeps_records_for_ever_until_told_otherwise(log: KafkaEventLog, settings: KafkaSettings) -> None:
    assert (await own_settings(settings))["retention.ms"] == "-1"
    await log.ensure_topics([replace(TOPIC, retention_ms=86_400_000)])
    assert (await own_settings(settings))["retention.ms"] == "86400000"


async def test_a_topic_is_asked_about_as_many_partitions_as_installations_make(settings: KafkaSettings) -> None:
    log = KafkaEventLog(replace(settings, partitions=2))
    await log.start()
    await log.ensure_topics(with_partitions([MANY, TOPIC], 2))
    assert sorted(await log.end_offsets([MANY, TOPIC])) == [(MANY.name, 0), (MANY.name, 1), (TOPIC.name, 0)]
    await log.stop()


async def test_what_an_operator_set_on_a_topic_stays(log: KafkaEventLog, settings: KafkaSettings) -> None:
    async with kafka_admin(settings.bootstrap_servers) as admin:
        wanted = await own_settings(settings) | {"segment.ms": "3600000"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.to_kafka(TOPIC.name), wanted)])
    await eventually(lambda: _has(settings, "segment.ms"))
    await log.ensure_topics([replace(TOPIC, compacted=True)])
    found = await own_settings(settings)
    assert (found["segment.ms"], found["cleanup.policy"]) == ("3600000", "compact")


async def test_a_foreign_record_is_read_as_far_as_it_can_be(log: KafkaEventLog, settings: KafkaSettings) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap_servers)
    await producer.start()
    name = settings.to_kafka(TOPIC.name)
    await producer.send_and_wait(name, b"no key")
    await producer.send_and_wait(name, b"key of bytes", key=b"\xff\xfe")
    headers: list[Any] = [("null", None), ("é", b"\xff"), ("é", b"")]
    await producer.send_and_wait(name, b"headers", headers=headers)
    await producer.stop()
    found = await read_topic(log, TOPIC)
    assert [(one.topic, one.key, one.value, one.headers) for one in found] == [
        (TOPIC.name, None, b"no key", ()),
        (TOPIC.name, None, b"key of bytes", ()),
        (TOPIC.name, None, b"headers", (("null", b""), ("é", b"\xff"), ("é", b""))),
    ]
    # Packed, for a backlog's records are held by the thousand.
    assert all(isinstance(one.stored_headers, bytes) for one in found)


async def test_a_round_that_fails_by_a_bug_is_answered_at_once_and_the_next_goes_through(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = KafkaEventLog(replace(settings, delivery_timeout_s=3_600.0))
    await log.start()
    await log.ensure_topics([TOPIC])
    record = Record(TOPIC.name, "key", b"{}", (), 1)

    async def broken(*_: object) -> None:
        raise ValueError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(ProducerSession, "_round", broken)
        async with asyncio.timeout(60):
            (outcome,) = await log.append([record])
    assert "a bug" in str(outcome)

    async def is_appended() -> bool:
        return isinstance((await log.append([record]))[0], Appended)

    await eventually(is_appended)
    await log.stop()


async def test_the_identity_tells_prefixes_apart(log: KafkaEventLog, settings: KafkaSettings) -> None:
    other = KafkaEventLog(replace(settings, topic_prefix=settings.topic_prefix + "x"))
    assert await other.identity() != await log.identity()


async def _has(settings: KafkaSettings, name: str) -> bool:
    return name in await own_settings(settings)


async def own_settings(settings: KafkaSettings) -> dict[str, str]:
    """What was set on the topic itself, as another client sees it."""
    name = settings.to_kafka(TOPIC.name)
    async with kafka_admin(settings.bootstrap_servers) as admin:
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    (resource,) = response.resources
    return {entry[0]: entry[1] for entry in resource[4] if entry[3] == 1}
