"""The floor of recording: a bare ASGI callable that appends the raw body and answers once the log has it.

No key, no validation, no names, no numbers. A body of several lines is as many records.
"""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from tests.performance.floors.raw_appender import RawAppender, open_appender
from tests.performance.floors.serving import serve, settings

_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"2")]


class RawAppend:
    """Answers every request 201."""

    def __init__(self, appender: RawAppender) -> None:
        self._appender = appender

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = await _body(receive)
        if scope["path"] == "/batch":
            await self._appender.append_all(body.split(b"\n"))
        elif body:
            await self._appender.append(body)
        await send({"type": "http.response.start", "status": 201, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._appender.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._appender.stop()
        await send({"type": "lifespan.shutdown.complete"})


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


if __name__ == "__main__":
    serve(RawAppend(open_appender(settings())))
