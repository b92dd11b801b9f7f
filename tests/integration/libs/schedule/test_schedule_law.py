"""The law of a schedule: however processes interleave, die or come late, each due time is settled exactly once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.pg.database import Connection, Database, connect_once
from libs.pg.roles import grant_tables
from libs.schedule.schedule import DueRow, Overtaken, Schedule, ScheduleEntry
from tests.support.notes import SERVICE

ITEMS = Schedule(SERVICE, "item")
IDS = ("a", "b", "c")
DUE_TIMES = 3
FATES = ("settles", "is late", "renews and settles", "releases", "dies", "takes", "dies taking")
TABLES = f"CREATE TABLE IF NOT EXISTS {SERVICE}.settled (id text, time int); TRUNCATE {SERVICE}.settled;"


class Died(Exception):
    """A process is gone, and what it had not committed."""


class Process:
    """Does what is due, each round with a fate."""

    def __init__(self, db: Database, ran: Counter[tuple[str, int]]) -> None:
        self._db = db
        self._ran = ran

    async def meet(self, fates: Sequence[str]) -> None:
        for fate in fates:
            with suppress(Overtaken, Died):
                await (self._take(fate) if "tak" in fate else self._lease(fate))

    async def _take(self, fate: str) -> None:
        async with self._db.transaction() as conn:
            for due in await ITEMS.take_due(conn, limit=2):
                await self._settle(conn, due, await self._run(conn, due))
            if fate == "dies taking":
                raise Died

    async def _lease(self, fate: str) -> None:
        # A lease of no length is over at once: anybody may be quicker than its owner.
        for_s = 600.0 if fate in ("settles", "releases") else 0.0
        async with self._db.transaction() as conn:
            leases = await ITEMS.lease(conn, limit=2, for_s=for_s)
            times = [await self._run(conn, leased) for leased in leases]
        for leased, time in zip(leases, times, strict=True):
            async with self._db.transaction() as conn:
                if fate == "releases":
                    await ITEMS.release(conn, leased)
                elif fate != "dies":
                    if fate == "renews and settles":
                        await ITEMS.renew(conn, [leased], for_s=600.0)
                    await ITEMS.fence(conn, leased)
                    await self._settle(conn, leased, time)

    async def _run(self, conn: Connection, due: DueRow) -> int:
        """Return which of its due times the item has reached, while nobody else can settle it."""
        time: int = await conn.fetchval(f"SELECT count(*) FROM {SERVICE}.settled WHERE id = $1", due.id)
        self._ran[due.id, time] += 1
        return time

    async def _settle(self, conn: Connection, due: DueRow, time: int) -> None:
        await conn.execute(f"INSERT INTO {SERVICE}.settled VALUES ($1, $2)", due.id, time)
        if time + 1 < DUE_TIMES:
            await ITEMS.put(conn, due.tenant_id, due.id)
        else:
            await ITEMS.remove(conn, due.tenant_id, due.id)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.lists(st.sampled_from(FATES), min_size=3, max_size=8), min_size=3, max_size=3))
async def test_each_due_time_runs_at_least_once_and_is_settled_exactly_once(
    db: Database, shop_url: str, fates: list[list[str]]
) -> None:
    owner = await connect_once(shop_url, application_name="test")
    await owner.execute(TABLES + grant_tables([f"{SERVICE}.settled"], SERVICE))
    ran: Counter[tuple[str, int]] = Counter()
    async with db.transaction() as conn:
        await ITEMS.put_all(conn, [ScheduleEntry(tenant_id="t1", id=id_) for id_ in IDS])

    await asyncio.gather(*(Process(db, ran).meet(of_one) for of_one in fates))
    await owner.execute(f"UPDATE {SERVICE}.schedule SET due_at = now()")  # whatever is still leased runs out
    await Process(db, ran).meet(["takes"] * len(IDS) * DUE_TIMES)

    rows = await owner.fetch(f"SELECT id, time FROM {SERVICE}.settled")
    left = await owner.fetchval(f"SELECT count(*) FROM {SERVICE}.schedule")
    await owner.close()
    expected = {(id_, time) for id_ in IDS for time in range(DUE_TIMES)}
    assert Counter(map(tuple, rows)) == Counter(expected)
    assert set(ran) == expected
    assert left == 0
