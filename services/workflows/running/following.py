"""Follows a session that began before: the read model's state of it, then the log's records beyond that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.workflows.running.waiters import Follower, Waiters
from services.workflows.sessions.reads import SessionReads


class Following:
    """Follows sessions of the read model in the end of the log."""

    def __init__(self, reads: SessionReads, waiters: Waiters) -> None:
        self._reads = reads
        self._waiters = waiters

    @asynccontextmanager
    async def follow(self, tenant_id: str, session_id: str) -> AsyncIterator[Follower]:
        """Yield a follower that knows the session as it stands. Raises NotFound, 503, ModelBehind."""
        found = await self._reads.one(tenant_id, session_id)
        with self._waiters.follow(tenant_id, found.state.key, session_id, is_new=False) as follower:
            # What lies before is not told to followers any more.
            await self._reads.wait_for({found.at: self._waiters.positions[found.at]})
            follower.begin(await self._reads.one(tenant_id, session_id))
            yield follower
