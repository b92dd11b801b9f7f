"""Several services as one ASGI app: each keeps its own lifespan and state, requests go by the declared routes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.contracts.paths import FRONT, service_for
from libs.httpkit.paths import undecoded_path


class StartFailed(Exception):
    """A service's lifespan did not come up; the message is its own."""


@dataclass(slots=True)
class Mounted:
    """One service's app inside this process."""

    name: str
    app: ASGIApp
    state: dict[str, Any] = field(default_factory=dict)
    _inbox: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _outbox: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run its lifespan up to the point where it serves; StartFailed when it does not get there."""
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        self._task = asyncio.create_task(_run_lifespan(self.app, scope, self._inbox, self._outbox))
        await self._turn("startup")

    async def stop(self) -> None:
        """Run its lifespan to the end; without effect when it never started."""
        if self._task is None:
            return
        if not self._task.done():
            await self._turn("shutdown")
        await self._task
        self._task = None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or connection."""
        scope["state"] = self.state.copy()
        await self.app(scope, receive, send)

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a GET from inside the process."""
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.handle(_get_scope(path), receive, send)
        return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])

    async def _turn(self, phase: str) -> None:
        assert self._task is not None
        self._inbox.put_nowait({"type": f"lifespan.{phase}"})
        answer = asyncio.create_task(self._outbox.get())
        await asyncio.wait([answer, self._task], return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await self._task
            raise StartFailed(f"{self.name}: the lifespan ended during {phase}")
        if answer.result()["type"] == f"lifespan.{phase}.failed":
            await asyncio.wait([self._task])
            cause, self._task = self._task.exception(), None
            raise StartFailed(f"{self.name}: {phase} failed: {cause}") from cause


async def _run_lifespan(
    app: ASGIApp, scope: Scope, inbox: asyncio.Queue[Message], outbox: asyncio.Queue[Message]
) -> None:
    await app(scope, inbox.get, outbox.put)


def _get_scope(path: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }


class Composition:
    """The ASGI app of the one address: services by route, everything else to the front."""

    def __init__(self, services: Mapping[str, Mounted], front: Mounted) -> None:
        self._services = services
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        name = service_for(scope["method"], undecoded_path(scope["raw_path"])) if scope["type"] == "http" else None
        target = self._services.get(name or FRONT, self._front)
        await target.handle(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        started: list[Mounted] = []
        await receive()
        try:
            for mounted in (*self._services.values(), self._front):
                started.append(mounted)
                await mounted.start()
        except StartFailed as error:
            await self._stop(started)
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop(started)
        await send({"type": "lifespan.shutdown.complete"})

    async def _stop(self, started: list[Mounted]) -> None:
        for mounted in reversed(started):
            await mounted.stop()
