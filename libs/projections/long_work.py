"""Work of a batch that takes long between two statements.

PostgreSQL ends a transaction that is idle for some seconds, so that a frozen process lets go of its rows; one that
works says so now and then, and lets the process's other work go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from libs.pg.database import Connection

_PAUSE_EVERY_S = 0.2


class LongWork:
    """Work inside the transaction of `conn`, which calls `pause` after each small part of it."""

    def __init__(self, conn: Connection, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._conn = conn
        self._clock = clock
        self._paused_at = clock()

    async def pause(self) -> None:
        """Ask PostgreSQL for nothing when some tenths of a second have passed since the last time."""
        if self._clock() - self._paused_at > _PAUSE_EVERY_S:
            await self._conn.execute("SELECT")
            self._paused_at = self._clock()
