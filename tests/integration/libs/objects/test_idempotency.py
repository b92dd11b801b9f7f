"""Receipts of idempotency keys in a real database: once, again, in flight, with another body, after a day."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from libs.httpkit.errors import Conflict, Unprocessable
from libs.objects.idempotency import IdempotencyStore, Once, Receipt
from tests.support.notes import create_schema

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HASH = b"h" * 32


class Creations:
    """Counts what is created; fails once when told to, waits when held."""

    def __init__(self) -> None:
        self.count = 0
        self.fails = False
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self) -> Receipt:
        self.started.set()
        await self.go_on.wait()
        if self.fails:
            raise RuntimeError
        self.count += 1
        return Receipt(201, {"id": self.count})


class Requests:
    """Each call is one request in a transaction of its own connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = NOW
        self.creations = Creations()
        self.store = IdempotencyStore("shop", clock=lambda: self.now)

    async def __call__(
        self, key: str | None = "k", tenant: str = "t1", body_hash: bytes = HASH
    ) -> tuple[Receipt, bool]:
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction():
                return await self.store.once(connection, tenant, Once(key, body_hash), self.creations)
        finally:
            await connection.close()

    async def purge(self) -> int:
        """The receipts left after a purge."""
        connection = await asyncpg.connect(self.url)
        try:
            await self.store.purge(connection)
            return int(await connection.fetchval("SELECT count(*) FROM shop.idempotency_receipts"))
        finally:
            await connection.close()


@pytest.fixture
async def request_once(database_url: str) -> Requests:
    await create_schema(database_url)
    return Requests(database_url)


async def test_a_repeat_gets_the_first_answer(request_once: Requests) -> None:
    assert await request_once() == (Receipt(201, {"id": 1}), False)
    assert await request_once() == (Receipt(201, {"id": 1}), True)
    assert await request_once(key="other") == (Receipt(201, {"id": 2}), False)
    assert await request_once(tenant="t2") == (Receipt(201, {"id": 3}), False)


async def test_without_a_key_every_request_creates(request_once: Requests) -> None:
    assert [(await request_once(key=None))[0].response["id"] for _ in range(2)] == [1, 2]


async def test_another_body_is_422(request_once: Requests) -> None:
    await request_once()
    with pytest.raises(Unprocessable):
        await request_once(body_hash=b"o" * 32)
    assert request_once.creations.count == 1


async def test_in_flight_is_409(request_once: Requests) -> None:
    request_once.creations.go_on.clear()
    first = asyncio.create_task(request_once())
    await request_once.creations.started.wait()
    async with asyncio.timeout(10):
        with pytest.raises(Conflict):
            await request_once()
    request_once.creations.go_on.set()
    assert (await first)[0].response == {"id": 1}
    assert (await request_once())[1]


async def test_a_failed_request_frees_its_key(request_once: Requests) -> None:
    request_once.creations.fails = True
    with pytest.raises(RuntimeError):
        await request_once()
    request_once.creations.fails = False
    assert await request_once(body_hash=b"o" * 32) == (Receipt(201, {"id": 1}), False)


async def test_a_key_is_free_again_after_a_day(request_once: Requests) -> None:
    await request_once()
    request_once.now = NOW + timedelta(hours=24)
    assert (await request_once())[1]
    request_once.now += timedelta(seconds=1)
    assert await request_once(body_hash=b"o" * 32) == (Receipt(201, {"id": 2}), False)


async def test_old_receipts_are_purged(request_once: Requests) -> None:
    await request_once()
    request_once.now = NOW + timedelta(hours=24)
    assert await request_once.purge() == 1
    request_once.now += timedelta(seconds=1)
    assert await request_once.purge() == 0
