"""Streams of records: reads, pauses, and opens the stream again as `follow` says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Generic, Self

import httpx

from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.asynchronous.waiting import Sleep, sleep
from waymark.client.follow import Following, RecordT


class AsyncEventStream(AsyncIterator[RecordT], Generic[RecordT]):
    """Server-sent events of one kind of record, made by `client.events.stream` and `client.interactions.stream`.

    Iterate over it, for ever. Close it, or use it in an `async with` block: entering that returns once the stream
    stands, so that what is recorded from then on will come. `last_event_id` says where it goes on after the last record
    taken, also in another process. A wait that is interrupted loses nothing: the next one opens the stream again where
    it stands. One task at a time may use it.
    """

    def __init__(self, driver: AsyncDriver, following: Following[RecordT], pause: Sleep = sleep) -> None:
        self._driver = driver
        self._following = following
        self._pause = pause
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    @property
    def last_event_id(self) -> str | None:
        """The place after the last record taken; None before the stream began."""
        return self._following.last_event_id

    @property
    def position(self) -> str | None:
        """Where the stream began: a read `after` the stream shows all that came before it. None before that."""
        return self._following.position

    async def close(self) -> None:
        """Close the connection. Iterating again opens another, which goes on at the same place."""
        response, self._response = self._response, None
        if response is not None:
            await response.aclose()

    async def __anext__(self) -> RecordT:
        while (record := self._following.take()) is None:
            await self._read()
        return record

    async def __aenter__(self) -> Self:
        while self._response is None or not self._following.has_begun:
            await self._read()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def _read(self) -> None:
        """Take in the next chunk, or open the stream, or pause because neither can be done now."""
        why: httpx.RequestError | None = None
        try:
            if self._response is None or self._chunks is None:
                await self._open()
                return
            chunk = await anext(self._chunks, None)
        except httpx.RequestError as error:
            chunk, why = None, error
        except BaseException:
            await self.close()
            raise
        if chunk is not None:
            self._following.feed(chunk)
            return
        await self.close()
        await self._pause(self._following.lost(why))

    async def _open(self) -> None:
        opened = await self._driver.open(self._following.open())
        if not isinstance(opened, httpx.Response):
            await self._pause(self._following.lost(opened))
            return
        self._response = opened
        self._following.check(opened)
        self._chunks = opened.aiter_bytes()
