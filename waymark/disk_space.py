"""Keeps the embedded database from filling its disk: below a reserve nothing is recorded any more, reads go on.

What was answered 2xx still has to be applied by the read models, which is what the reserve is for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from libs.background.loops import Periodic
from libs.httpkit.dialects import problem
from libs.httpkit.errors import unavailable
from libs.httpkit.handlers import send_rendered
from libs.telemetry.metrics import DISK_FREE_BYTES

WATCHED_DIRECTORY = "WAYMARK_WATCHED_DIRECTORY"
"""Variable that the machine sets for its children: where the embedded database is."""

DISK = "database"
"""What metrics call the embedded database's disk."""

START_NEEDS_MIB = 64
"""Less free space than this, and an embedded database need not try to start."""

_INTERVAL_S = 1.0
_RETRY_AFTER_S = 10
_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


def free_mib(directory: Path) -> int:
    """Return how much may still be written below `directory`, in MiB."""
    return shutil.disk_usage(directory).free >> 20


class DiskSpace(Periodic):
    """Looks every second whether `reserve_mib` are free below `directory`; `/readyz` asks its check."""

    def __init__(self, directory: Path, reserve_mib: int, free: Callable[[Path], int] = free_mib) -> None:
        super().__init__("disk space", _INTERVAL_S, self._look, survives=OSError, at_once=True, grace_s=0)
        self._directory = directory
        self._reserve_mib = reserve_mib
        self._free = free
        self.shortage: str | None = None
        """The reason why nothing may be written now, for callers and operators; None while there is room."""

    async def check(self) -> str | None:
        """Return None while there is room."""
        return await super().check() or self.shortage

    async def _look(self) -> None:
        free = self._free(self._directory)
        DISK_FREE_BYTES.labels(DISK).set(free << 20)
        self.shortage = None
        if free < self._reserve_mib:
            self.shortage = f"the disk is nearly full: {free} MiB are free, {self._reserve_mib} MiB are kept back"


class WritesNeedSpace:
    """ASGI middleware: answers 503 to whatever may write while the disk is short of space."""

    def __init__(self, app: ASGIApp, space: DiskSpace) -> None:
        self._app = app
        self._space = space

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        shortage = self._space.shortage
        if shortage is None or scope["type"] != "http" or scope["method"] in _SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        await send_rendered(
            send, problem(unavailable(f"{shortage}; nothing is recorded until there is room", _RETRY_AFTER_S))
        )


def watched_space(reserve_mib: int) -> DiskSpace | None:
    """Return the watch over the embedded database's disk; None when the database is somebody else's."""
    directory = os.environ.get(WATCHED_DIRECTORY)
    return DiskSpace(Path(directory), reserve_mib) if directory else None
