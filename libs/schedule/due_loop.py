"""A loop that works while rows of a schedule are due, and sleeps until the next is, or a hint says that one was put."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from libs.background.backoff import Backoff
from libs.background.loops import LONGEST_ROUND_S, Rounds
from libs.background.tasks import task_group
from libs.background.waiting import wait_unless
from libs.pg.database import Database
from libs.pg.hints import Hints
from libs.schedule.schedule import LONGEST_SLEEP_S, Lanes, Schedule

SHORTEST_SLEEP_S = 0.1
"""For rows that are due and held by others: they are soon put, or free again without a hint."""
_SLEEP_WHILE_DEAF_S = 1.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0


def schedule_hints(db: Database, service: str) -> Hints:
    """Return the hints of a service's schedule, which all loops over it in a process share."""
    return Hints(
        "schedule hints",
        db,
        f"waymark_schedule_{service}",
        poll_s=LONGEST_SLEEP_S,
        poll_deaf_s=_SLEEP_WHILE_DEAF_S,
    )


class DueLoop(Rounds):
    """Calls `work` as long as it returns that more may be due, then sleeps until the next is, or `wake` is called.

    An error among `survives` ends that round only, and the next comes after a growing pause; any other ends the loop.
    Tasks that `work` begins among `tasks` go on beside the rounds, and end before the loop does. While there is no room
    for a row in `lanes`, the loop does not wake for it.
    """

    tasks: asyncio.TaskGroup

    def __init__(
        self,
        name: str,
        schedule: Schedule,
        db: Database,
        hints: Hints,
        work: Callable[[], Awaitable[bool]],
        *,
        survives: type[Exception] | tuple[type[Exception], ...],
        longest_round_s: float = LONGEST_ROUND_S,
        lanes: Callable[[], Lanes | None] = lambda: None,
    ) -> None:
        super().__init__(name, self._rounds, wake=self.wake, longest_round_s=longest_round_s)
        self._schedule = schedule
        self._db = db
        self._hints = hints
        self._work = work
        self._survives = survives
        self._lanes = lanes
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once whether rows are due."""
        self._woken.set()

    async def _rounds(self, stopping: asyncio.Event) -> None:
        with self._hints.interested(lambda kind: kind == self._schedule.kind) as self._woken:
            async with task_group() as self.tasks:
                await self._rounds_until(stopping)

    async def _rounds_until(self, stopping: asyncio.Event) -> None:
        backoff = Backoff(stopping, first_s=_FIRST_PAUSE_S, limit_s=_LONGEST_PAUSE_S)
        while not stopping.is_set():
            self._woken.clear()
            try:
                sleep_s = await self._round()
            except self._survives:
                await backoff.pause()
            else:
                backoff.reset()
                await wait_unless(self._woken, sleep_s)

    async def _round(self) -> float:
        """Return how long nothing will be due."""
        with self.round():
            if await self._work():
                return 0.0
            async with self._db.transaction(readonly=True) as conn:
                due_s = await self._schedule.next_due_s(conn, self._lanes())
        longest_s = self._hints.poll_interval_s
        return longest_s if due_s is None else min(longest_s, max(SHORTEST_SLEEP_S, due_s))
