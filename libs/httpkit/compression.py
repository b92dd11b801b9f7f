"""Answers in gzip where the request asks for it (RFC 9110, 12.5.3): whole ones of some size, of types that shrink.

A stream is passed on as it comes. An answer with an `ETag` stays as it is, since its tag is that of the uncompressed
representation, to be sent back in `If-Match`.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.httpkit.media_types import essence_of

MIN_BYTES: Final = 1024
"""A shorter answer fits a packet or two as it is."""
_IN_THREAD_BYTES: Final = 64 * 1024
_LEVEL: Final = 4
_STAYS: Final = frozenset((b"content-encoding", b"etag"))
_GZIP_ALONE: Final = ("gzip",)
_ALIASES: Final = {"x-gzip": "gzip"}
VARY: Final = {"vary": "accept-encoding"}
"""Of an answer that is there in several codings."""
_VARY: Final = (b"vary", b"accept-encoding")
Headers = list[tuple[bytes, bytes]]


class GzipAnswers:
    """ASGI middleware: compresses the answers of the app inside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _may_shrink(message.get("headers", ())):
                held = message
                return
            if held is not None:
                begun, held = held, None
                if not message.get("more_body", False) and len(message.get("body", b"")) >= MIN_BYTES:
                    headers, message["body"] = await compressed(begun["headers"], message["body"], scope["headers"])
                    begun["headers"] = headers
                await send(begun)
            await send(message)

        await self._app(scope, receive, send_compressed)


async def compressed(
    headers: Iterable[tuple[bytes, bytes]], body: bytes, request_headers: Iterable[tuple[bytes, bytes]]
) -> tuple[Headers, bytes]:
    """Return headers and body of an answer as they are sent, in gzip if the request asks for that.

    A large body is compressed in a thread, so that other requests are answered meanwhile.
    """
    kept = [*(header for header in headers if header != _VARY), _VARY]
    if not asks_for_gzip(request_headers):
        return kept, body
    if len(body) < _IN_THREAD_BYTES:
        packed = _pack(body)
    else:
        packed = await asyncio.to_thread(_pack, body)
    kept = [header for header in kept if header[0] != b"content-length"]
    return [*kept, (b"content-encoding", b"gzip"), (b"content-length", b"%d" % len(packed))], packed


def asks_for_gzip(request_headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request's `Accept-Encoding` names gzip, or any coding, and prefers no coding less than that."""
    return bool(accepted_codings(request_headers, _GZIP_ALONE))


def accepted_codings(request_headers: Iterable[tuple[bytes, bytes]], offered: Sequence[str]) -> list[str]:
    """Return those of the `offered` codings that a request asks for, the preferred one first, else as offered.

    A coding that is liked less than none at all is not asked for.
    """
    weights: dict[str, float] = {}
    for name, value in request_headers:
        if name == b"accept-encoding":
            for coding, weight in map(_weighed, value.decode("latin-1").split(",")):
                weights[coding] = max(weight, weights.get(coding, 0.0))
    least = weights.get("identity", 0.0)
    weighed = [(weights.get(coding, weights.get("*", 0.0)), coding) for coding in offered]
    asked = [(weight, coding) for weight, coding in weighed if weight > 0 and weight >= least]
    return [coding for _, coding in sorted(asked, key=lambda one: -one[0])]


def _weighed(text: str) -> tuple[str, float]:
    """Return one of the header's codings with its weight; what cannot be read has none."""
    coding, *parameters = (part.strip().lower() for part in text.split(";"))
    coding = _ALIASES.get(coding, coding)
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return coding, _weight(value.strip())
    return coding, 1.0


def _weight(text: str) -> float:
    whole, _, digits = text.partition(".")
    is_weight = whole in ("0", "1") and len(digits) <= 3 and all(digit in "0123456789" for digit in digits)
    return min(float(text), 1.0) if is_weight else 0.0


def _may_shrink(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    content_type = b""
    for name, value in headers:
        if name in _STAYS:
            return False
        if name == b"content-type":
            content_type = value
    essence = essence_of(content_type.decode("latin-1"))
    return essence.endswith("json") or (essence.startswith("text/") and essence != "text/event-stream")


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)
