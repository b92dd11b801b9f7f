"""Fixtures of the alert rules' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.monitoring.alerts import Alerts, evaluator_of
from tests.support.monitoring.health import opened_world


@pytest.fixture
async def alerts(service_url: str) -> AsyncIterator[Alerts]:
    """One critical interaction without results and rules; all is decided up to the present."""
    async with opened_world(service_url) as world:
        opened = Alerts(world, evaluator_of(world.projector))
        await opened.define()
        await opened.decide()
        yield opened
