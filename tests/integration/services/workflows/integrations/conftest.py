"""The service with a way out to loopback, and clients of its admin."""

from __future__ import annotations

import httpx
import pytest

from services.workflows.settings import WorkflowSettings
from tests.support.accounts import SECRET_KEY
from tests.support.callers import Callers


@pytest.fixture
def settings(service_url: str) -> WorkflowSettings:
    """The service's settings, with which loopback may be called."""
    return WorkflowSettings(database_url=service_url, secret_key=SECRET_KEY, outbound_allow="127.0.0.1/32")


@pytest.fixture
async def admin(client: httpx.AsyncClient, callers: Callers) -> httpx.AsyncClient:
    """The client, as acme's admin."""
    client.headers.update(callers.user("admin"))
    return client
