"""Fixtures of the health's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.consumers import ensure_begun
from tests.support.monitoring.health import Service, World, opened_world, running


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """Health without any result."""
    async with opened_world(service_url) as opened:
        yield opened


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Monitoring, running; all its consumers have begun."""
    settings = MonitoringSettings(database_url=world.url)
    for consumer in SERVICE.consumers(settings):
        await ensure_begun(world.projector, world.log, consumer)
    async with running(world, settings) as started:
        yield started
