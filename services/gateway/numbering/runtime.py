"""Everything behind the door as one thing to start and stop: committer, queue, and the loops beside them.

Which way records are committed is decided here, by what the log can do, and nowhere else. Stopping drains what was
taken in, then settles what is owed, then gives the lease up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from libs.eventlog.port import EventLog
from services.gateway.numbering.committing import Committer, InsideCommitter, ReservingCommitter
from services.gateway.numbering.frontier import FrontierPublisher
from services.gateway.numbering.gate import Gate
from services.gateway.numbering.group_commit import GroupCommit, Limits
from services.gateway.numbering.lease import TTL_S, Lease
from services.gateway.numbering.numbers import NumberStore, NumbersUnavailable
from services.gateway.numbering.unsettled import Unsettled
from services.gateway.numbering.voids import Adopter, Voider

SETTLE_INTERVAL_S = 0.1
PURGE_INTERVAL_S = 60.0
_PURGE_ROWS = 5_000
_DRAIN_TIMEOUT_S = 15.0

_logger = structlog.get_logger(__name__)
Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


class Runtime:
    """`appends_inside`: whether the log appends inside the store's transactions, so that nothing is ever reserved."""

    def __init__(
        self,
        store: NumberStore,
        log: EventLog,
        *,
        appends_inside: bool,
        limits: Limits | None = None,
        lease_ttl_s: float = TTL_S,
    ) -> None:
        self.gate = Gate()
        self._store = store
        self._log = log
        self.unsettled = Unsettled()
        self.frontier = FrontierPublisher(store, log)
        self._reserving: ReservingCommitter | None = None
        self.lease: Lease | None = None
        self.adopter: Adopter | None = None
        if not appends_inside:
            self.lease = Lease(store, log, self.gate, ttl_s=lease_ttl_s)
            touch = self.frontier.touch
            self._reserving = ReservingCommitter(store, log, self.lease, self.unsettled, self.gate, touch)
            self.adopter = Adopter(store, log, self.lease, self.unsettled, touch)
        committer: Committer = self._reserving or InsideCommitter(store, self.frontier.touch)
        self.group_commit = GroupCommit(committer, store, self.gate, limits)
        self._stopping = asyncio.Event()
        self._drained = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._committing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take records, with a lease where one is needed (or as soon as one can be had)."""
        loops: list[Loop] = [self.frontier.run, self._purge]
        if self.lease is not None and self.adopter is not None:
            await self.lease.keep()
            loops += [self.lease.run, self.adopter.run, Voider(self._log, self.unsettled, self.gate).run, self._settle]
        self._committing = self._task(self.group_commit.run(self._stopping), "group commit")
        self._tasks = [self._task(loop(self._drained), loop.__qualname__) for loop in loops]

    async def stop(self) -> None:
        """Answer what waits, settle what is owed as far as store and log allow, and end the lease."""
        self.gate.close("stopping", "this gateway is stopping")
        self._stopping.set()
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=_DRAIN_TIMEOUT_S)
            self._committing.cancel()
        with contextlib.suppress(NumbersUnavailable):
            await self._settle_now()
        self._drained.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_DRAIN_TIMEOUT_S)
            for task in late:
                task.cancel()

    async def why_not_ready(self) -> str | None:
        """For `/readyz`: why records are not taken, None when they are."""
        return self.gate.words

    async def _settle(self, stopping: asyncio.Event) -> None:
        """Write settled ranges down when no group does it on its way."""
        while not stopping.is_set():
            await _pause(stopping, SETTLE_INTERVAL_S)
            with contextlib.suppress(NumbersUnavailable):
                await self._settle_now()

    async def _settle_now(self) -> None:
        if self._reserving is not None:
            await self._reserving.settle()

    async def _purge(self, stopping: asyncio.Event) -> None:
        """Remove old receipts, a bounded number at a time."""
        while not stopping.is_set():
            with contextlib.suppress(NumbersUnavailable):
                if await self._store.purge_receipts(_PURGE_ROWS) == _PURGE_ROWS:
                    continue
            await _pause(stopping, PURGE_INTERVAL_S)

    def _task(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=f"gateway: {name}")
        task.add_done_callback(self._on_end)
        return task

    def _on_end(self, task: asyncio.Task[None]) -> None:
        """A loop that ended by an error nobody foresaw closes the gate: without it promises would not be kept."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("loop_ended", loop=task.get_name(), exc_info=error)
            self.gate.close(task.get_name(), f"{task.get_name()} ended; the process must be restarted")


async def _pause(stopping: asyncio.Event, pause_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), pause_s)
