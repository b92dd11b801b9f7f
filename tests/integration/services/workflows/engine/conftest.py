"""A workbench over the log in memory, and one over PostgreSQL's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.contracts.topics import WORKFLOW_SESSIONS
from services.workflows.settings import WorkflowSettings
from services.workflows.task_types.opening import open_tools
from tests.support.accounts import SECRET_KEY
from tests.support.logs import started_log
from tests.support.workflows.executing import Workbench


@pytest.fixture(params=["memory", "postgres"])
async def bench(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Workbench]:
    """Executors over one of the logs."""
    kind = request.param
    address = database_url if kind == "postgres" else ""
    settings = WorkflowSettings(database_url=None, secret_key=SECRET_KEY, outbound_allow="127.0.0.1/32")
    async with started_log(kind, address, [WORKFLOW_SESSIONS]) as log, open_tools(settings) as tools:
        yield Workbench(log, tools)
