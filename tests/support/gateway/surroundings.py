"""A gateway's surroundings: its database, a log, a tenant, and any number of gateways in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from libs.eventlog.port import EventLog
from libs.service.app import create_service_app
from services.gateway.service import SERVICE
from services.gateway.settings import GatewaySettings
from tests.support.gateway.records import TestTenant, seed
from tests.support.serving import serving

URL = "/api/interactions"
# What never reaches the log is tried on one log only.
on_one_log = pytest.mark.parametrize("new_log", ["postgres"], indirect=True)


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
