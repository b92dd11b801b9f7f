"""What the gateway answers while what it stands on is away, and that it takes records again by itself.

No 2xx while nothing can be acknowledged, an answer within seconds, and every number accounted for afterwards.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psutil
import pytest

from deploy.kafka.broker import Broker
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog
from libs.pg.database import connect_once
from libs.pg.embedded import EmbeddedPostgres
from libs.service.setup import setup_service
from services.gateway.service import SERVICE
from tests.support.gateway.load import NewLoad, check_account
from tests.support.gateway.surroundings import Surroundings, surroundings_of
from tests.support.kafka import new_topic_prefix, restart
from tests.support.logs import EITHER_LOG
from tests.support.postgres import LASTING_SETTINGS, TestServer, embedded_server

ANSWERED_WITHIN_S = 12.0


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    """A server this module may stop and freeze."""
    with embedded_server(settings=LASTING_SETTINGS) as server:
        yield server


@pytest.fixture
async def own_database(own_server: EmbeddedPostgres) -> str:
    """A database with the gateway's schema on the server that may be stopped."""
    if not own_server.is_running():
        await asyncio.to_thread(own_server.start)
    url = await TestServer(own_server.url).create_database()
    await setup_service(SERVICE, url)
    return url


@pytest.fixture(params=EITHER_LOG)
def own_log(request: pytest.FixtureRequest, own_database: str) -> EventLog:
    """A log of each kind; PostgreSQL's is on the server that may be stopped."""
    if request.param == "postgres":
        return PostgresEventLog(own_database)
    bootstrap, prefix = request.getfixturevalue("kafka_bootstrap"), request.getfixturevalue("topic_prefix")
    return KafkaEventLog(KafkaSettings(bootstrap_servers=bootstrap, topic_prefix=prefix))


@pytest.fixture
async def around(own_database: str, own_log: EventLog) -> AsyncIterator[Surroundings]:
    """Surroundings on the server that may be stopped, for each kind of log."""
    async with surroundings_of(own_database, own_log) as found:
        yield found


async def test_database_stopped_at_once_and_started_again(
    around: Surroundings, own_server: EmbeddedPostgres, new_load: NewLoad
) -> None:
    # Longer than any wait below: a gateway that is alone has nobody's appends to wait for.
    load = new_load(await around.client(gateway_log_settle_s=120.0))
    await load.until_answered(201)

    await asyncio.to_thread(own_server.stop, immediate=True)
    # What had its number before may still be acknowledged by the log at first.
    await load.until_answered(503, 30)
    during = load.count(201)
    await load.until_answered(503, 30)
    assert load.count(201) == during
    await asyncio.to_thread(own_server.start)

    await load.until_answered(201)
    await load.stop()
    await check_account(around, load)


async def test_database_frozen_and_thawed(
    around: Surroundings, own_server: EmbeddedPostgres, new_load: NewLoad
) -> None:
    load = new_load(await around.client(gateway_store_timeout_s=1.0))
    await load.until_answered(201)

    with frozen(own_server):
        started = len(load.answers)
        await load.until_answered(503)
        slowest = max(answer.elapsed.total_seconds() for answer in load.answers[started:])
        assert slowest < ANSWERED_WITHIN_S

    await load.until_answered(201)
    await load.stop()
    await check_account(around, load)


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server stands still inside the block."""
    processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGCONT)


@pytest.mark.kafka
class TestBroker:
    @pytest.fixture
    async def around_broker(self, service_url: str, disposable_kafka: Broker) -> AsyncIterator[Surroundings]:
        settings = KafkaSettings(bootstrap_servers=disposable_kafka.bootstrap_servers, topic_prefix=new_topic_prefix())
        async with surroundings_of(service_url, KafkaEventLog(settings)) as found:
            yield found

    @pytest.mark.parametrize("how", ["frozen", "killed"])
    async def test_broker_away_and_back(
        self, around_broker: Surroundings, disposable_kafka: Broker, new_load: NewLoad, how: str
    ) -> None:
        load = new_load(await around_broker.client())
        await load.until_answered(201)

        (disposable_kafka.freeze if how == "frozen" else disposable_kafka.kill)()
        started = len(load.answers)
        await load.until_answered(503)
        during = load.count(201)
        await load.until_answered(503, 20)
        assert load.count(201) == during
        assert max(answer.elapsed.total_seconds() for answer in load.answers[started:]) < ANSWERED_WITHIN_S
        if how == "frozen":
            disposable_kafka.thaw()
        else:
            await restart(disposable_kafka)

        await load.until_answered(201)
        await load.stop()
        await check_account(around_broker, load)


async def test_a_gateway_that_lost_its_lease_goes_on_under_a_new_one(
    service_url: str, kafka_bootstrap: str, topic_prefix: str, new_load: NewLoad
) -> None:
    log = KafkaEventLog(KafkaSettings(bootstrap_servers=kafka_bootstrap, topic_prefix=topic_prefix))
    async with surroundings_of(service_url, log) as around:
        load = new_load(await around.client(gateway_lease_ttl_s=2))
        await load.until_answered(201)
        conn = await connect_once(service_url, application_name="test")
        try:
            await conn.execute("DELETE FROM gateway.leases")
        finally:
            await conn.close()
        await load.until_answered(503, 1)
        await load.until_answered(201)
        await load.stop()
        await check_account(around, load)
