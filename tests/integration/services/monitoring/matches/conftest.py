"""An empty generation of the read model `matches`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.monitoring.service import SERVICE
from tests.support.monitoring.matches import MatchesWorld, matches_projection
from tests.support.read_models import opened_model


@pytest.fixture
async def world(service_url: str) -> AsyncIterator[MatchesWorld]:
    """Matches without any record."""
    async with opened_model(MatchesWorld, service_url, SERVICE, matches_projection()) as world:
        yield world
