"""Fixtures of the health's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.monitoring.service import SERVICE
from tests.support.monitoring.health import World, opened_world
from tests.support.objects import service_under_test, service_url

__all__ = ["service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """Health without any result."""
    async with opened_world(service_url) as opened:
        yield opened
