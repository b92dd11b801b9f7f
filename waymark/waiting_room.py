"""Answers 503 on the machine's address while its database cannot start, until there is room on the disk again."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.httpkit.app import create_app
from libs.httpkit.dialects import problem
from libs.httpkit.errors import unavailable
from libs.httpkit.handlers import send_rendered
from waymark.disk_space import START_NEEDS_MIB, free_mib

_INTERVAL_S = 1.0
_RETRY_AFTER_S = 10
_HEALTH = frozenset(("/healthz", "/readyz"))


def is_full(directory: Path) -> bool:
    """Return whether the disk that holds `directory` has no room for a start."""
    return free_mib(directory) < START_NEEDS_MIB


def wait_for_room(listener: socket.socket, directory: Path) -> None:
    """Serve on the listener, which stays open, until there is room; a signal ends it as it ends any program."""
    # In a thread of its own the server leaves signals alone.
    server = uvicorn.Server(uvicorn.Config(_unavailable(directory), log_config=None, access_log=False, ws="none"))
    serving = Thread(target=server.run, kwargs={"sockets": [listener.dup()]}, name="waiting room", daemon=True)
    serving.start()
    try:
        while is_full(directory):
            time.sleep(_INTERVAL_S)
    finally:
        server.should_exit = True
        serving.join()


def _unavailable(directory: Path) -> ASGIApp:
    reason = f"the disk of {directory} is full: the database starts once {START_NEEDS_MIB} MiB are free"

    async def check() -> str | None:
        return reason

    health = create_app("Waymark", routers=(), checks={"disk": check})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _HEALTH:
            await health(scope, receive, send)
        else:
            await send_rendered(send, problem(unavailable(reason, _RETRY_AFTER_S)))

    return app
