"""Fixtures of the alert rules' tests."""

from __future__ import annotations

import pytest

from tests.support.monitoring.alerts import Alerts, opened_alerts
from tests.support.monitoring.health import World


@pytest.fixture
async def alerts(world: World) -> Alerts:
    """One critical interaction without results and rules; all is decided up to the present."""
    return await opened_alerts(world)
