"""The service as an operator runs it who lets webhooks through to loopback."""

from __future__ import annotations

import pytest

from services.monitoring.settings import MonitoringSettings
from tests.support.accounts import SECRET_KEY
from tests.support.webhooks import LOOPBACK


@pytest.fixture
def settings(service_url: str) -> MonitoringSettings:
    """The service's settings for the test's database."""
    return MonitoringSettings(
        database_url=service_url,
        secret_key=SECRET_KEY,
        outbound_allow=LOOPBACK.allowed,
        webhook_retry_first_ms=10,
    )
