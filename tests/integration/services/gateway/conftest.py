"""A gateway's surroundings: its database set up, and a log of each kind with a tenant in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog
from services.gateway.service import SERVICE
from tests.support.gateway.load import new_load
from tests.support.gateway.surroundings import Surroundings, surroundings_of
from tests.support.logs import EITHER_LOG
from tests.support.objects import service_under_test, service_url

__all__ = ["new_load", "service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture(params=EITHER_LOG)
def new_log(request: pytest.FixtureRequest, service_url: str) -> Callable[[], EventLog]:
    """Makes clients of one log of each kind."""
    if request.param == "postgres":
        return lambda: PostgresEventLog(service_url)
    bootstrap, prefix = request.getfixturevalue("kafka_bootstrap"), request.getfixturevalue("topic_prefix")
    return lambda: KafkaEventLog(KafkaSettings(bootstrap_servers=bootstrap, topic_prefix=prefix))


@pytest.fixture
async def surroundings(service_url: str, new_log: Callable[[], EventLog]) -> AsyncIterator[Surroundings]:
    """Database, log and tenant, for each kind of log."""
    async with surroundings_of(service_url, new_log()) as found:
        yield found


@pytest.fixture
async def client(surroundings: Surroundings) -> httpx.AsyncClient:
    """A client of one gateway, for each kind of log."""
    return await surroundings.client()


@pytest.fixture
def environment_of_log(request: pytest.FixtureRequest, new_log: Callable[[], EventLog]) -> dict[str, str]:
    """What tells a process of its own to use the same log."""
    if isinstance(new_log(), PostgresEventLog):
        return {}
    return {
        "WAYMARK_KAFKA_BOOTSTRAP_SERVERS": request.getfixturevalue("kafka_bootstrap"),
        "WAYMARK_TOPIC_PREFIX": request.getfixturevalue("topic_prefix"),
    }
