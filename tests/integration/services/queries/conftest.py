"""Fixtures of the history's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.services.queries.interactions.world import World, opened_world


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """An empty history."""
    async with opened_world(database_url) as opened:
        yield opened
