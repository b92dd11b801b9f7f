"""What is due is done by one process at a time, and written by nobody who came too late."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import time_machine

from libs.pg.database import Database, connect_once
from libs.pg.errors import DatabaseUnavailable
from libs.pg.roles import request_role
from libs.pg.sql_files import SqlFile, interpolate
from libs.schedule import schedule
from libs.schedule.schedule import DueRow, Lanes, Leased, Overtaken, Schedule, ScheduleEntry
from tests.support.notes import SERVICE
from tests.support.postgres import a_session_waits
from tests.support.waiting import eventually

RULES = Schedule(SERVICE, "rule")
SQL = SqlFile.load(Path(schedule.__file__).with_name("schedule.sql"))
LONG_S = 600.0
_EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON) "


async def put(db: Database, *ids: str, due_in_s: float = 0.0, on: Schedule = RULES) -> None:
    async with db.transaction() as conn:
        await on.put_all(conn, [ScheduleEntry(tenant_id="t1", id=id_, due_in_s=due_in_s) for id_ in ids])


async def lease(db: Database, *, limit: int = 10, for_s: float = LONG_S) -> list[Leased]:
    async with db.transaction() as conn:
        return await RULES.lease(conn, limit=limit, for_s=for_s)


async def due_now(db: Database, on: Schedule = RULES) -> list[DueRow]:
    """What is due, held no longer than this look."""
    async with db.transaction() as conn:
        return await on.take_due(conn, limit=100)


def ids(rows: Collection[DueRow]) -> list[str]:
    return [row.id for row in rows]


async def test_the_longest_due_is_taken_first_and_what_is_due_later_is_left(db: Database) -> None:
    for id_, due_in_s in (("b", -1.0), ("a", -3.0), ("d", 60.0), ("c", -2.0)):
        await put(db, id_, due_in_s=due_in_s)

    async with db.transaction() as conn:
        assert ids(await RULES.take_due(conn, limit=2)) == ["a", "c"]
    assert ids(await lease(db)) == ["a", "c", "b"]


async def test_two_takers_never_take_one_row(db: Database) -> None:
    await put(db, *"abcd")
    async with db.transaction() as first, db.transaction() as second:
        taken = await RULES.take_due(first, limit=3)
        others = await RULES.take_due(second, limit=3)
        leased = await RULES.lease(second, limit=3, for_s=LONG_S)
        assert sorted(ids(taken) + ids(others)) == ["a", "b", "c", "d"]
        assert ids(leased) == ids(others)


async def test_rows_of_a_taker_whose_connection_ends_are_due_at_once(db: Database) -> None:
    await put(db, "a", "b")

    async def die_half_way() -> None:
        async with db.transaction() as conn:
            assert len(await RULES.take_due(conn, limit=2)) == 2
            assert await due_now(db) == []
            await RULES.remove(conn, "t1", "a")
            conn.terminate()

    with pytest.raises(DatabaseUnavailable):
        await die_half_way()

    async def are_due() -> bool:
        return sorted(ids(await due_now(db))) == ["a", "b"]

    await eventually(are_due)


async def test_rows_of_a_taker_that_stands_still_are_due_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "HOLDER_IDLE_S", 0.1)
    await put(db, "a")

    async def are_due() -> bool:
        return ids(await due_now(db)) == ["a"]

    async def stand_still() -> None:
        async with db.transaction() as conn:
            await RULES.take_due(conn, limit=1)
            await eventually(are_due)

    with pytest.raises(DatabaseUnavailable):
        await stand_still()


async def test_what_is_neither_put_nor_removed_is_due_still(db: Database) -> None:
    await put(db, "again", "gone", "still")
    async with db.transaction() as conn:
        await RULES.take_due(conn, limit=3)
        await RULES.put(conn, "t1", "again", due_in_s=LONG_S, attempt=3)
        await RULES.remove(conn, "t1", "gone")

    assert ids(await due_now(db)) == ["still"]
    await put(db, "again", due_in_s=0.0)
    assert {due.id: due.attempt for due in await due_now(db)} == {"still": 0, "again": 0}


async def test_a_lease_that_ran_out_is_taken_by_another_and_its_owner_writes_nothing(db: Database) -> None:
    await put(db, "a")
    (late,) = await lease(db, for_s=0.0)
    (taken,) = await lease(db)

    for owner in (late, late):
        with pytest.raises(Overtaken):
            async with db.transaction() as conn:
                await RULES.fence(conn, owner)
        async with db.transaction() as conn:
            assert await RULES.renew(conn, [owner], for_s=0.0) == [owner]
            await RULES.release(conn, owner)
    assert (late.attempt, taken.attempt) == (1, 2)
    async with db.transaction() as conn:
        await RULES.fence(conn, taken)
        await RULES.remove(conn, taken.tenant_id, taken.id)
    assert await lease(db) == []


@pytest.mark.parametrize("change", ["put", "removed"])
async def test_who_changes_a_scheduled_object_ends_its_lease(db: Database, change: str) -> None:
    await put(db, "a")
    (leased,) = await lease(db)
    async with db.transaction() as conn:
        assert await RULES.hold(conn, "t1", "a")
        assert not await RULES.hold(conn, "t1", "b")
        await (RULES.put if change == "put" else RULES.remove)(conn, "t1", "a")

    with pytest.raises(Overtaken):
        async with db.transaction() as conn:
            await RULES.fence(conn, leased)


async def test_a_renewed_lease_is_not_taken_and_a_released_row_is_as_before(db: Database) -> None:
    await put(db, "a", "b", due_in_s=-5.0)
    renewed, released = await lease(db, for_s=0.0)
    async with db.transaction() as conn:
        assert await RULES.renew(conn, [renewed, released], for_s=LONG_S) == []
        await RULES.release(conn, released)

    (again,) = await lease(db)
    assert (again.id, again.due_at, again.attempt) == (released.id, released.due_at, released.attempt)
    assert again.claim != released.claim


async def test_a_lease_that_is_over_and_not_taken_is_still_its_owners(db: Database) -> None:
    await put(db, "a")
    (late,) = await lease(db, for_s=0.0)
    async with db.transaction() as conn:
        await RULES.fence(conn, late)
        assert await due_now(db) == [], "while its owner settles it nobody takes it"
        await RULES.put(conn, "t1", "a", due_in_s=LONG_S)
    assert await due_now(db) == []


async def test_whoever_holds_a_row_is_waited_for(db: Database) -> None:
    await put(db, "a")
    async with db.transaction() as taker:
        await RULES.take_due(taker, limit=1)

        async def hold() -> bool:
            async with db.transaction() as conn:
                return await RULES.hold(conn, "t1", "a")

        waiting = asyncio.create_task(hold())

        async def waits() -> bool:
            async with db.transaction() as conn:
                return await a_session_waits(conn)

        await eventually(waits)
        await RULES.remove(taker, "t1", "a")
    assert not await waiting


async def test_the_clock_is_the_databases(db: Database) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(days=1), tick=True):
        await put(db, "due")
        await put(db, "later", due_in_s=LONG_S)
        assert ids(await due_now(db)) == ["due"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        assert ids(await lease(db)) == ["due"]
        assert await due_now(db) == []


async def test_time_goes_on_inside_a_transaction(db: Database) -> None:
    async with db.transaction() as conn:
        began = await conn.fetchval("SELECT now()")
        await conn.execute("SELECT pg_sleep(0.01)")
        await RULES.put(conn, "t1", "a")
        (due,) = await RULES.take_due(conn, limit=1)
    assert due.due_at > began + timedelta(seconds=0.01)


async def test_a_kind_waits_for_no_other(db: Database) -> None:
    others = Schedule(SERVICE, "zebra")
    await put(db, *map(str, range(200)), due_in_s=-LONG_S)
    await put(db, "last", on=others)
    assert ids(await due_now(db, others)) == ["last"]


async def test_the_next_due_time_is_told(db: Database) -> None:
    async def next_due_s() -> float | None:
        async with db.transaction() as conn:
            return await RULES.next_due_s(conn)

    assert await next_due_s() is None
    await put(db, "a", due_in_s=LONG_S)
    assert LONG_S - 60 < (await next_due_s() or 0) <= LONG_S
    async with db.transaction() as conn:
        await RULES.put(conn, "t1", "b", due_at=datetime.now(UTC) - timedelta(days=1))
    assert (await next_due_s() or 0) < -LONG_S


async def test_requests_see_and_change_their_own_tenants_rows(db: Database, shop_url: str) -> None:
    async with db.transaction() as conn:
        await RULES.put_all(conn, [ScheduleEntry(tenant_id=tenant_id, id="a") for tenant_id in ("t1", "t2")])
    async with await Database.connect(shop_url, role=request_role(SERVICE), application_name="test") as requests:
        async with requests.tenant_transaction("t1") as conn:
            assert [due.tenant_id for due in await RULES.take_due(conn, limit=9)] == ["t1"]
            assert not await RULES.hold(conn, "t2", "a")
            await RULES.remove(conn, "t2", "a")
            await RULES.put(conn, "t1", "a", due_in_s=LONG_S)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with requests.tenant_transaction("t1") as conn:
                await RULES.put(conn, "t2", "b")
    assert [due.tenant_id for due in await due_now(db)] == ["t2"]


async def test_only_due_rows_are_read_of_a_long_schedule(db: Database, shop_url: str) -> None:
    owner = await connect_once(shop_url, application_name="test")
    await owner.execute(
        f"INSERT INTO {SERVICE}.schedule (tenant_id, kind, id, due_at)"
        " SELECT 't1', kind, g::text, now() + (g - 50) * interval '1 minute'"
        " FROM generate_series(1, 50000) AS g, unnest(ARRAY['rule', 'zebra']) AS kind"
    )
    await owner.execute(f"ANALYZE {SERVICE}.schedule")
    await owner.close()
    async with db.transaction() as conn:
        for statement, values in ((SQL.next_due, ()), (SQL.take_due, (20,)), (SQL.lease, (20, LONG_S))):
            plan = await conn.fetchval(_EXPLAIN + interpolate(statement, schema=SERVICE), "rule", *values)
            scans = list(scans_of(plan[0]["Plan"]))
            assert {scan["Node Type"] for scan in scans} <= {"Index Scan", "Index Only Scan"}, scans
            assert all(scan["Actual Rows"] <= 20 and "Filter" not in scan for scan in scans), scans


def scans_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan that read the table."""
    if "Relation Name" in plan and "Scan" in plan["Node Type"]:
        yield plan
    for inner in plan.get("Plans", ()):
        yield from scans_of(inner)


