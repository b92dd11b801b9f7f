"""An app of ours on a real socket, and the server-sent events it sends: what an in-process client cannot show."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import uvicorn
from starlette.types import ASGIApp

GRACEFUL_TIMEOUT_S = 10


@asynccontextmanager
async def listening(app: ASGIApp, *, port: int = 0) -> AsyncIterator[str]:
    """The app's base URL; it is stopped as a signal stops it, open streams and all."""
    listener = socket.create_server(("127.0.0.1", port))
    # Sockets inherit it; asyncio sets it only on sockets that name their protocol, and without it an answer in two
    # pieces waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=GRACEFUL_TIMEOUT_S
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(_serve(server, listener))
    try:
        while not server.started:
            if task.done():
                await task
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait({task})


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve; a start that fails would end the loop, and with it the tests of a worker."""
    try:
        await server.serve(sockets=[listener])
    except SystemExit:
        raise AssertionError("the app did not start; its log says why") from None


@dataclass(slots=True)
class Sse:
    """A stream as a client reads it: the answer, the last id, events as they come."""

    response: httpx.Response
    last_id: str = ""
    comments: list[str] = field(default_factory=list)
    _lines: AsyncIterator[str] | None = None

    async def take(self, count: int, *, timeout_s: float = 30.0) -> list[dict[str, Any]]:
        """The next events; fewer when the server ends the stream."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(timeout_s):
            while len(found) < count and (event := await self._next()) is not None:
                found.append(event)
        return found

    async def opened(self) -> str:
        """The id the stream begins with."""
        async with asyncio.timeout(10.0):
            while not self.last_id:
                await self._line()
        return self.last_id

    async def _next(self) -> dict[str, Any] | None:
        data = ""
        while (line := await self._line()) is not None:
            if line.startswith("data: "):
                data += line[6:]
            elif not line and data:
                event: dict[str, Any] = orjson.loads(data)
                return event
        return None

    async def _line(self) -> str | None:
        if self._lines is None:
            self._lines = self.response.aiter_lines()
        line = await anext(self._lines, None)
        if line is not None and line.startswith("id: "):
            self.last_id = line[4:]
        elif line is not None and line.startswith(":"):
            self.comments.append(line)
        return line


@asynccontextmanager
async def event_source(url: str, key: str, *, last_id: str | None = None, **params: str) -> AsyncIterator[Sse]:
    """A stream read with an API key."""
    headers = {"x-api-key": key} | ({} if last_id is None else {"last-event-id": last_id})
    async with (
        httpx.AsyncClient(timeout=60) as client,
        client.stream("GET", url, headers=headers, params=params) as response,
    ):
        if response.status_code != 200:
            await response.aread()
        yield Sse(response)
