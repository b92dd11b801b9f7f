"""Reads request bodies within limits: per record, per bulk body, and over all bodies in flight in this process.

A byte is counted before it is kept, compressed or not, so no body costs more memory than its limit, and all of them
together no more than the process's budget; nor for longer than a slow sender needs, so that one that stalls closes
the door to nobody. Usable by a plain route and by a raw ASGI callable alike.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect

from libs.httpkit.errors import BodyTimeout, MalformedBody, UnsupportedMediaType, too_large, unavailable
from libs.httpkit.limits import PROCESS_BODY_BYTES, RECORD_BODY_BYTES
from libs.telemetry.metrics import HTTP_BODY_BYTES_HELD

BODY_PAUSE_S = 20.0
_SLOWEST_BYTES_PER_S = 64 * 1024
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_LIMIT_ATTRIBUTE = "__waymark_body_limit_bytes__"

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
RawHeaders = Iterable[tuple[bytes, bytes]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class BodyBudget:
    """The bytes of body that one process may hold at a time."""

    def __init__(self, limit_bytes: int = PROCESS_BODY_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0

    def lease(self) -> BodyLease:
        """Return a lease that starts at nothing; release it when the request no longer needs its body."""
        return BodyLease(self)

    def take(self, count: int) -> None:
        """Count bytes in, or answer 503 when they would be too many."""
        if self.held_bytes + count > self.limit_bytes:
            raise unavailable("too many request bodies are being worked on", retry_after_s=1)
        self.held_bytes += count


class BodyLease:
    """What one request holds of the budget. A context manager; `release` may be called twice."""

    __slots__ = ("_budget", "_held_bytes")

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._held_bytes = 0

    def take(self, count: int) -> None:
        """Hold `count` bytes more; 503 when the process has no room for them."""
        self._budget.take(count)
        self._held_bytes += count

    def release(self) -> None:
        """Give everything back."""
        self._budget.held_bytes -= self._held_bytes
        self._held_bytes = 0

    def __enter__(self) -> BodyLease:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


PROCESS_BUDGET = BodyBudget()
HTTP_BODY_BYTES_HELD.set_function(lambda: PROCESS_BUDGET.held_bytes)
"""The budget of this process; every app in it shares it."""


def body_limit(limit_bytes: int) -> Callable[[Endpoint], Endpoint]:
    """Decorates an endpoint (below the route decorator) with its own body limit, `BULK_BODY_BYTES` for example."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _LIMIT_ATTRIBUTE, limit_bytes)
        return endpoint

    return mark


def body_limit_of(endpoint: Callable[..., Any]) -> int:
    """Return the body limit of an endpoint in bytes: its own, else 1 MiB."""
    limit: int = getattr(endpoint, _LIMIT_ATTRIBUTE, RECORD_BODY_BYTES)
    return limit


async def read_body(receive: Receive, headers: RawHeaders, limit_bytes: int, lease: BodyLease) -> bytes:
    """Return the whole body, decompressed.

    Raises 413 beyond `limit_bytes` (as sent or decompressed), 415 for another encoding than gzip, 400 for broken
    gzip or Content-Length, 503 when the process holds too many bytes, 408 when the rest does not come (a pause of
    20 s, or slower than 64 KiB/s after that), ClientDisconnect when the client went away.
    """
    length, encoding = _framing(headers)
    if length is not None and length > limit_bytes:
        raise too_large(limit_bytes)
    inflate = _Gunzip(limit_bytes) if encoding else None
    chunks: list[bytes] = []
    total = arrived = 0
    message = await receive()
    began_s = asyncio.get_running_loop().time()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        arrived += len(chunk)
        if inflate is not None:
            chunk = inflate.feed(chunk, room=limit_bytes - total)
        if chunk:
            total += len(chunk)
            if total > limit_bytes:
                raise too_large(limit_bytes)
            lease.take(len(chunk))
            chunks.append(chunk)
        if not more:
            break
        message = await _following(receive, began_s + BODY_PAUSE_S + arrived / _SLOWEST_BYTES_PER_S)
    if inflate is not None:
        inflate.finish()
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _following(receive: Receive, latest_s: float) -> MutableMapping[str, Any]:
    """Return the next piece of a body that has begun; the first is waited for freely, for nothing is held before it."""
    now_s = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(min(now_s + BODY_PAUSE_S, latest_s)):
            return await receive()
    except TimeoutError:
        raise BodyTimeout() from None


def _framing(headers: RawHeaders) -> tuple[int | None, bool]:
    """Return the declared length in bytes, and whether the body is gzip."""
    length: int | None = None
    gzip = False
    for name, value in headers:
        if name == b"content-length":
            length = int(value) if value.isdigit() else None
            if length is None:
                raise MalformedBody("Content-Length is not a number", kind="content_length")
        elif name == b"content-encoding":
            encoding = value.strip().lower()
            if encoding not in (b"gzip", b"x-gzip", b"identity", b""):
                raise UnsupportedMediaType("the content encoding must be gzip or none")
            gzip = encoding in (b"gzip", b"x-gzip")
    return length, gzip


class _Gunzip:
    """Decompresses piece by piece (several members too) and never produces more than a byte over its room."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._any = False

    def feed(self, data: bytes, *, room: int) -> bytes:
        """Decompress `data`; raises 413 when that gives more than `room` bytes."""
        out: list[bytes] = []
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._any = True
            try:
                piece = self._member.decompress(data, max(room, 0) + 1)
            except zlib.error:
                raise MalformedBody("the body is not valid gzip", kind="gzip_invalid") from None
            room -= len(piece)
            if room < 0:
                raise too_large(self._limit_bytes)
            out.append(piece)
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return b"".join(out)

    def finish(self) -> None:
        """Raise 400 when the stream ended within a member."""
        if self._any and not self._member.eof:
            raise MalformedBody("the gzip body is cut short", kind="gzip_invalid")
