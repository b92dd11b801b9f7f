"""The figures of workflows: of an executor."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.contracts.paths import WORKFLOWS
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.service.setup import setup_service
from services.workflows.engine.presence import Presence, WaitingStarts
from services.workflows.service import SERVICE
from tests.support.figures.parts import OLDEST_S


@asynccontextmanager
async def two_starts_that_wait_for_long(url: str) -> AsyncIterator[None]:
    """An executor that has begun neither; the older one was accepted two hours ago."""
    await setup_service(SERVICE, url)
    waiting = WaitingStarts(2, int((time.time() - OLDEST_S) * 1_000))
    async with await Database.connect(
        url, role=projector_role(WORKFLOWS), application_name="figures", search_path=(WORKFLOWS,)
    ) as db:
        await Presence(db, "figures", lambda: waiting).tell()
        yield
