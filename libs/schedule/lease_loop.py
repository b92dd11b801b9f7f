"""A loop that leases rows of a schedule when they are due, and works them off beside each other."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from libs.pg.database import Database
from libs.pg.hints import Hints
from libs.schedule.due_loop import DueLoop
from libs.schedule.schedule import Lanes, Leased, Schedule


class LeaseLoop(DueLoop):
    """Leases due rows for `lease_s`, as many as `lanes` have room for, and calls `work_off` in a task for each."""

    def __init__(
        self,
        name: str,
        schedule: Schedule,
        db: Database,
        hints: Hints,
        work_off: Callable[[Leased], Coroutine[Any, Any, None]],
        *,
        lanes: Lanes,
        lease_s: float,
        survives: tuple[type[Exception], ...],
    ) -> None:
        super().__init__(name, schedule, db, hints, self.begin, survives=survives, lanes=lambda: lanes)
        self._work_off = work_off
        self._room = lanes
        self._lease_s = lease_s

    async def begin(self) -> bool:
        """Begin to work off as many rows as there is room for; return whether there may be more."""
        room = self._room.room
        if room <= 0:
            return False
        async with self._db.transaction() as conn:
            leases = await self._schedule.lease(conn, limit=room, for_s=self._lease_s, lanes=self._room)
        for leased in leases:
            self._room.leased[leased.tenant_id, leased.lane] += 1
            self.tasks.create_task(self._end(leased), name=f"{self._schedule.kind} {leased.id}")
        return bool(leases)

    async def _end(self, leased: Leased) -> None:
        """Work the row off, then make its room free."""
        at = (leased.tenant_id, leased.lane)
        try:
            await self._work_off(leased)
        finally:
            self._room.leased[at] -= 1
            if not self._room.leased[at]:
                del self._room.leased[at]
            self.wake()
