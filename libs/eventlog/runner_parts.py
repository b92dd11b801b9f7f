"""What everything that runs one projection works with: where it reads and writes, who it is, and when it stops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.eventlog.backoff import Backoff
from libs.eventlog.port import EventLog
from libs.eventlog.projection import Projection
from libs.eventlog.runner_figures import Figures
from libs.eventlog.runner_settings import RunnerSettings
from libs.pg.database import Database

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class RunnerParts(Generic[E]):
    """Of one projection in one process. `db` has its service's projector role, `member` is this process's name."""

    log: EventLog
    db: Database
    projection: Projection[E]
    member: str
    settings: RunnerSettings
    figures: Figures
    stopping: asyncio.Event

    def backoff(self) -> Backoff:
        """A backoff of one's own, which ends when it is time to stop."""
        return Backoff(self.stopping, first_s=self.settings.backoff_first_s, limit_s=self.settings.backoff_limit_s)
