"""A loop over a schedule works when something is due: by its time, by a hint, and after what passes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.schedule import due_loop
from libs.schedule.due_loop import DueLoop, schedule_hints
from libs.schedule.schedule import Lanes, Schedule
from tests.support.notes import SERVICE
from tests.support.waiting import eventually

RULES = Schedule(SERVICE, "rule")


class Work:
    """Does what is due, one row a round."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.rounds = 0
        self.done: list[str] = []
        self.failures: list[Exception] = []

    async def __call__(self) -> bool:
        self.rounds += 1
        if self.failures:
            raise self.failures.pop()
        async with self._db.transaction() as conn:
            taken = await RULES.take_due(conn, limit=1)
            for due in taken:
                await RULES.remove(conn, due.tenant_id, due.id)
        self.done += [due.id for due in taken]
        return bool(taken)


@pytest.fixture
def work(db: Database) -> Work:
    return Work(db)


@asynccontextmanager
async def running(db: Database, work: Work) -> AsyncIterator[DueLoop]:
    hints = schedule_hints(db, SERVICE)
    loop = DueLoop("rules", RULES, db, hints, work, survives=DatabaseUnavailable)
    await hints.start()
    await loop.start()
    try:
        yield loop
        assert await loop.check() is None
    finally:
        await loop.stop()
        await hints.stop()


async def put(db: Database, id_: str, due_in_s: float = 0.0) -> None:
    async with db.transaction() as conn:
        await RULES.put(conn, "t1", id_, due_in_s=due_in_s)


def has_done(work: Work, *ids: str) -> Callable[[], bool]:
    return lambda: work.done == list(ids)


async def test_it_does_all_that_is_due_and_then_sleeps(db: Database, work: Work) -> None:
    for id_ in "abc":
        await put(db, id_)
    async with running(db, work):
        await eventually(has_done(work, "a", "b", "c"))
    assert work.rounds <= 6


async def test_a_hint_wakes_it_and_so_does_the_next_due_time(
    db: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_loop, "LONGEST_SLEEP_S", 600.0)
    monkeypatch.setattr(due_loop, "_SLEEP_WHILE_DEAF_S", 600.0)
    async with running(db, work):
        await eventually(lambda: work.rounds >= 2)
        await put(db, "later", due_in_s=0.3)
        await put(db, "at once")
        await eventually(has_done(work, "at once", "later"))


async def test_it_goes_on_after_an_error_that_it_survives(
    db: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_loop, "_FIRST_PAUSE_S", 0.01)
    work.failures = [DatabaseUnavailable("away"), DatabaseUnavailable("away")]
    await put(db, "a")
    async with running(db, work):
        await eventually(has_done(work, "a"))


async def test_it_does_not_spin_while_another_holds_what_is_due(db: Database, work: Work) -> None:
    await put(db, "a")
    async with db.transaction() as conn:
        await RULES.take_due(conn, limit=1)
        async with running(db, work):
            began = asyncio.get_running_loop().time()
            await eventually(lambda: work.rounds >= 4)
            assert asyncio.get_running_loop().time() - began >= due_loop.SHORTEST_SLEEP_S
    assert work.done == []


async def test_a_row_that_there_is_no_room_for_does_not_wake_it(db: Database) -> None:
    async def find_no_room() -> bool:
        return False

    leased = Counter({("t1", ""): 1})
    rooms = [
        Lanes(of_lane=1, of_tenant=9, in_all=9, leased=leased),
        Lanes(of_lane=9, of_tenant=9, in_all=1, leased=leased),
    ]
    await put(db, "a", due_in_s=-1)
    while rooms:
        hints = schedule_hints(db, SERVICE)
        loop = DueLoop("rules", RULES, db, hints, find_no_room, survives=(), lanes=partial(rooms.pop, 0))
        assert await loop._round() == hints.poll_interval_s
