"""The plans that matter, as PostgreSQL runs them for the role that requests have, with row-level security on.

For some kinds of lists: the plan of every statement that a deep page needs, with the rows that each step met.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from asyncpg.connection import LoggedQuery

from libs.pg.database import Connection
from services.queries.interactions.model import Criteria, PageRequest
from services.queries.interactions.reads import HistoryReads
from tests.performance.bench_lists import LIMIT, Ready, draws
from tests.performance.filling import TENANT
from tests.performance.machine import machine_line

SHOWN = (
    "no filter",
    "type, action, origin, dates",
    "user, dates",
    "resource",
    "user, action",
    "event time, action",
)
PAGE = 1_000
_EXPLAIN = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "
_OF_ROWS = ("interactions", "block_counts", "timeline")


@dataclass(frozen=True, slots=True)
class WatchedHistory(HistoryReads):
    """The history, which keeps every statement with its values."""

    asked: list[LoggedQuery] = field(default_factory=list)

    @asynccontextmanager
    async def _reading(self, tenant_id: str) -> AsyncIterator[Connection]:
        async with self.model.transaction(tenant_id) as conn:
            with conn.query_logger(self.asked.append):
                yield conn


async def plans_of(made: Ready, criteria: Criteria) -> list[str]:
    """The plan of each statement that reads rows or counters."""
    history = made.history
    watched = WatchedHistory(history.model, history.catalog, history.search_timeout_s, history.codes)
    await watched.find(TENANT, criteria, PageRequest((PAGE - 1) * LIMIT, LIMIT), PAGE)
    plans = []
    for asked in watched.asked:
        if any(f"FROM {table}" in asked.query for table in _OF_ROWS):
            async with history.model.transaction(TENANT) as conn:
                lines = await conn.fetch(_EXPLAIN + asked.query, *asked.args)
            plans.append("\n".join(line[0] for line in lines))
    return plans


async def show_plans(made: Ready, rows: int) -> str:
    """Everything to be shown, as Markdown."""
    drawn = draws(made)
    parts = [f"Page {PAGE:,} among {rows:,} interactions. {machine_line()}"]
    for name in SHOWN:
        plans = await plans_of(made, drawn[name]())
        parts += [f"### {name.capitalize()}", *(f"```\n{plan}\n```" for plan in plans)]
    return "\n\n".join(parts)
