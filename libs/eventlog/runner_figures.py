"""What a runner tells about itself; the runner alone writes, metrics and health checks read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from libs.eventlog.port import TopicPartition


@dataclass(slots=True)
class Figures:
    """Counts are since the process started; lags are of the partitions this member holds.

    `behind_s` is 0 while caught up, else how far the accept time of what was applied lies back. `generation` is None
    until one serves. `stopped_reason` is set while an operator has to act, `waiting_for` while a rebuild has to end.
    """

    service: str
    name: str
    generation: int | None = None
    applied: int = 0
    parked: int = 0
    batches: int = 0
    retries: int = 0
    fenced: int = 0
    behind_s: float = 0.0
    lag: dict[TopicPartition, int] = field(default_factory=dict)
    stopped_reason: str | None = None
    waiting_for: str | None = None
    rebuild_done: int = 0
    rebuild_target: int = 0
    last_poll: float = field(default_factory=time.monotonic)

    @property
    def lag_records(self) -> int:
        """How many records wait in the partitions held."""
        return sum(self.lag.values())

    @property
    def silent_s(self) -> float:
        """Seconds since the log last answered a poll: liveness."""
        return time.monotonic() - self.last_poll

    def polled(self) -> None:
        """The log answered."""
        self.last_poll = time.monotonic()
