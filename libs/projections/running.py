"""The parts that everything which runs one consumer works with: log and database, pace, figures."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from libs.background.backoff import Backoff
from libs.eventlog.port import EventLog, TopicPartition
from libs.pg.database import Database


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """The defaults suit a service; tests shorten the waits.

    `idle_in_transaction_s` frees the rows that a frozen process holds, `append_idle_s` those held by one that appends,
    which answers within seconds, also when the log is gone. `drop_grace_s` must exceed the longest read. The next poll
    is made `linger_s` after one that brought few records, so that a steady stream comes in batches, and no sooner after
    its batch than that took, up to `linger_limit_s`, so that they grow on a busy machine; a record that comes after a
    pause is read at once.
    """

    max_records: int = 5_000
    poll_timeout_s: float = 0.25
    linger_s: float = 0.02
    linger_limit_s: float = 0.1
    tick_s: float = 1.0
    backoff_first_s: float = 0.05
    backoff_limit_s: float = 3.0
    idle_in_transaction_s: float = 5.0
    append_idle_s: float = 30.0
    stall_timeout_s: float = 30.0
    parked_allowed: int = 100
    parking_window: int = 1_000
    drop_grace_s: float = 120.0
    fill_max_records: int = 5_000
    fill_workers: int = 2
    claim_s: float = 15.0
    switch_timeout_s: float = 5.0


@dataclass(slots=True)
class Figures:
    """The figures of a runner: counts since the process started, lags of the partitions this member holds.

    `behind_s` is 0 while caught up, else how far the accept time of what was applied lies back, and None until that was
    measured. `has_begun` once there are tables to write; `generation` is the number of the one that serves, None for a
    reactor. `parked_now` is how many records of all partitions are parked at this moment, None before anybody has
    looked. `stopped_reason` is set while an operator has to act, `waiting_for` while a rebuild has to end.
    """

    service: str
    name: str
    has_begun: bool = False
    generation: int | None = None
    applied: int = 0
    parked: int = 0
    parked_now: int | None = None
    batches: int = 0
    retries: int = 0
    fenced: int = 0
    behind_s: float | None = None
    lag: dict[TopicPartition, int] = field(default_factory=dict)
    stopped_reason: str | None = None
    waiting_for: str | None = None
    rebuild_done: int = 0
    rebuild_target: int = 0
    last_poll: float = field(default_factory=time.monotonic)

    @property
    def lag_records(self) -> int:
        """The number of records that wait in the partitions held."""
        return sum(self.lag.values())

    @property
    def rebuild_left(self) -> int:
        """The number of records that a rebuild has to read yet."""
        return max(0, self.rebuild_target - self.rebuild_done)

    @property
    def silent_s(self) -> float:
        """The seconds since the log last answered a poll: liveness."""
        return time.monotonic() - self.last_poll

    def polled(self) -> None:
        """Note that the log has answered."""
        self.last_poll = time.monotonic()


@dataclass(frozen=True, slots=True)
class RunnerParts:
    """The parts of one consumer's runner in one process. `db` has the projector role, `member` names the process."""

    log: EventLog
    db: Database
    member: str
    settings: RunnerSettings
    figures: Figures
    stopping: asyncio.Event

    def backoff(self) -> Backoff:
        """Return a new backoff that a stop ends."""
        return Backoff(self.stopping, first_s=self.settings.backoff_first_s, limit_s=self.settings.backoff_limit_s)
