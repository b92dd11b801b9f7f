"""A real Kafka for tests: one broker a run, shared by all workers; and disposable ones that a test may kill or freeze.

The address comes from the environment, else from a container where Docker answers, else from a broker of Apache's own
jars. A test that asks for a broker and gets none fails.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.kafka.broker import Broker, answers
from tests.support.brokers import local_broker
from tests.support.shared import shared_server

ADDRESS_VARIABLE = "WAYMARK_TEST_KAFKA_BOOTSTRAP_SERVERS"


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The run's broker as `host:port[,host:port…]`. It holds other tests' topics too: use a `topic_prefix`."""
    if given := os.environ.get(ADDRESS_VARIABLE):
        yield _answering(given)
        return
    with shared_server("kafka", tmp_path_factory) as address:
        yield address


@pytest.fixture
async def topic_prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    """A prefix no other test uses; the topics under it are deleted from the run's broker afterwards."""
    prefix = new_topic_prefix()
    yield prefix
    async with kafka_admin(kafka_bootstrap) as admin:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        if topics:
            await admin.delete_topics(topics)


@pytest.fixture(scope="module")
def module_kafka() -> Iterator[Broker]:
    """A broker of a module's tests alone, quickly back after a kill."""
    with local_broker(missed_after_ms=3_000) as broker:
        yield broker


@pytest.fixture
def disposable_kafka(module_kafka: Broker) -> Iterator[Broker]:
    """A broker that no other test uses now, running and answering; tests may kill, freeze and restart it."""
    if not module_kafka.is_running():
        module_kafka.start()
    yield module_kafka
    if module_kafka.is_running():
        module_kafka.thaw()


async def restart(broker: Broker) -> None:
    """Start a dead broker on its data and return when it answers, the event loop running meanwhile."""
    broker.spawn()
    await asyncio.to_thread(broker.wait_until_ready)


@asynccontextmanager
async def kafka_admin(bootstrap_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administration client of the broker at this address."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def new_topic_prefix() -> str:
    """A topic prefix that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}-"


def _answering(addresses: str) -> str:
    hosts = [address.strip().rpartition(":") for address in addresses.split(",")]
    if not any(answers(host, int(port), timeout_s=5.0) for host, _, port in hosts):
        raise RuntimeError(f"{ADDRESS_VARIABLE} is {addresses}, but no broker answers there")
    return addresses
