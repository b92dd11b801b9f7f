"""Copies of parked records in the dead-letter topics, at least once: the row is the truth, the copy is for subscribers.

A row is marked once the log acknowledged its copy; dying in between publishes it again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from libs.contracts.topics import MAX_RECORD_BYTES
from libs.eventlog.port import Appended, EventLog
from libs.pg.database import Database
from libs.projections.consumer import RegisteredConsumer
from libs.projections.parking import PUBLISHED_TOPICS, dead_letter
from libs.projections.positions import Entered, entered
from libs.projections.registry import PARKING

_AT_ONCE = 200
_HEADROOM_BYTES = 16 * 1024


class DeadLetterCopies:
    """The copies of one consumer; several processes may publish at the same time."""

    def __init__(
        self,
        log: EventLog,
        db: Database,
        consumer: RegisteredConsumer,
        *,
        idle_s: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._db = db
        self._consumer = consumer
        self._idle_s = idle_s
        self._clock = clock
        # True at the start: an earlier process may have died before it published.
        self._expected = True

    def expect(self) -> None:
        """Expect new rows: something was parked."""
        self._expected = True

    async def publish(self) -> None:
        """Publish what is not published yet; what the log refuses now is tried again at the next call."""
        while self._expected:
            async with entered(self._db, self._consumer, idle_s=self._idle_s) as inside:
                waiting, published = await self._publish_some(inside)
            self._expected = waiting > 0
            if published < _AT_ONCE:
                return

    async def _publish_some(self, inside: Entered) -> tuple[int, int]:
        rows = await inside.conn.fetch(inside.sql(PARKING.unpublished), list(PUBLISHED_TOPICS), _AT_ONCE)
        if not rows:
            return 0, 0
        now = self._clock()
        name = f"{self._consumer.service}.{self._consumer.name}"
        limit_bytes = MAX_RECORD_BYTES - _HEADROOM_BYTES
        outcomes = await self._log.append(
            [dead_letter(row, name, now_ms=int(now.timestamp() * 1000), limit_bytes=limit_bytes) for row in rows]
        )
        done = [row for row, outcome in zip(rows, outcomes, strict=True) if isinstance(outcome, Appended)]
        columns = ([row["topic"] for row in done], [row["partition"] for row in done], [row["offset"] for row in done])
        await inside.conn.execute(inside.sql(PARKING.mark_published), *columns, now)
        return len(rows), len(done)
