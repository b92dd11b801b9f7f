"""The decider: follows marks from the gate to the counts of health, and says how far everything has come through.

What a stage has passed on is in the next one's way before the stage says so. So a mark is set behind it: the instant
that the earlier stage has reached, and where the later one must get to until that holds of it as well. Positions alone
would not do: one that stood at its log's end a moment ago says nothing of what the stage before it appended since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

from libs.background.waiting import wait_unless
from libs.contracts.paths import MONITORING
from libs.contracts.topics import CRITICAL_INTERACTIONS, MONITORING_STEPS
from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.pg.database import Connection, Database
from libs.projections.passed import model_offsets
from libs.service.jobs import alone
from services.monitoring.health.freshness import FRESHNESS_SQL, keep
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.matches.ticker import gated_ms, partitions_of_steps

LOOK_S: Final = 0.5
_LOCK = f"waymark.{MONITORING}.decider"
_MARKS: Final = 100
G = TypeVar("G")


class Mark(NamedTuple, Generic[G]):
    """A stage holds everything accepted before `as_of_ms` once it has reached the goal."""

    as_of_ms: int
    goal: G


@dataclass(slots=True)
class Marks(Generic[G]):
    """The marks behind one stage, earliest first."""

    _marks: list[Mark[G]] = field(default_factory=list)

    def set(self, as_of_ms: int, goal: G) -> None:
        """Set a mark; of many that wait, every other one is enough."""
        if len(self._marks) >= _MARKS:
            del self._marks[1::2]
        self._marks.append(Mark(as_of_ms, goal))

    def passed(self, is_reached: Callable[[G], bool]) -> int | None:
        """Remove the marks that are reached, and return what the last of them says."""
        count = sum(1 for mark in self._marks if is_reached(mark.goal))
        if not count:
            return None
        last = self._marks[count - 1]
        del self._marks[:count]
        return last.as_of_ms


class Decider:
    """The job."""

    service = MONITORING
    name = "decider"

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        await alone(db, _LOCK, stopping, lambda: self._work(log, db, stopping), pause_s=LOOK_S)

    async def _work(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        pipeline = Pipeline(log, db)
        while not stopping.is_set():
            await pipeline.look()
            await wait_unless(stopping, LOOK_S)


class Pipeline:
    """The stages behind the gate: matches, the outbox, and health."""

    def __init__(self, log: EventLog, db: Database) -> None:
        self._log = log
        self._db = db
        self._matches: Marks[Positions] = Marks()
        self._outbox: Marks[int] = Marks()
        self._health: Marks[Positions] = Marks()

    async def look(self) -> None:
        """Move the marks on, stage by stage. Raises ModelBehind before all stages have begun."""
        async with self._db.transaction(readonly=True) as conn:
            gated = await gated_ms(conn)
        self._matches.set(gated, await self._log.end_offsets([MONITORING_STEPS]))
        async with self._db.transaction(readonly=True) as conn:
            matched = await self._matched(conn)
            row = await conn.fetchrow(FRESHNESS_SQL.waiting, CRITICAL_INTERACTIONS.name)
            assert row is not None
        if matched is not None:
            self._outbox.set(matched, row["last_id"])
        waiting = row["waiting_id"]
        published = self._outbox.passed(lambda last: waiting is None or waiting > last)
        if published is not None:
            self._health.set(published, await self._log.end_offsets([CRITICAL_INTERACTIONS]))
        async with self._db.transaction() as conn:
            at = await model_offsets(conn, MONITORING, HEALTH_MODEL)
            counted = self._health.passed(lambda ends: _has_reached(at, ends))
            if counted is not None:
                await keep(conn, counted)

    async def _matched(self, conn: Connection) -> int | None:
        """Return up to when everything is matched, and its results are in the outbox."""
        rows = await partitions_of_steps(conn)
        at = {TopicPartition(MONITORING_STEPS.name, row["partition"]): row["next_offset"] for row in rows}
        applied = self._matches.passed(lambda ends: _has_reached(at, ends))
        if applied is None:
            return None
        due: list[int] = [row["due_ms"] for row in rows if row["due_ms"] is not None]
        return min([applied, *due])


def _has_reached(at: Positions, ends: Positions) -> bool:
    return all(at.get(place, 0) >= end for place, end in ends.items())
