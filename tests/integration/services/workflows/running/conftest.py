"""The running API with its read model, and somebody who acts for the executor."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.projections.runner import ProjectionRunner
from services.workflows.sessions.projection import SessionsProjection
from tests.support.projections import FAST, running
from tests.support.workflows.acting import Actor


@pytest.fixture
def actor(log: MemoryEventLog) -> Actor:
    """Somebody who acts for the executor."""
    return Actor(log)


@pytest.fixture
async def api(
    client: httpx.AsyncClient, log: MemoryEventLog, projector_db: Database
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, whose read model keeps up."""
    runner = ProjectionRunner(log, projector_db, SessionsProjection(), member="tests", settings=FAST)
    async with running(runner):
        yield client
