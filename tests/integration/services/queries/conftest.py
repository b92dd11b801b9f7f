"""Fixtures of the history's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.queries.service import SERVICE
from tests.support.objects import service_under_test, service_url
from tests.support.queries.history import World, opened_world

__all__ = ["service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """An empty history."""
    async with opened_world(service_url) as opened:
        yield opened
