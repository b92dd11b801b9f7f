"""Reads request bodies within limits: per record, per bulk body, and over all bodies in flight in this process.

A byte is counted before it is kept, compressed or not, so no body costs more memory than its limit, and all of them
together no more than the process's budget, of which nobody holds so much that others find no room; nor for longer than
a slow sender needs. Usable by a plain route and by a raw ASGI callable alike.
"""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect

from libs.httpkit.errors import BodyTimeout, MalformedBody, UnsupportedMediaType, too_large, unavailable
from libs.httpkit.limits import OPEN_BODY_BYTES, PROCESS_BODY_BYTES, PROCESS_OPEN_BODY_BYTES, RECORD_BODY_BYTES
from libs.telemetry.metrics import HTTP_BODY_BYTES_HELD

BODY_PAUSE_S = 20.0
_SLOWEST_BYTES_PER_S = 64 * 1024
_SHARE_OF_FREE = 2
_MAX_LENGTH_DIGITS = 19
_PLAIN = (b"identity", b"")
_GZIP = frozenset((b"gzip", b"x-gzip"))
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_MAX_GZIP_MEMBERS = 1_000
_LIMIT_ATTRIBUTE = "__waymark_body_limit_bytes__"

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
RawHeaders = Iterable[tuple[bytes, bytes]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class BodyBudget:
    """The bytes of body that one process may hold at a time, shared out among holders: tenants, or addresses.

    A holder may hold at most twice what it leaves free. One alone comes to two thirds of the budget, two come to two
    fifths each, and whoever comes next finds room, however many there are.
    """

    def __init__(self, limit_bytes: int = PROCESS_BODY_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._shares: dict[str, int] = {}

    def lease(self, holder: str) -> BodyLease:
        """Return a lease that starts at nothing; release it when the request no longer needs its body."""
        return BodyLease(self, holder)

    def take(self, holder: str, count: int) -> None:
        """Count bytes in, or answer 503 when they are more than the holder's share has room for."""
        share = self._shares.get(holder, 0) + count
        free = self.limit_bytes - self.held_bytes - count
        if share > _SHARE_OF_FREE * free:
            raise unavailable("too many request bodies are being worked on", retry_after_s=1)
        self._shares[holder] = share
        self.held_bytes += count

    def give_back(self, holder: str, count: int) -> None:
        """Count bytes out."""
        self.held_bytes -= count
        share = self._shares.get(holder, 0) - count
        if share > 0:
            self._shares[holder] = share
        else:
            self._shares.pop(holder, None)


class BodyLease:
    """The bytes that one request holds of a budget. A context manager; `release` may be called twice."""

    __slots__ = ("_budget", "_held_bytes", "_holder")

    def __init__(self, budget: BodyBudget, holder: str) -> None:
        self._budget = budget
        self._holder = holder
        self._held_bytes = 0

    def take(self, count: int) -> None:
        """Hold `count` bytes more; 503 when there is no room for them."""
        self._budget.take(self._holder, count)
        self._held_bytes += count

    def release(self) -> None:
        """Give everything back."""
        if self._held_bytes:
            self._budget.give_back(self._holder, self._held_bytes)
            self._held_bytes = 0

    def __enter__(self) -> BodyLease:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


PROCESS_BUDGET = BodyBudget()
"""The budget of this process for callers with a credential, by tenant; every app in it shares it."""
OPEN_BUDGET = BodyBudget(PROCESS_OPEN_BODY_BYTES)
"""The same for callers without one, by address."""
HTTP_BODY_BYTES_HELD.set_function(lambda: PROCESS_BUDGET.held_bytes + OPEN_BUDGET.held_bytes)


def body_limit(limit_bytes: int) -> Callable[[Endpoint], Endpoint]:
    """Decorate an endpoint (below the route decorator) with its own body limit, `BULK_BODY_BYTES` for example."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _LIMIT_ATTRIBUTE, limit_bytes)
        return endpoint

    return mark


def body_limit_of(endpoint: Callable[..., Any], *, is_open: bool) -> int:
    """Return the body limit of an endpoint in bytes: its own, else 1 MiB; 16 KiB where no credential is needed."""
    limit: int = getattr(endpoint, _LIMIT_ATTRIBUTE, RECORD_BODY_BYTES)
    return min(limit, OPEN_BODY_BYTES) if is_open else limit


async def read_body(receive: Receive, headers: RawHeaders, limit_bytes: int, lease: BodyLease) -> bytes:
    """Return the whole body, decompressed.

    Raises 413 beyond `limit_bytes` (as sent or decompressed), 415 for another encoding than gzip, 400 for broken
    gzip or Content-Length, 503 when the lease's holder holds too many bytes, 408 when the rest does not come (a pause
    of 20 s, or slower than 64 KiB/s after that), ClientDisconnect when the client went away.
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
        if arrived > limit_bytes:
            raise too_large(limit_bytes)
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


def impatient(receive: Receive) -> Receive:
    """Return `receive`, which raises 408 when a body does not even begin within 20 s.

    Nothing is held before it begins, so `read_body` itself waits freely, without the price of a timer.
    """

    async def receive_soon() -> MutableMapping[str, Any]:
        return await _following(receive, math.inf)

    return receive_soon


async def _following(receive: Receive, latest_s: float) -> MutableMapping[str, Any]:
    """Return the next piece of a body; raises 408 when it does not come by `latest_s`, or within 20 s."""
    now_s = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(min(now_s + BODY_PAUSE_S, latest_s)):
            return await receive()
    except TimeoutError:
        raise BodyTimeout() from None


def _framing(headers: RawHeaders) -> tuple[int | None, bool]:
    """Return the declared length in bytes, and whether the body is gzip."""
    length: int | None = None
    encodings: list[bytes] = []
    for name, value in headers:
        if name == b"content-length":
            if not value.isdigit() or len(value) > _MAX_LENGTH_DIGITS:
                raise MalformedBody("Content-Length is not a number", kind="content_length")
            length = int(value)
        elif name == b"content-encoding":
            encodings += [encoding for part in value.split(b",") if (encoding := part.strip().lower()) not in _PLAIN]
    if len(encodings) > 1 or not _GZIP.issuperset(encodings):
        raise UnsupportedMediaType("the content encoding must be gzip or none", headers={"Accept-Encoding": "gzip"})
    return length, bool(encodings)


class _Gunzip:
    """Decompresses piece by piece (several members too) and never produces more than a byte over its room.

    An empty member is twenty bytes that produce nothing, so members are counted too.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._members = 0
        self._member = zlib.decompressobj(_GZIP_WINDOW)

    def feed(self, data: bytes, *, room: int) -> bytes:
        """Decompress `data`; raises 413 when that gives more than `room` bytes."""
        out: list[bytes] = []
        while data:
            self._begin_member()
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
        if self._members and not self._member.eof:
            raise MalformedBody("the gzip body is cut short", kind="gzip_invalid")

    def _begin_member(self) -> None:
        if self._members and not self._member.eof:
            return
        self._members += 1
        if self._members > _MAX_GZIP_MEMBERS:
            raise MalformedBody(f"the gzip body has more than {_MAX_GZIP_MEMBERS} members", kind="gzip_invalid")
        self._member = zlib.decompressobj(_GZIP_WINDOW)
