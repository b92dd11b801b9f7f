"""The streams of one kind in a process, and what each of them sends.

An id is sent only after everything before it was, so a client that resumes with the last one it has seen misses
nothing and sees nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Generic

import anyio
from sse_starlette import ServerSentEvent

from libs.eventlog.port import EventLog, Positions, TopicPartition
from libs.service.sse import StillAllowed, event_id
from libs.telemetry.logger import get_logger
from services.queries.stream.feed import Feed
from services.queries.stream.model import Kind, RowT, Wanted
from services.queries.stream.occurrence import Occurrence
from services.queries.stream.open_streams import OpenStreams
from services.queries.stream.start import resume
from services.queries.stream.tail import Tail

_TURN_S = 0.5
_BEGIN_TIMEOUT_S = 5.0

_log = get_logger(__name__)


class Streams(Generic[RowT]):
    """The streams of one kind, counted among all that are open in the process."""

    def __init__(
        self, kind: Kind[RowT], log: EventLog, log_id: str, open_streams: OpenStreams, tail: Tail[RowT] | None = None
    ) -> None:
        self._kind = kind
        self._log = log
        self._log_id = log_id
        self._open_streams = open_streams
        self._tail = tail or Tail(kind, log)

    async def start(self) -> None:
        """Ready for streams."""
        await self._tail.start()

    async def stop(self) -> None:
        """End what the streams share."""
        await self._tail.stop()

    async def check(self) -> str | None:
        """Return None while the end of the topic is read for those who follow it, else the reason."""
        return await self._tail.check()

    async def open(
        self,
        tenant_id: str,
        wanted: Wanted[RowT],
        *,
        last_event_id: str | None,
        from_beginning: bool,
        still_allowed: StillAllowed,
    ) -> Stream[RowT]:
        """Return a stream from an id, else the beginning, else now. It counts from here on, until it is closed.

        Nothing but `tenant_id`'s records leaves it, whatever is `wanted`. Raises 400 and 410 for the id, 503 when there
        are too many streams, and LogUnavailable.
        """
        self._open_streams.add(tenant_id)
        self._tail.follow()
        is_open = False
        try:
            reached = await self._start(last_event_id, from_beginning)
            feed = Feed(self._log, self._tail, reached, self._open_streams.own_readers)
            is_open = True
        finally:
            self._tail.leave()
            if not is_open:
                self._open_streams.remove(tenant_id)
        closed = partial(self._open_streams.remove, tenant_id)
        return Stream(tenant_id, self._log_id, wanted, feed, reached, still_allowed, closed)

    async def _start(self, last_event_id: str | None, from_beginning: bool) -> Positions:
        if last_event_id:
            return await resume(self._kind, self._log, self._log_id, last_event_id)
        if from_beginning:
            return await self._log.beginning_offsets([self._kind.topic])
        await self._tail.begun(_BEGIN_TIMEOUT_S)
        return await self._log.end_offsets([self._kind.topic])


class Stream(Generic[RowT]):
    """One client's stream; `closing` is set when the server stops."""

    def __init__(
        self,
        tenant_id: str,
        log_id: str,
        wanted: Wanted[RowT],
        feed: Feed[RowT],
        reached: Positions,
        still_allowed: StillAllowed,
        on_close: Callable[[], None],
    ) -> None:
        self._tenant_id = tenant_id
        self._log_id = log_id
        self._wanted = wanted
        self._feed = feed
        self._reached: dict[TopicPartition, int] = dict(reached)
        self._still_allowed = still_allowed
        self._on_close: Callable[[], None] | None = on_close
        self.closing = anyio.Event()

    def ping(self) -> ServerSentEvent:
        """Return a ping with the id of the stream's positions."""
        return ServerSentEvent(comment="ping", id=event_id(self._log_id, self._reached), sep="\n")

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield frames until the server stops or the caller loses the right to read."""
        try:
            yield b"retry: 1000\nid: %s\n\n" % event_id(self._log_id, self._reached).encode()
            while await self._goes_on():
                found, after = await self._feed.next(_TURN_S)
                for occurrence in found:
                    if occurrence.is_for(self._wanted) and self._is_own(occurrence):
                        if not await self._goes_on():
                            return
                        yield self._frame(occurrence)
                    self._reached[occurrence.place] = occurrence.offset + 1
                self._reached.update(after)
                await asyncio.sleep(0)  # what the tail keeps is taken without waiting
        finally:
            await self.close()

    async def close(self) -> None:
        """Give up what it holds; idempotent."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()
            await self._feed.close()

    def _is_own(self, occurrence: Occurrence[RowT]) -> bool:
        """Return whether the record is the caller's tenant's, by other means than the filter went by."""
        if occurrence.belongs_to(self._tenant_id):
            return True
        _log.error("foreign_record_withheld", tenant=self._tenant_id, place=occurrence.place, offset=occurrence.offset)
        return False

    def _frame(self, occurrence: Occurrence[RowT]) -> bytes:
        following = self._reached | {occurrence.place: occurrence.offset + 1}
        data = occurrence.data(self._wanted)
        return b"id: %s\ndata: %s\n\n" % (event_id(self._log_id, following).encode(), data)

    async def _goes_on(self) -> bool:
        return await self._still_allowed() and not self.closing.is_set()
