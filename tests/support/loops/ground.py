"""What parts are started on, how their work is made to fail, and the check that each of them has."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from libs.contracts.topics import MANIFEST
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database

FAILURE = "ValueError: broken on purpose"
QUICK_S = 0.01

Check = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What parts are started on: an empty database, an empty directory, and a broker for those `ON_KAFKA`."""

    url: str
    directory: Path
    patch: pytest.MonkeyPatch
    kafka_bootstrap: str = ""

    def breaks(self, owner: object, name: str) -> None:
        """Let this function fail."""

        def failing(*_: object, **__: object) -> None:
            raise ValueError("broken on purpose")

        async def failing_later(*_: object, **__: object) -> None:
            failing()

        is_coroutine = inspect.iscoroutinefunction(getattr(owner, name))
        self.patch.setattr(owner, name, failing_later if is_coroutine else failing)

    def kafka(self) -> KafkaEventLog:
        """A client of the run's broker."""
        return KafkaEventLog(KafkaSettings(bootstrap_servers=self.kafka_bootstrap))

    async def database(self) -> Database:
        """The database, as its owner."""
        return await Database.connect(self.url, role=None, application_name="tests")


class Part(Protocol):
    """What can be started, stopped and checked."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def check(self) -> str | None: ...


Start = Callable[[Ground], AbstractAsyncContextManager[Check]]


@asynccontextmanager
async def running(part: Part) -> AsyncIterator[Check]:
    await part.start()
    try:
        yield part.check
    finally:
        await part.stop()


def broken(owner: object, name: str, start: Start) -> Start:
    """The start of a part in which this function fails."""

    @asynccontextmanager
    async def started(ground: Ground) -> AsyncIterator[Check]:
        ground.breaks(owner, name)
        async with start(ground) as check:
            yield check

    return started


async def memory_log() -> MemoryEventLog:
    log = MemoryEventLog()
    await log.ensure_topics(MANIFEST)
    return log
