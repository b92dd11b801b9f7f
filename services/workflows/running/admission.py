"""Whether there is room for one more session: of the executors, and of the tenant.

Figures are about a second old at most: the first request after that has them looked up, and only the first of the
process waits for them. With no executor alive, starts are taken all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from libs.eventlog.errors import ModelBehind
from libs.httpkit.errors import unavailable
from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from services.workflows.sessions.counts import SessionCounts

MOST_WAITING: Final = 50_000
LONGEST_WAITING_S: Final = 10.0
MOST_OF_TENANT: Final = 100_000
RETRY_AFTER_S: Final = 5
_SQL = SqlFile.load(Path(__file__).with_name("admission.sql"))
_FRESH_S: Final = 1.0
_KNOWN_TENANTS: Final = 10_000
T = TypeVar("T")


class Waiting(NamedTuple):
    """The starts that wait at executors that are alive, and for how long the oldest has."""

    starts: int
    oldest_s: float


class _Kept(Generic[T]):
    """The answer of a look, looked up anew once it is older than a second."""

    def __init__(self, look: Callable[[], Awaitable[T]]) -> None:
        self._look = look
        self._looking: asyncio.Task[T] | None = None
        self._found: T | None = None
        self._at_s = 0.0

    async def get(self) -> T:
        """Return the answer that is known; the first to ask waits for it."""
        if self._found is None:
            return await asyncio.shield(self._begin())
        if time.monotonic() - self._at_s > _FRESH_S:
            self._begin()
        return self._found

    def _begin(self) -> asyncio.Task[T]:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._again())
            self._looking.add_done_callback(_note_failure)
        return self._looking

    async def _again(self) -> T:
        self._found = await self._look()
        self._at_s = time.monotonic()
        return self._found


class Admission:
    """Refuses starts that there is no room for; `db` may be of either role."""

    def __init__(self, db: Database, counts: SessionCounts) -> None:
        self._db = db
        self._counts = counts
        self._waiting = _Kept(self._look)
        self._open: dict[str, _Kept[int]] = {}

    async def check(self, tenant_id: str) -> None:
        """Raise 503 when there is no room for a session of a tenant."""
        waiting = await self._waiting.get()
        if waiting.starts >= MOST_WAITING or waiting.oldest_s >= LONGEST_WAITING_S:
            raise unavailable("the executors have more to do than they can begin", RETRY_AFTER_S)
        if await self._of_tenant(tenant_id).get() >= MOST_OF_TENANT:
            raise unavailable(f"{MOST_OF_TENANT} sessions are open", RETRY_AFTER_S)

    def _of_tenant(self, tenant_id: str) -> _Kept[int]:
        found = self._open.get(tenant_id)
        if found is None:
            if len(self._open) >= _KNOWN_TENANTS:
                self._open.clear()
            found = self._open[tenant_id] = _Kept(lambda: self._count(tenant_id))
        return found

    async def _count(self, tenant_id: str) -> int:
        try:
            return await self._counts.open(tenant_id)
        except ModelBehind:  # nothing is counted before the first sessions are
            return 0

    async def _look(self) -> Waiting:
        (row,) = await self._db.fetch(_SQL.waiting)
        return Waiting(row["waiting"], row["oldest_s"])


def _note_failure(task: asyncio.Task[T]) -> None:
    """Take the error of a look that nobody waits for: the next request begins another."""
    if not task.cancelled():
        task.exception()
