"""The loops of the single machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from libs.pg.embedded import EmbeddedPostgres
from tests.support.loops.ground import Check, Ground, Start, broken, running
from waymark.disk_space import DiskSpace
from waymark.supervisor import Child, Supervisor


@asynccontextmanager
async def supervised_child(ground: Ground) -> AsyncIterator[Check]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = Child("api", listener, {}, ground.directory / "api.log")
        async with supervising(Supervisor([child], None)) as check:
            yield check


@asynccontextmanager
async def supervising(supervisor: Supervisor) -> AsyncIterator[Check]:
    """What the supervisor's process ends by; it has nothing else to say it with."""
    task = asyncio.create_task(supervisor.run())

    async def check() -> str | None:
        return f"{type(task.exception()).__name__}: {task.exception()}" if task.done() else None

    yield check
    supervisor.request_stop()
    await asyncio.wait({task})


LOOPS: Mapping[str, Start] = {
    "keeper of {child.name}": broken(Child, "start", supervised_child),
    "keeper of the database": broken(
        EmbeddedPostgres,
        "is_running",
        lambda ground: supervising(Supervisor([], EmbeddedPostgres(ground.directory))),
    ),
    "disk space": broken(DiskSpace, "_look", lambda ground: running(DiskSpace(ground.directory, reserve_mib=0))),
}
