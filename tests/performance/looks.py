"""A process that follows the log: how often it looks for each append, and what an append costs it.

Three groups read all partitions of a topic as the consumers of a service do, and a reader of none beside them. Another
process appends one record after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from statistics import median
from unittest.mock import patch

from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.eventlog.port import EventLog, Positions, Reader, Subscription, TopicPartition
from libs.eventlog.postgres.statements import SQL
from libs.pg.database import Database, Row
from tests.performance.ground import Ground, LogName, new_site
from tests.performance.options import Options
from tests.performance.report import Line, Report
from tests.performance.servers import running
from tests.support.waiting import eventually

_GROUPS = 3
_READERS = _GROUPS + 1
_LOOKS_FOR_EACH = 1.1
_POLL_TIMEOUT_S = 0.25
_MAX_RECORDS = 5_000


@dataclass(slots=True)
class Following:
    """The readers' work so far: records that each was given, statements that looked for them."""

    records: int = 0
    looks: int = 0


async def measure_looks(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of the looks and of the processor time of an append."""
    if log_name != "postgres":
        return
    looks: list[float] = []
    costs_us: list[float] = []
    async with new_site(ground, log_name) as site, site.log() as log, _followed(log) as following:
        for _ in range(options.rounds):
            with running("appender", "tests.performance.load.appends", environment=site.environment):
                await _until_records_come(following)
                looked, cost_us = await _round(following, options.seconds)
            looks.append(looked)
            costs_us.append(cost_us)
    report.add(
        Line(
            what=f"statements that look for an append, a process of {_GROUPS} groups and a reader of none",
            log=log_name,
            unit="an append",
            ours=looks,
            beside=f"CPU of the process {median(costs_us):,.0f} µs an append",
            promise=f"≤ {_LOOKS_FOR_EACH:g} for the groups together, and for the reader",
            holds=median(looks) <= 2 * _LOOKS_FOR_EACH,
        )
    )


async def _until_records_come(following: Following) -> None:
    seen = following.records
    await eventually(lambda: following.records > seen)


async def _round(following: Following, seconds: float) -> tuple[float, float]:
    """Return the looks for an append, and the microseconds of this process's own CPU."""
    records, looks, cpu_s = following.records, following.looks, time.process_time()
    await asyncio.sleep(seconds)
    appends = (following.records - records) / _READERS
    return (following.looks - looks) / appends, (time.process_time() - cpu_s) / appends * 1_000_000


@asynccontextmanager
async def _followed(log: EventLog) -> AsyncIterator[Following]:
    following = Following()
    with _counted_looks(following):
        sources: list[Subscription | Reader] = [
            await _subscription(log, f"looks-{number}") for number in range(_GROUPS)
        ]
        sources.append(await log.reader(await log.beginning_offsets([WORKFLOW_SESSIONS])))
        tasks = [asyncio.create_task(_follow(source, following)) for source in sources]
        try:
            yield following
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for source in sources:
                await source.stop()


async def _subscription(log: EventLog, group: str) -> Subscription:
    async def from_beginning(_places: frozenset[TopicPartition]) -> Positions:
        return {}

    return await log.subscribe(group, [WORKFLOW_SESSIONS], member="bench", on_assigned=from_beginning)


async def _follow(source: Subscription | Reader, following: Following) -> None:
    while True:
        records = await source.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS)
        following.records += len(records)


@contextmanager
def _counted_looks(following: Following) -> Iterator[None]:
    fetch = Database.fetch

    async def counted(self: Database, statement: str, *parameters: object) -> list[Row]:
        following.looks += statement == SQL.fetch
        return await fetch(self, statement, *parameters)

    with patch.object(Database, "fetch", counted):
        yield
