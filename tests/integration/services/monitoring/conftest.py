"""A migrated monitoring schema for each test, and the service over a log in memory that knows two tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.accounts import SECRET_KEY
from tests.support.callers import Callers, publish_callers
from tests.support.consumers import ensure_begun
from tests.support.monitoring.health import Service, World, opened_world, running
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url
from tests.support.serving import serving

__all__ = ["log", "projector_db", "request_db", "service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
async def callers(log: MemoryEventLog) -> Callers:
    """Both tenants' users and keys, in the log."""
    return await publish_callers(log)


@pytest.fixture
def settings(service_url: str) -> MonitoringSettings:
    """The service's settings for the test's database."""
    return MonitoringSettings(database_url=service_url, secret_key=SECRET_KEY)


@pytest.fixture
async def client(
    settings: MonitoringSettings, log: MemoryEventLog, callers: Callers
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running API, by default as acme's editor."""
    async with serving(create_service_app(SERVICE, settings, log=log), headers=callers.user()) as client:
        yield client


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """Health without any result."""
    async with opened_world(service_url) as opened:
        yield opened


@pytest.fixture
async def service(world: World, settings: MonitoringSettings) -> AsyncIterator[Service]:
    """Monitoring, running; all its consumers have begun."""
    await ensure_begun(world.projector, world.log, *SERVICE.consumers(settings))
    async with running(world, settings) as started:
        yield started