def entries(lane: str, count: int, due_in_s: float, tenant_id: str = "t1") -> list[ScheduleEntry]:
    return [
        ScheduleEntry(tenant_id=tenant_id, id=f"{lane}{n}", due_in_s=due_in_s + n / 1000, lane=lane)
        for n in range(count)
    ]


async def test_of_a_lane_no_more_is_leased_than_there_is_room_for(db: Database) -> None:
    """What waits for something slow neither fills the leaser nor hides what is due after it."""

    async def lease_beside(leased: dict[str, int], *, limit: int = 10) -> list[str]:
        held = Counter({("t1", lane): count for lane, count in leased.items()})
        lanes = Lanes(of_lane=2, of_tenant=100, in_all=100, leased=held)
        async with db.transaction() as conn:
            return ids(await RULES.lease(conn, limit=limit, for_s=LONG_S, lanes=lanes))

    async with db.transaction() as conn:
        await RULES.put_all(conn, [*entries("slow", 1_100, -9), *entries("half", 3, -5), *entries("free", 3, -4)])

    assert await lease_beside({"other": 2}) == ["slow0", "slow1"]
    assert await lease_beside({"slow": 2, "half": 1}, limit=2) == ["half0", "free0"]
    assert await lease_beside({"slow": 1, "half": 2, "free": 1}) == ["slow2"]
    assert await lease_beside({"slow": 2, "half": 2, "free": 1}) == ["free1"]
    assert await lease_beside({"slow": 2, "half": 2, "free": 2}) == []


async def test_of_a_tenant_no_more_is_leased_than_there_is_room_for(db: Database) -> None:
    """Lanes without end of one tenant neither fill the leaser nor hide or delay what is due for others."""
    many = [one for n in range(600) for one in entries(f"lane{n}.", 2, -9)]
    async with db.transaction() as conn:
        await RULES.put_all(conn, [*many, *entries("other", 3, -5, "t2")])
    lanes = Lanes(of_lane=2, of_tenant=3, in_all=5, leased=Counter())

    async def lease_more() -> list[str]:
        async with db.transaction() as conn:
            leases = await RULES.lease(conn, limit=10, for_s=LONG_S, lanes=lanes)
        lanes.leased.update((one.tenant_id, one.lane) for one in leases)
        return [one.tenant_id for one in leases]

    async def is_due() -> bool:
        async with db.transaction() as conn:
            return (await RULES.next_due_s(conn, lanes) or 0.0) < 0

    assert await lease_more() == ["t1"] * 3
    assert await is_due()
    assert await lease_more() == ["t2"] * 2
    assert not await is_due()
    lanes.leased.subtract([("t2", "other")])
    assert await is_due()
    assert await lease_more() == ["t2"]
