"""Fixtures of the health's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.projections.reactor_registry import ensure_reactor
from services.monitoring.gate.reactor import Gate
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.health import Service, World, opened_world, running


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """Health without any result."""
    async with opened_world(service_url) as opened:
        yield opened


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Monitoring, running; its gate has begun."""
    settings = MonitoringSettings(database_url=world.url)
    await ensure_reactor(world.projector, world.log, Gate(settings.monitoring_watermark_ms))
    async with running(world, settings) as started:
        yield started
