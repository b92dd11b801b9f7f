"""A migrated schema of metrics for each test, and the service over a log in memory that knows two tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.service.app import create_service_app
from services.metrics.service import SERVICE
from services.metrics.settings import MetricsSettings
from tests.support.callers import Callers, publish_callers
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.looking import Looking
from tests.support.metrics.runs import RunsWorld
from tests.support.metrics.series import SeriesWorld, opened_series
from tests.support.metrics.values import MetricValues
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url
from tests.support.serving import serving

__all__ = ["log", "projector_db", "request_db", "service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
def definitions(request_db: Database) -> Definitions:
    """The metrics of acme."""
    return Definitions(request_db)


@pytest.fixture
async def series(service_url: str) -> AsyncIterator[SeriesWorld]:
    """A generation of the series without contributions."""
    async with opened_series(service_url) as world:
        yield world


@pytest.fixture
def values(series: SeriesWorld, definitions: Definitions) -> MetricValues:
    """A tenant without metrics, and a generation of its series."""
    return MetricValues(series, definitions)


@pytest.fixture
def look(projector_db: Database) -> Looking:
    """The tables as the projector sees them."""
    return Looking(projector_db)


@pytest.fixture
async def callers(log: MemoryEventLog) -> Callers:
    """Both tenants' users and keys, in the log."""
    return await publish_callers(log)


@pytest.fixture
def settings(service_url: str) -> MetricsSettings:
    """The service's settings for the test's database."""
    return MetricsSettings(database_url=service_url)


@pytest.fixture
async def client(settings: MetricsSettings, log: MemoryEventLog, callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running API, by default as acme's editor."""
    async with serving(create_service_app(SERVICE, settings, log=log), headers=callers.user()) as client:
        yield client


@pytest.fixture
async def world(series: SeriesWorld, definitions: Definitions) -> RunsWorld:
    """Metrics of acme over a generation without contributions."""
    return RunsWorld(series, definitions, await series.log.identity())
