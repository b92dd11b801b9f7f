"""The ticker: appends to each partition of the steps how far time has passed, when something is due there by then.

A tick says that everything accepted before it has been forwarded, which the gate's positions tell: it is appended after
they were read. Of all tickers one works; two of them at once would only say the same twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from libs.background.waiting import wait_unless
from libs.contracts.monitoring_steps import Tick, encode_tick
from libs.contracts.paths import MONITORING
from libs.contracts.times import to_ms
from libs.contracts.topics import MONITORING_STEPS
from libs.eventlog.port import Appended, EventLog, Record
from libs.eventlog.ticks import partition_keys
from libs.pg.database import Connection, Database, Row
from libs.pg.sql_files import SqlFile
from libs.projections.passed import enter_model, passed_by_reactor
from libs.service.jobs import alone
from services.monitoring.gate.model import GATE
from services.monitoring.matches.model import MATCHES_MODEL

TICKER_SQL = SqlFile.load(Path(__file__).with_name("ticker.sql"))
_KEY_PREFIX = "waymark:tick-"
_HURRIED_S = 0.02
_LOCK = f"waymark.{MONITORING}.ticker"


class Ticker:
    """The job; while something is due in a partition it appends at most one tick in `tick_ms`.

    Where the last tick left keys that are due, the next follows as soon as it is applied.
    """

    service = MONITORING
    name = "ticker"

    def __init__(self, tick_ms: int) -> None:
        self._tick_s = tick_ms / 1_000

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        await alone(db, _LOCK, stopping, lambda _: self._work(log, db, stopping), pause_s=self._tick_s)

    async def _work(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        log_id = await log.identity()
        ticked: dict[int, int] = {}
        hurried_until = 0.0
        while not stopping.is_set():
            async with db.transaction(readonly=True) as conn:
                as_of, partitions = await look(conn, log_id)
            appended = await _append(log, as_of, partitions, ticked)
            if any(has_left_some(row) and row["partition"] in appended for row in partitions):
                hurried_until = time.monotonic() + self._tick_s
            is_hurried = time.monotonic() < hurried_until
            await wait_unless(stopping, min(self._tick_s, _HURRIED_S) if is_hurried else self._tick_s)


async def gated_ms(conn: Connection) -> int:
    """Return up to when every record has been forwarded. Raises ModelBehind before the gate has begun."""
    return to_ms(await passed_by_reactor(conn, MONITORING, GATE))


async def look(conn: Connection, log_id: str) -> tuple[int, Sequence[Row]]:
    """Return up to when every record has been forwarded, and then how the partitions of the steps stand.

    The transaction enters the matches. Raises ModelBehind before the gate or the matches of this log have begun.
    """
    as_of = await gated_ms(conn)
    return as_of, await partitions_of_steps(conn, log_id)


async def partitions_of_steps(conn: Connection, log_id: str) -> Sequence[Row]:
    """Return how far the matches of the log with this id are in each partition, and when something is due there next.

    The transaction enters the matches. Raises ModelBehind as `enter_model` does.
    """
    await enter_model(conn, MONITORING, MATCHES_MODEL, log_id=log_id)
    return await conn.fetch(TICKER_SQL.partitions, MONITORING_STEPS.name)


def is_tick_due(row: Row, as_of: int, ticked: int | None) -> bool:
    """Return whether a partition needs a tick: something is due by `as_of`, and the last, at offset `ticked`, is over.

    The clock has not reached `as_of`, or it fired as many keys as a tick does and left some.
    """
    if row["due_ms"] is None or row["due_ms"] > max(as_of, row["clock_ms"]):
        return False
    return ticked is None or row["next_offset"] > ticked


def has_left_some(row: Row) -> bool:
    """Return whether keys are due that the partition's clock has passed: its last tick fired as many as one does."""
    return row["due_ms"] is not None and row["due_ms"] <= row["clock_ms"]


async def _append(log: EventLog, as_of: int, partitions: Sequence[Row], ticked: dict[int, int]) -> set[int]:
    """Append the ticks that are due, note their offsets in `ticked`, and return their partitions."""
    keys = partition_keys(_KEY_PREFIX, len(partitions))
    records: list[Record] = []
    for row in partitions:
        if is_tick_due(row, as_of, ticked.get(row["partition"])):
            time_ms = max(as_of, row["clock_ms"])
            records.append(
                Record(MONITORING_STEPS.name, *encode_tick(keys[row["partition"]], Tick(as_of=time_ms)), time_ms)
            )
    outcomes = await log.append(records) if records else ()
    appended = {outcome.partition: outcome.offset for outcome in outcomes if isinstance(outcome, Appended)}
    ticked.update(appended)
    return set(appended)
