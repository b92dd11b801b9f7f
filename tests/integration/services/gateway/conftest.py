"""A gateway's surroundings: its database set up, and a log of each kind with a tenant in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog
from libs.service.app import create_service_app
from services.gateway.service import SERVICE
from services.gateway.settings import GatewaySettings
from tests.support.gateway import TestTenant, seed
from tests.support.objects import service_under_test, service_url
from tests.support.serving import serving

__all__ = ["LOGS", "Surroundings", "service_url", "surroundings_of"]

declared = service_under_test(SERVICE)
LOGS = ["postgres", pytest.param("kafka", marks=pytest.mark.kafka)]


@dataclass
class Surroundings:
    """A database, a log, a tenant; `client` starts a gateway in them, as often as wanted."""

    database_url: str
    log: EventLog
    tenant: TestTenant
    stack: AsyncExitStack
    settings: dict[str, Any] = field(default_factory=dict)

    async def client(self, **settings: Any) -> httpx.AsyncClient:
        """A client, with the editor's key, of one more gateway."""
        chosen = GatewaySettings(database_url=self.database_url, **{**self.settings, **settings})
        app = create_service_app(SERVICE, chosen, log=self.log)
        return await self.stack.enter_async_context(serving(app, headers={"x-api-key": self.tenant.editor_key}))


@asynccontextmanager
async def surroundings_of(database_url: str, log: EventLog) -> AsyncIterator[Surroundings]:
    """The surroundings over a database that is set up and a log that is not started."""
    await log.start()
    try:
        async with AsyncExitStack() as stack:
            yield Surroundings(database_url, log, await seed(log), stack)
    finally:
        await log.stop()


@pytest.fixture(params=LOGS)
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
