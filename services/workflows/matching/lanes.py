"""Lanes of tenants: the comparisons of one tenant follow each other, and hold up nobody else's.

A lane has room for some bytes of events. Whoever finds none keeps the events, and once the lane is through, the
tenant's waits catch up on all that are kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from libs.background.tasks import task_group

Work: TypeAlias = Callable[[], Awaitable[None]]
MAX_BYTES: Final = 8 * 1024 * 1024


@dataclass(slots=True)
class _Lane:
    """What one tenant has yet to do; `size_bytes` counts what it is at as well."""

    works: deque[tuple[Work, int]] = field(default_factory=deque)
    size_bytes: int = 0
    is_behind: bool = False


class Lanes:
    """Lanes whose tasks are in a group; `catch_up` is done for a tenant that had no room, once its lane is through."""

    def __init__(
        self, tasks: asyncio.TaskGroup, catch_up: Callable[[str], Awaitable[None]], *, max_bytes: int = MAX_BYTES
    ) -> None:
        self._tasks = tasks
        self._catch_up = catch_up
        self._max_bytes = max_bytes
        self._lanes: dict[str, _Lane] = {}
        self._running: set[asyncio.Task[None]] = set()

    def put(self, tenant_id: str, work: Work, size_bytes: int = 0) -> bool:
        """Have work done after the tenant's other work; False where there is no room: then it catches up later."""
        lane = self._lanes.get(tenant_id)
        if lane is None:
            lane = self._lanes[tenant_id] = _Lane()
            task = self._tasks.create_task(self._go(tenant_id, lane))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if size_bytes and lane.size_bytes and lane.size_bytes + size_bytes > self._max_bytes:
            lane.is_behind = True
            return False
        lane.works.append((work, size_bytes))
        lane.size_bytes += size_bytes
        return True

    def stop(self) -> None:
        """Leave what is not done."""
        for task in self._running:
            task.cancel()

    async def _go(self, tenant_id: str, lane: _Lane) -> None:
        while lane.works or lane.is_behind:
            if lane.works:
                work, size_bytes = lane.works.popleft()
                await work()
                lane.size_bytes -= size_bytes
            else:
                lane.is_behind = False
                await self._catch_up(tenant_id)
        del self._lanes[tenant_id]


@asynccontextmanager
async def opened_lanes(catch_up: Callable[[str], Awaitable[None]]) -> AsyncIterator[Lanes]:
    """Yield lanes; at the end what is not done is left. Raises what work raises."""
    async with task_group() as tasks:
        lanes = Lanes(tasks, catch_up)
        yield lanes
        lanes.stop()
