"""A migrated schema of metrics for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.pg.database import Database
from services.metrics.service import SERVICE
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import SeriesWorld, opened_series
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url

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
