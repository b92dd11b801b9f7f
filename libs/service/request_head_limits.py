"""Bounds the head of a request, which the HTTP server itself awaits however long it takes and keeps however long it
grows, key or no key.

A head is counted from its second piece on, so a request that arrives in one piece costs two comparisons.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_TIMEOUT_S = 20.0
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """Hangs up on a request's line and headers that go on beyond 64 KiB after their first piece (431) or are not
    whole 20 s after their first byte (408); also on a connection that stays silent that long from its beginning.
    """

    _in_head = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Bound the wait for the first request of a client."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait for a client that is gone."""
        self._end_wait()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Count the head of a request from here."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """End the wait for a head that is whole."""
        self._in_head = False
        self._end_wait()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take the next piece from the network."""
        was_idle = self.timeout_keep_alive_task is not None
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(_TOO_LARGE)
                return
        super().data_received(data)
        # What precedes a head (empty lines) ends the keep-alive limit as a head does, and begins no request.
        if self._in_head or (was_idle and self.cycle.response_complete):
            self._await_head()

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_TIMEOUT_S, self._give_up)

    def _end_wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            # The request before this one, on the same connection, is still being answered.
            self._await_head()
        else:
            self._refuse(_TOO_SLOW if self._in_head else b"")

    def _refuse(self, answer: bytes) -> None:
        self.transport.write(answer)
        self.transport.close()
