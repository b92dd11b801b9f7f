"""Fixtures of the traces' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.traces.service import SERVICE
from tests.support.objects import service_under_test, service_url
from tests.support.traces.serving import Service, running
from tests.support.traces.world import World, opened_world

__all__ = ["service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """Traces without any record."""
    async with opened_world(service_url) as opened:
        yield opened


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Traces, running."""
    async with running(world) as started:
        yield started
