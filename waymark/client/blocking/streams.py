# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/streams.py: change that file.
"""Streams of records: reads, pauses, and opens the stream again as `follow` says."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self

import httpx

from waymark.client.blocking.driver import Driver
from waymark.client.blocking.waiting import Sleep, sleep
from waymark.client.follow import Following, RecordT


class EventStream(Iterator[RecordT], Generic[RecordT]):
    """Server-sent events of one kind of record, made by `client.events.stream` and `client.interactions.stream`.

    Iterate over it, for ever. Close it, or use it in a `with` block: entering that returns once the stream
    stands, so that what is recorded from then on will come. `last_event_id` says where it goes on after the last record
    taken, also in another process. A wait that is interrupted loses nothing: the next one opens the stream again where
    it stands. One thread at a time may use it.
    """

    def __init__(self, driver: Driver, following: Following[RecordT], pause: Sleep = sleep) -> None:
        self._driver = driver
        self._following = following
        self._pause = pause
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] | None = None

    @property
    def last_event_id(self) -> str | None:
        """The place after the last record taken; None before the stream began."""
        return self._following.last_event_id

    @property
    def position(self) -> str | None:
        """Where the stream began: a read `after` the stream shows all that came before it. None before that."""
        return self._following.position

    def close(self) -> None:
        """Close the connection. Iterating again opens another, which goes on at the same place."""
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def __next__(self) -> RecordT:
        while (record := self._following.take()) is None:
            self._read()
        return record

    def __enter__(self) -> Self:
        while self._response is None or not self._following.has_begun:
            self._read()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _read(self) -> None:
        """Take in the next chunk, or open the stream, or pause because neither can be done now."""
        why: httpx.RequestError | None = None
        try:
            if self._response is None or self._chunks is None:
                self._open()
                return
            chunk = next(self._chunks, None)
        except httpx.RequestError as error:
            chunk, why = None, error
        except BaseException:
            self.close()
            raise
        if chunk is not None:
            self._following.feed(chunk)
            return
        self.close()
        self._pause(self._following.lost(why))

    def _open(self) -> None:
        opened = self._driver.open(self._following.open())
        if not isinstance(opened, httpx.Response):
            self._pause(self._following.lost(opened))
            return
        self._response = opened
        self._following.check(opened)
        self._chunks = opened.iter_bytes()
