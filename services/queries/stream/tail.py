"""The end of a topic, read once for every stream of the process that has come level with it.

What was read lately is kept, within bounds, in chunks that cover the log without gaps; a stream that is slower than
that goes back to a reader of its own. While nobody follows, nothing is read; what was met is remembered, so that the
next one to follow costs no more than what came meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic

from libs.background.loops import Loop
from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions, Reader, StoredRecord
from services.queries.stream.model import Kind, RowT
from services.queries.stream.occurrence import Occurrence, unread
from services.queries.stream.repeats import Remembered, far_back

KEPT_BYTES = 16 * 1024 * 1024
KEPT_CHUNKS = 1_000
_POLL_TIMEOUT_S = 1.0
_MAX_RECORDS = 500
_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Chunk(Generic[RowT]):
    """The records of one poll, without repeats, with the positions before and after it."""

    before: Positions
    after: Positions
    occurrences: list[Occurrence[RowT]]
    size_bytes: int


class Tail(Loop, Generic[RowT]):
    """Read while anybody follows. Chunks are numbered; those from `_first` on are kept."""

    def __init__(
        self, kind: Kind[RowT], log: EventLog, *, kept_bytes: int = KEPT_BYTES, kept_chunks: int = KEPT_CHUNKS
    ) -> None:
        self._wanted = asyncio.Event()
        super().__init__(
            f"tail of the {kind.name}", self._run_if_wanted, wake=self._wanted.set, grace_s=2 * _POLL_TIMEOUT_S
        )
        self.topic = kind.topic
        self._kind = kind
        self._log = log
        self._kept_bytes = kept_bytes
        self._kept_chunks = kept_chunks
        self._chunks: deque[Chunk[RowT]] = deque()
        self._first = 0
        self._bytes = 0
        self._followers = 0
        self._reader: Reader | None = None
        self._began_at: Positions = {}
        self._met_to: Positions = {}
        self._remembered = Remembered()
        self._news = asyncio.Event()
        self._begun = asyncio.Event()

    async def stop(self) -> None:
        """End; who waits for news wakes up. Idempotent."""
        self.request_stop()
        if self._reader is not None:
            await self._reader.stop()
        await super().stop()
        self._announce()

    def occurrences(self, records: Iterable[StoredRecord]) -> list[Occurrence[RowT]]:
        """Return the records as those of the tail's kind."""
        return [Occurrence(record, self._kind.decode) for record in records]

    def follow(self) -> None:
        """Count one more follower; the tail is read from the first one on."""
        self._followers += 1
        self._wanted.set()

    def leave(self) -> None:
        """Count one follower less; reading ends after the last one."""
        self._followers -= 1
        if not self._followers:
            self._wanted.clear()

    async def begun(self, timeout_s: float) -> None:
        """Return once the end is being read. Raises LogUnavailable when that takes longer."""
        await wait_unless(self._begun, timeout_s)
        if not self._begun.is_set():
            raise LogUnavailable(f"the end of the {self._kind.name} is not read yet")

    def join(self, reached: Positions) -> int | None:
        """Return the number of the chunk at which a reader that stands there goes on.

        None when it must read by itself: also where it stands before the end at which the tail began, since of what
        repeats there the tail may not have met the first.
        """
        if self._reader is None or not _covers(self._began_at, reached):
            return None
        number = self._first + len(self._chunks)
        if _covers(self._reader.positions, reached):
            return number
        for chunk in reversed(self._chunks):
            number -= 1
            if _covers(chunk.before, reached):
                return number
        return None

    def is_kept(self, number: int) -> bool:
        """Return whether the chunk, or the place where it will be, is still there."""
        return self._reader is not None and number >= self._first

    async def chunk(self, number: int, timeout_s: float) -> Chunk[RowT] | None:
        """Return the chunk of this number; None when it does not come within `timeout_s` or is not kept any more."""
        if number >= self._first + len(self._chunks):
            await wait_unless(self._news, timeout_s)
        at = number - self._first
        return self._chunks[at] if 0 <= at < len(self._chunks) else None

    async def _run_if_wanted(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if not self._wanted.is_set():
                await self._rest()
                await self._wanted.wait()
                continue
            try:
                await self._read()
            except LogUnavailable:
                await wait_unless(stopping, _PAUSE_S)
        await self._rest()

    async def _read(self) -> None:
        if self._reader is None:
            await self._begin()
        assert self._reader is not None
        before = self._reader.positions
        records = await self._reader.poll(timeout_s=_POLL_TIMEOUT_S, max_records=_MAX_RECORDS)
        if records:
            occurrences = self._remembered.first_ones(self.occurrences(records))
            # Nobody joins before the tail began, so nothing of that is kept.
            new = unread(occurrences, self._began_at)
            size = sum(occurrence.size_bytes for occurrence in new)
            self._keep(Chunk(before, self._reader.positions, new, size))

    async def _begin(self) -> None:
        """Begin at the log's end, reading before it what a repeat may repeat and was not met yet."""
        began_at = await self._log.end_offsets([self.topic])
        if not _covers(self._met_to, began_at):  # another log has taken its place
            self._met_to, self._remembered = {}, Remembered()
        back = await far_back(self._log, self.topic, began_at)
        self._reader = await self._log.reader({at: max(back[at], self._met_to.get(at, 0)) for at in back})
        self._began_at = began_at
        self._begun.set()

    async def _rest(self) -> None:
        """Forget every chunk, so that numbers given out so far are not kept any more."""
        self._begun.clear()
        reader, self._reader = self._reader, None
        self._first += len(self._chunks) + 1
        self._chunks.clear()
        self._bytes = 0
        if reader is not None:
            self._met_to = reader.positions
            await reader.stop()

    def _keep(self, chunk: Chunk[RowT]) -> None:
        self._chunks.append(chunk)
        self._bytes += chunk.size_bytes
        while len(self._chunks) > 1 and (self._bytes > self._kept_bytes or len(self._chunks) > self._kept_chunks):
            self._bytes -= self._chunks.popleft().size_bytes
            self._first += 1
        self._announce()

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _covers(before: Positions, reached: Positions) -> bool:
    """Return whether a reader that goes on from `before` misses nothing after `reached`."""
    return all(reached[place] >= offset for place, offset in before.items())
