"""The end of the sessions' topic, read once in each process, and the sessions that somebody in it follows.

Only records of followed sessions are decoded. A session that begins is followed before its start is appended, so that
nothing of it is missed; one that began before is followed from the read model's state of it, and the records that were
read meanwhile are folded on top.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from libs.background.backoff import Backoff
from libs.background.loops import Loop
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import AnyRecord
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions, Reader, StoredRecord, TopicPartition
from libs.httpkit.errors import unavailable
from libs.telemetry.metrics import WORKFLOW_CALLERS_WAITING
from services.workflows.engine.entries import readable
from services.workflows.engine.session import SessionState, fold
from services.workflows.sessions.reads import Known

RETRY_AFTER_S = 5
_POLL_TIMEOUT_S = 1.0
_MAX_RECORDS = 500
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0

Holds = Callable[[SessionState], bool]


class ReadRecord(NamedTuple):
    """A record of a session, and its place."""

    at: TopicPartition
    offset: int
    record: AnyRecord


class Follower:
    """One session as the log has it, from when it is known on; `state` is None until then.

    `reached` is the offset after the last record of it that counted.
    """

    def __init__(self, tenant_id: str, key: str, session_id: str, *, is_new: bool) -> None:
        self.session_id = session_id
        self.state: SessionState | None = None
        self.reached: tuple[TopicPartition, int] | None = None
        self._tenant_id = tenant_id
        self._key = key
        self._held: list[ReadRecord] | None = None if is_new else []
        self._waits: tuple[Holds, asyncio.Future[SessionState | None]] | None = None
        self._closed = False

    def begin(self, known: Known) -> None:
        """Take the known state of the session, and fold the records held since then on top."""
        held, self._held = self._held or [], None
        self.state, self.reached = known.state, (known.at, known.reached)
        for read in held:
            if read.offset >= known.next_offset:
                self.take(read)

    def take(self, read: ReadRecord) -> None:
        """Fold one record more."""
        if self._held is not None:
            self._held.append(read)
            return
        state = fold(self.state, read.record, tenant_id=self._tenant_id, key=self._key)
        if state is None or state is self.state:
            return
        self.state, self.reached = state, (read.at, read.offset + 1)
        if self._waits is not None and self._waits[0](state):
            _resolve(self._waits[1], state)

    @property
    def known(self) -> SessionState:
        """The session, which is known."""
        assert self.state is not None
        return self.state

    async def until(self, holds: Holds, timeout_s: float) -> SessionState | None:
        """Wait until `holds` is true of the session, and return that state.

        Return None when it is not in time, or the process ends. One caller at a time.
        """
        if self.state is not None and holds(self.state):
            return self.state
        if self._closed or timeout_s <= 0:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[SessionState | None] = loop.create_future()
        self._waits = holds, future
        timer = loop.call_later(timeout_s, _resolve, future, None)
        try:
            return await future
        finally:
            timer.cancel()
            self._waits = None

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed = True
        if self._waits is not None:
            _resolve(self._waits[1], None)


class Waiters(Loop):
    """Reads the topic's end for the followers of this process, at most `limit` of them."""

    def __init__(self, log: EventLog, *, limit: int) -> None:
        super().__init__("tail of the sessions", self._tail, grace_s=2 * _POLL_TIMEOUT_S)
        self._log = log
        self._limit = limit
        self._count = 0
        self._followers: dict[str, list[Follower]] = {}
        self._reader: Reader | None = None
        self._positions: Positions = {}

    async def start(self) -> None:
        """Begin at the topic's end. Raises LogUnavailable."""
        self._positions = await self._log.end_offsets([WORKFLOW_SESSIONS])
        await super().start()

    async def stop(self) -> None:
        """End; who waits goes on with what is known. Idempotent."""
        self.request_stop()
        for follower in [one for found in self._followers.values() for one in found]:
            follower.close()
        if self._reader is not None:
            await self._reader.stop()
        await super().stop()

    @property
    def positions(self) -> Positions:
        """The offsets from which records are still to come to followers."""
        return self._positions

    @contextmanager
    def follow(self, tenant_id: str, key: str, session_id: str, *, is_new: bool) -> Iterator[Follower]:
        """Follow a session for the length of the block; `key` is that of its records.

        One that is not new is to `begin` with what is known of it. Raises 503 when too many are followed.
        """
        if self._count >= self._limit:
            raise unavailable("too many callers wait for sessions here", RETRY_AFTER_S)
        follower = Follower(tenant_id, key, session_id, is_new=is_new)
        self._count += 1
        WORKFLOW_CALLERS_WAITING.set(self._count)
        self._followers.setdefault(key, []).append(follower)
        try:
            yield follower
        finally:
            self._count -= 1
            WORKFLOW_CALLERS_WAITING.set(self._count)
            found = self._followers[key]
            found.remove(follower)
            if not found:
                del self._followers[key]

    async def _tail(self, stopping: asyncio.Event) -> None:
        backoff = Backoff(stopping, first_s=_FIRST_PAUSE_S, limit_s=_LONGEST_PAUSE_S)
        while not stopping.is_set():
            try:
                await self._read()
                backoff.reset()
            except LogUnavailable:
                await backoff.pause()

    async def _read(self) -> None:
        if self._reader is None:
            self._reader = await self._log.reader(self._positions)
        for record in await self._reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS):
            if record.key is not None and (followers := self._followers.get(record.key)) is not None:
                _tell(followers, record)
        self._positions = self._reader.positions


def _tell(followers: list[Follower], record: StoredRecord) -> None:
    """Give a record to those who follow its session; one that nobody can read is passed over."""
    found = readable(record)
    if found is None:
        return
    read = ReadRecord(record.topic_partition, record.offset, found.record)
    for follower in followers:
        if follower.session_id == found.record.session_id:
            follower.take(read)


def _resolve(future: asyncio.Future[SessionState | None], state: SessionState | None) -> None:
    if not future.done():
        future.set_result(state)
