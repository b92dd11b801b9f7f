"""Tells what an executor has to do: its figures, and the row by which requests know whether there is room."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from libs.contracts.times import optional_from_ms
from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from libs.telemetry.metrics import (
    WORKFLOW_SESSIONS_HELD,
    WORKFLOW_START_OLDEST_SECONDS,
    WORKFLOW_STARTS_WAITING,
    WORKFLOW_TASKS_RUNNING,
    WORKFLOW_TASKS_WAITING,
)

EXECUTOR_SQL: Final = SqlFile.load(Path(__file__).with_name("executors.sql"))
TOLD_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class WaitingStarts:
    """The number of starts that wait, and when (ms) the oldest was accepted."""

    count: int
    oldest_ms: int | None

    def age_s(self, now_s: float) -> float:
        """Return for how long the oldest has waited, 0 when none waits."""
        return 0.0 if self.oldest_ms is None else max(0.0, now_s - self.oldest_ms / 1_000)


@dataclass(frozen=True, slots=True)
class Load:
    """What an executor has: starts that wait, sessions in memory, and tasks that run or wait for their turn."""

    starts: WaitingStarts
    sessions: int = 0
    running: int = 0
    waiting: int = 0


class Presence:
    """The row of one executor; `look` returns what it has."""

    def __init__(self, db: Database, member: str, look: Callable[[], Load]) -> None:
        self._db = db
        self._member = member
        self._look = look

    async def tell(self) -> None:
        """Set the figures, write the row, and remove rows of executors that have gone. Raises DatabaseUnavailable."""
        load = self._look()
        waiting = load.starts
        WORKFLOW_SESSIONS_HELD.set(load.sessions)
        WORKFLOW_TASKS_RUNNING.set(load.running)
        WORKFLOW_TASKS_WAITING.set(load.waiting)
        WORKFLOW_STARTS_WAITING.set(waiting.count)
        WORKFLOW_START_OLDEST_SECONDS.set(waiting.age_s(time.time()))
        oldest: datetime | None = optional_from_ms(waiting.oldest_ms)
        # One after the other: an executor that comes back may be about to be forgotten by one whose row it forgets.
        await self._db.fetch(EXECUTOR_SQL.tell, self._member, waiting.count, oldest)
        await self._db.fetch(EXECUTOR_SQL.forget_gone)
