"""A migrated workflows schema for each test, and the service over a log in memory that knows two tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.service.app import create_service_app
from services.workflows.service import SERVICE
from services.workflows.settings import WorkflowSettings
from tests.support.accounts import SECRET_KEY
from tests.support.callers import Callers, publish_callers
from tests.support.consumers import ensure_begun
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url
from tests.support.serving import serving

__all__ = ["log", "projector_db", "request_db", "service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
async def callers(log: MemoryEventLog) -> Callers:
    """Both tenants' users and keys, in the log."""
    return await publish_callers(log)


@pytest.fixture
def settings(service_url: str) -> WorkflowSettings:
    """The service's settings for the test's database."""
    return WorkflowSettings(database_url=service_url, secret_key=SECRET_KEY)


@pytest.fixture
async def client(
    settings: WorkflowSettings, log: MemoryEventLog, callers: Callers, projector_db: Database
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running API, by default as acme's editor; the read models are there, and empty."""
    await ensure_begun(projector_db, log, *SERVICE.consumers(settings))
    async with serving(create_service_app(SERVICE, settings, log=log), headers=callers.user()) as client:
        yield client
