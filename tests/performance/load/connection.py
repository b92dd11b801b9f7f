"""One keep-alive HTTP/1.1 connection with one request under way at a time; understands what it needs of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

OnAnswer = Callable[["Connection", int, bytes], None]
"""Called with the connection, the status and the whole answer."""


class ConnectionLost(Exception):
    """The server closed a connection that was in use: nothing measured afterwards would mean anything."""


class Connection(asyncio.Protocol):
    """`begun` is when the request under way should have begun, in the loop's time; the caller keeps it."""

    __slots__ = ("_buffer", "_on_answer", "_on_lost", "_transport", "begun")

    def __init__(self, on_answer: OnAnswer, on_lost: Callable[[], None]) -> None:
        self._on_answer = on_answer
        self._on_lost = on_lost
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to send."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        """Send a request; the last one must have been answered."""
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Report the answer once it is whole."""
        if self._buffer:
            data = self._buffer + data
        if is_whole(data):
            self._buffer = b""
            self._on_answer(self, int(data[9:12]), data)
        else:
            self._buffer = data

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever still counts on it."""
        self._on_lost()

    def close(self) -> None:
        """Hang up, without telling."""
        self._on_lost = _nobody
        if self._transport is not None:
            self._transport.abort()


def is_whole(data: bytes) -> bool:
    """Whether an answer is complete: its head, and as much body as `content-length` says."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = data.find(b"content-length:", 0, end)
    if at < 0:
        at = data[:end].lower().find(b"content-length:")
        if at < 0:
            raise ValueError(f"an answer without content-length: {data[:200]!r}")
    return len(data) - end - 4 >= int(data[at + 15 : data.index(b"\r\n", at)])


def _nobody() -> None:
    return None
