"""Fixtures of the events' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.queries.events import World, opened_world


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[World]:
    """An empty history of events."""
    async with opened_world(service_url) as opened:
        yield opened
