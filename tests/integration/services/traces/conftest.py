"""Fixtures of the traces' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.services.traces.serving import Service, running
from tests.integration.services.traces.world import World, opened_world


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Traces without any record."""
    async with opened_world(database_url) as opened:
        yield opened


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """Traces, running."""
    async with running(world) as started:
        yield started
