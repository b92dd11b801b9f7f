"""The means of task types, with a way out to this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.workflows.settings import WorkflowSettings
from services.workflows.task_types.opening import open_tools
from services.workflows.task_types.tools import Tools


@pytest.fixture(scope="package")
async def tools() -> AsyncIterator[Tools]:
    async with open_tools(WorkflowSettings(outbound_allow="127.0.0.1/32")) as tools:
        yield tools
