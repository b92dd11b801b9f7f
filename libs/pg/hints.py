"""Notifications as hints: they wake whoever waits sooner than polling would, and nothing is lost without them.

While the listening connection is down everyone falls back to polling, and all are woken when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from libs.background.loops import Loop
from libs.background.waiting import wait_unless
from libs.pg.database import Connection, Database
from libs.pg.errors import DatabaseUnavailable

_PROBE_INTERVAL_S = 5.0
_PROBE_TIMEOUT_S = 5.0
_RETRY_PAUSE_S = 0.5

EVERYTHING = ""
"""The hint that may stand for any others: some may have been missed."""


class Hints(Loop):
    """One connection that listens on `channel`, for all who wait in a process.

    A poll looks every `poll_s` although no hint came, every `poll_deaf_s` while nobody listens.
    """

    def __init__(self, name: str, db: Database, channel: str, *, poll_s: float, poll_deaf_s: float) -> None:
        super().__init__(name, self._keep_listening, grace_s=0)
        self._db = db
        self._channel = channel
        self._poll_s = poll_s
        self._poll_deaf_s = poll_deaf_s
        self._waiting: dict[asyncio.Event, Callable[[str], bool]] = {}
        self._listening = False

    async def stop(self) -> None:
        """Give the connection back and let everyone look once more; idempotent."""
        await super().stop()
        self.wake_all()

    def wake_all(self) -> None:
        """Let everyone look again."""
        for event, matches in self._waiting.items():
            matches(EVERYTHING)
            event.set()

    @property
    def poll_interval_s(self) -> float:
        """The time after which a poll looks although no hint came."""
        return self._poll_s if self._listening else self._poll_deaf_s

    @contextlib.contextmanager
    def interested(self, matches: Callable[[str], bool]) -> Iterator[asyncio.Event]:
        """Yield an event set at every hint that matches, until the block ends; its user clears it before looking.

        `matches` hears every hint in its order, and EVERYTHING when all are woken, whatever it answers.
        """
        event = asyncio.Event()
        self._waiting[event] = matches
        try:
            yield event
        finally:
            del self._waiting[event]

    async def _keep_listening(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                async with self._db.acquire() as conn:
                    await self._listen(conn, stopping)
            except DatabaseUnavailable:
                self._listening = False
                await wait_unless(stopping, _RETRY_PAUSE_S)

    async def _listen(self, conn: Connection, stopping: asyncio.Event) -> None:
        await conn.add_listener(self._channel, self._hear)
        self._listening = True
        self.wake_all()
        try:
            while not stopping.is_set():
                await conn.execute("SELECT 1", timeout=_PROBE_TIMEOUT_S)
                await wait_unless(stopping, _PROBE_INTERVAL_S)
        finally:
            self._listening = False
            # A server that does not answer cannot be taken leave of either.
            conn.terminate()

    def _hear(self, _conn: Any, _pid: int, _channel: str, payload: object) -> None:
        for event, matches in self._waiting.items():
            if matches(str(payload)):
                event.set()
