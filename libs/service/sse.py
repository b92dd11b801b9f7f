"""Server-sent events as routes answer with them: a stream that pings, ends with the server, and is closed whatever ends
it; and the check that its caller may still read.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

import anyio
from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from libs.auth.http import access_of
from libs.auth.presented import read_presented
from libs.auth.principal import Principal
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Positions, TopicPartition
from libs.httpkit.errors import ApiError, BadRequest, Violation
from libs.httpkit.positions import decode_position, encode_position

PING_S: Final = 15
SEND_TIMEOUT_S: Final = 30
LAST_EVENT_ID: Final = "Last-Event-ID"
_GRACE_S: Final = 2
_LOOK_INTERVAL_S: Final = 1.0

StillAllowed = Callable[[], Awaitable[bool]]


class Streamed(Protocol):
    """One client's stream."""

    @property
    def closing(self) -> anyio.Event:
        """Set when the server stops."""
        ...

    def ping(self) -> ServerSentEvent:
        """Return the event that is sent when nothing else has been for a while."""
        ...

    def frames(self) -> AsyncIterator[bytes]:
        """Yield frames until the server stops or the caller loses the right to read."""
        ...

    async def close(self) -> None:
        """Give up what the stream holds; idempotent."""
        ...


class StreamResponse(EventSourceResponse):
    """Sends a stream; whatever ends the answer closes the stream. A client that takes nothing for 30 s loses it."""

    def __init__(self, stream: Streamed) -> None:
        super().__init__(
            stream.frames(),
            ping=PING_S,
            ping_message_factory=stream.ping,
            send_timeout=SEND_TIMEOUT_S,
            shutdown_event=stream.closing,
            shutdown_grace_period=_GRACE_S,
        )
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until it ends."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            return
        finally:
            await self._stream.close()


def event_id(log_id: str, reached: Positions) -> str:
    """Return the event id of a stream at these positions."""
    return encode_position(log_id, {(place.topic, place.partition): offset for place, offset in reached.items()})


def read_event_id(log_id: str, last_event_id: str) -> dict[TopicPartition, int]:
    """Return the positions of an id. Raises 400 for another text, or an id of another log."""
    try:
        return {TopicPartition(*place): offset for place, offset in decode_position(last_event_id, log_id).items()}
    except ValueError as error:
        raise refused_event_id(str(error)) from None


def refused_event_id(why: str) -> BadRequest:
    """Make the 400 for a `Last-Event-ID` from which a stream cannot go on."""
    text = f"the text {why}"
    violation = Violation(("header", LAST_EVENT_ID), text, "last_event_id_invalid")
    return BadRequest(str(violation), violations=(violation,))


def still_allowed(request: Request, caller: Principal, role: str) -> StillAllowed:
    """Return the check that the credential of a request is still its caller's, who still may do what `role` may.

    It looks once a second at most, and answers by the last look in between.
    """
    access = access_of(request)
    presented = read_presented(request.scope["headers"], request.method, access.cookie_name)
    looked_at_s, is_allowed = time.monotonic(), True

    async def check() -> bool:
        nonlocal looked_at_s, is_allowed
        if time.monotonic() - looked_at_s >= _LOOK_INTERVAL_S:
            looked_at_s = time.monotonic()
            is_allowed = await look()
        return is_allowed

    async def look() -> bool:
        try:
            now = await access.authenticator.authenticate(presented)
        except (ApiError, LogUnavailable):
            return False
        return now.tenant_id == caller.tenant_id and now.allows(role)

    return check
