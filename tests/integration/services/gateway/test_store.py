"""The number store in PostgreSQL: leases fence, what nobody stands for is adopted, groups stay gapless."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from libs.pg.database import connect_once
from libs.pg.sql_files import SqlFile, prepare_all
from services.gateway.model import Grant, NumberReceipt, ReceiptKey
from services.gateway.numbering import store as module
from services.gateway.numbering.numbers import (
    Landed,
    LeaseLost,
    NumbersUnavailable,
    Reservation,
    SettledRange,
    SettledRanges,
)
from services.gateway.numbering.statements import sql
from services.gateway.numbering.store import PgNumberStore
from tests.support.waiting import eventually

FLOOR = (0, 5, 0, 0, 0, 0)


@pytest.fixture
async def store(service_url: str) -> AsyncIterator[PgNumberStore]:
    found = PgNumberStore(service_url)
    yield found
    await found.close()


async def grant(store: PgNumberStore, gateway_id: uuid.UUID, count: int, tenant_id: str = "default") -> Grant:
    async with store.statement({tenant_id}) as tx:
        return (await tx.allocate_and_reserve({tenant_id: count}, gateway_id, FLOOR, ()))[tenant_id]


async def reserve(store: PgNumberStore, gateway_id: uuid.UUID, count: int, tenant_id: str = "default") -> int:
    return (await grant(store, gateway_id, count, tenant_id)).first


def settled(given: Grant, tenant_id: str = "default") -> SettledRange:
    return SettledRange(tenant_id, given.first, given.created_ms)


async def test_every_statement_prepares(service_url: str) -> None:
    conn = await connect_once(service_url, application_name="test")
    try:
        assert await prepare_all(conn, [sql]) == len(sql.statements)
    finally:
        await conn.close()


async def test_only_a_lease_that_holds_may_reserve(store: PgNumberStore) -> None:
    gateway_id = uuid.uuid4()
    with pytest.raises(LeaseLost):
        await reserve(store, gateway_id, 1)
    await store.take_lease(gateway_id, 60)
    assert await reserve(store, gateway_id, 3) == 1
    await store.end_lease(gateway_id)
    with pytest.raises(LeaseLost):
        await reserve(store, gateway_id, 1)
    with pytest.raises(LeaseLost):
        await store.renew_lease(gateway_id, 60)

    assert [frontier.next_number for frontier in await store.frontiers(None)] == [4]


async def test_a_lease_holds_for_one_start_of_the_server(store: PgNumberStore, service_url: str) -> None:
    former, living = uuid.uuid4(), uuid.uuid4()
    await store.take_lease(former, 60)
    await reserve(store, former, 3)
    conn = await connect_once(service_url, application_name="test")
    await conn.execute("UPDATE gateway.leases SET server_started_at = server_started_at - interval '1 microsecond'")
    await conn.close()

    with pytest.raises(LeaseLost):
        await reserve(store, former, 1)
    with pytest.raises(LeaseLost):
        await store.renew_lease(former, 60)
    assert await store.adopt(former) == []
    await store.take_lease(living, 60)
    assert [(one.first, one.last) for one in await store.adopt(living)] == [(1, 3)]


@pytest.mark.parametrize("error", [LeaseLost("lost"), ZeroDivisionError()])
async def test_a_block_that_ends_in_an_error_leaves_nothing(store: PgNumberStore, error: Exception) -> None:
    gateway_id = uuid.uuid4()
    await store.take_lease(gateway_id, 60)

    async def reserve_and_fail() -> None:
        async with store.transaction({"default"}) as tx:
            await tx.allocate_and_reserve({"default": 3}, gateway_id, FLOOR, ())
            raise error

    with pytest.raises(type(error)):
        await reserve_and_fail()
    assert await reserve(store, gateway_id, 1) == 1


async def test_a_dead_gateways_reservations_are_adopted_once(store: PgNumberStore) -> None:
    dead, living, late = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    await store.take_lease(dead, 0.2)
    await reserve(store, dead, 3)
    for gateway_id in (living, late):
        await store.take_lease(gateway_id, 60)
    await reserve(store, living, 2)

    (adopted,) = await eventually(lambda: store.adopt(living))

    assert adopted == Reservation("default", 1, 3, adopted.created_ms, FLOOR)
    assert await store.adopt(late) == []
    with pytest.raises(LeaseLost):
        await reserve(store, dead, 1)


async def test_a_reservation_under_way_is_waited_for_before_its_lease_ends(store: PgNumberStore) -> None:
    slow, living = uuid.uuid4(), uuid.uuid4()
    await store.take_lease(slow, 0.3)
    await store.take_lease(living, 60)
    async with store.transaction({"default"}) as tx:
        await tx.allocate_and_reserve({"default": 2}, slow, FLOOR, ())
        adopting = asyncio.create_task(eventually(lambda: store.adopt(living)))
        done, _ = await asyncio.wait({adopting}, timeout=0.6)
        assert not done

    assert [(one.first, one.last) for one in await adopting] == [(1, 2)]


async def test_the_frontier_stays_below_the_oldest_reservation(store: PgNumberStore) -> None:
    gateway_id = uuid.uuid4()
    await store.take_lease(gateway_id, 60)
    first = await grant(store, gateway_id, 3)
    second = await grant(store, gateway_id, 2)
    async with store.statement({"default"}) as tx:
        await tx.allocate_and_reserve({"default": 1}, gateway_id, FLOOR, [settled(second)])
    assert [(f.below, f.next_number) for f in await store.frontiers(["default"])] == [(1, 7)]

    async with store.statement({"default"}) as tx:
        await tx.allocate_and_reserve({"default": 1}, gateway_id, FLOOR, [settled(first)])

    assert [(f.below, f.next_number) for f in await store.frontiers(["default"])] == [(6, 8)]


async def test_concurrent_groups_of_many_tenants_neither_deadlock_nor_leave_gaps(service_url: str) -> None:
    stores = [PgNumberStore(service_url) for _ in range(4)]
    given: list[tuple[str, int, int, int]] = []

    async def groups(store: PgNumberStore, order: list[str]) -> None:
        for _ in range(25):
            async with store.transaction(order) as tx:
                await tx.find_receipts({(order[0], "key", "k")}, order, None)
                for tenant_id, grant in (await tx.allocate(dict.fromkeys(order, 2))).items():
                    given.append((tenant_id, *grant))

    tenants = ["a", "b", "c"]
    await asyncio.gather(*(groups(store, tenants[n % 3 :] + tenants[: n % 3]) for n, store in enumerate(stores)))
    for store in stores:
        await store.close()

    for tenant_id in tenants:
        ranges = sorted((first, last, created) for tenant, first, last, created in given if tenant == tenant_id)
        assert [number for first, last, _ in ranges for number in range(first, last + 1)] == list(range(1, 201))
        assert [created for _, _, created in ranges] == sorted(created for _, _, created in ranges)


async def test_without_the_applications_filter_a_transaction_sees_its_tenants_alone(
    store: PgNumberStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway_id = uuid.uuid4()
    await store.take_lease(gateway_id, 60)
    receipts = [receipt(tenant_id, number) for number, tenant_id in enumerate(("a", "b", "c"), start=1)]
    given = {}
    for one in receipts:
        given[one.key.tenant_id] = await grant(store, gateway_id, 1, one.key.tenant_id)
        async with store.transaction({one.key.tenant_id}) as tx:
            await tx.write_receipts([one], gateway_id)

    monkeypatch.setattr(module, "sql", unjoined(sql))
    async with store.transaction({"a", "b"}) as tx:
        found = await tx.find_receipts({("c", "key", "k")}, {"a", "b"}, None)
        await tx.settle(SettledRanges(done=[settled(given["c"], "c")], marked=[Landed(receipts[2].key, 3, 0, 7)]))
    monkeypatch.undo()

    assert {one.key.tenant_id for one in found} == {"a", "b"}
    assert [frontier.below for frontier in await store.frontiers(["c"])] == [1]
    async with store.transaction({"c"}) as tx:
        [kept] = await tx.find_receipts({("c", "key", "k")}, {"c"}, None)
    assert kept.partition is None


async def test_nothing_is_written_for_a_tenant_that_the_transaction_does_not_see(store: PgNumberStore) -> None:
    async def allocate() -> None:
        async with store.transaction({"a"}) as tx:
            await tx.allocate({"b": 1})

    async def write() -> None:
        async with store.transaction({"a"}) as tx:
            await tx.write_receipts([receipt("b", 1)], None)

    for attempt in (allocate, write):
        with pytest.raises(NumbersUnavailable, match="row-level security"):
            await attempt()


def receipt(tenant_id: str, number: int) -> NumberReceipt:
    """The receipt of a request under the key `k`."""
    return NumberReceipt(
        key=ReceiptKey(tenant_id, "key", "k", 0),
        body_hash=b"hash",
        interaction_id=str(uuid.uuid4()),
        number=number,
        uow_id="unit",
        created_ms=time.time_ns() // 1_000_000,
    )


def unjoined(file: SqlFile) -> SqlFile:
    """The statements of the store with what names the tenant taken out."""
    taken_out = (
        ("JOIN gateway.receipts r USING (tenant_id, kind, value)", "JOIN gateway.receipts r USING (kind, value)"),
        ("WHERE r.tenant_id = s.tenant_id AND r.first_number", "WHERE r.first_number"),
        (
            "WHERE (r.tenant_id, r.kind, r.value, r.item, r.number) = (m.tenant_id, m.kind, m.value, m.item, m.number)",
            "WHERE (r.kind, r.value, r.item) = (m.kind, m.value, m.item)",
        ),
    )
    statements = list(file)
    for old, new in taken_out:
        assert any(old in found.text for found in statements)
        statements = [replace(found, text=found.text.replace(old, new)) for found in statements]
    return SqlFile(file.path, statements)
