"""Opens the means of task types for a process that runs tasks."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.outbound.client import Outbound, user_agent
from libs.outbound.guard import Guard
from services.workflows.code.monty import MontyRunner
from services.workflows.expressions.evaluator import Evaluator
from services.workflows.settings import WorkflowSettings
from services.workflows.task_types.tools import Tools


@asynccontextmanager
async def open_tools(settings: WorkflowSettings) -> AsyncIterator[Tools]:
    """Yield the means that the settings allow."""
    guard = Guard(settings.outbound_allow, plain_ports=frozenset((80,)))
    outbound = Outbound(guard, user_agent("Workflows"))
    async with MontyRunner(code_processes()) as code, Evaluator(os.cpu_count() or 1) as expressions:
        yield Tools(outbound=outbound, guard=guard, expressions=expressions, code=code)


def code_processes() -> int:
    """Return how many workers run code at a time: two for each core."""
    return 2 * (os.cpu_count() or 1)
