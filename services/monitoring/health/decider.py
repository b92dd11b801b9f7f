"""The decider: stores how far everything has come through the stages from the gate to the counts of health."""

from __future__ import annotations

import asyncio
from typing import Final

from libs.background.waiting import wait_unless
from libs.contracts.paths import MONITORING
from libs.contracts.topics import CRITICAL_INTERACTIONS, MONITORING_STEPS, Topic
from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.pg.database import Connection, Database
from libs.projections.passed import model_offsets
from libs.service.jobs import alone
from services.monitoring.health.freshness import FRESHNESS_SQL, keep
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.pipeline import Matched, Outbox, Pipeline
from services.monitoring.matches.ticker import gated_ms, partitions_of_steps

LOOK_S: Final = 0.5
_LOCK = f"waymark.{MONITORING}.decider"


class Decider:
    """The job."""

    service = MONITORING
    name = "decider"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        await alone(db, _LOCK, stopping, lambda lease: self._work(log, db, lease, stopping), pause_s=LOOK_S)

    async def _work(self, log: EventLog, db: Database, lease: Connection, stopping: asyncio.Event) -> None:
        pipeline = Pipeline(LiveStages(log, await log.identity(), db))
        while not stopping.is_set():
            await decide(pipeline, lease)
            await wait_unless(stopping, LOOK_S)


async def decide(pipeline: Pipeline, conn: Connection) -> None:
    """Look at the stages, and store what is new. Raises ModelBehind before all stages have begun.

    `conn` is older than the pipeline's marks: they say nothing of a database that was restored since, which has broken
    the connection.
    """
    as_of_ms = await pipeline.look()
    if as_of_ms is not None:
        await keep(conn, as_of_ms)


class LiveStages:
    """The `Stages` as the log of this id and the tables tell; `db` has the service's projector role.

    A model that was built from another log is waited for: its positions say nothing of this one.
    """

    def __init__(self, log: EventLog, log_id: str, db: Database) -> None:
        self._log = log
        self._log_id = log_id
        self._db = db

    async def forwarded_ms(self) -> int:
        async with self._db.transaction(readonly=True) as conn:
            gated = await gated_ms(conn)
            closing_ms = await conn.fetchval(FRESHNESS_SQL.earliest_waiting, MONITORING_STEPS.name)
        return gated if closing_ms is None else min(gated, closing_ms)

    async def ends(self, topic: Topic) -> Positions:
        return await self._log.end_offsets([topic])

    async def matched(self) -> Matched:
        async with self._db.transaction(readonly=True) as conn:
            rows = await partitions_of_steps(conn, self._log_id)
        at = {TopicPartition(MONITORING_STEPS.name, row["partition"]): row["next_offset"] for row in rows}
        due_ms = min((row["due_ms"] for row in rows if row["due_ms"] is not None), default=None)
        return Matched(await self._without_deleted(at, MONITORING_STEPS), due_ms)

    async def outbox(self) -> Outbox:
        async with self._db.transaction(readonly=True) as conn:
            row = await conn.fetchrow(FRESHNESS_SQL.waiting, CRITICAL_INTERACTIONS.name)
        assert row is not None
        return Outbox(row["last_id"], row["waiting_id"])

    async def counted(self) -> Positions:
        async with self._db.transaction(readonly=True) as conn:
            at = await model_offsets(conn, MONITORING, HEALTH_MODEL, log_id=self._log_id)
        return await self._without_deleted(at, CRITICAL_INTERACTIONS)

    async def _without_deleted(self, at: Positions, topic: Topic) -> Positions:
        """Return the positions in a topic, beyond the records that retention deleted unread: nobody waits for those."""
        beginnings = await self._log.beginning_offsets([topic])
        return {place: max(at.get(place, 0), beginning) for place, beginning in beginnings.items()}
