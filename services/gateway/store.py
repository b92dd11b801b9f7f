"""The number store in PostgreSQL: one method, one named query.

A server that does not answer is given up after `timeout_s` by cutting the connection, so that no caller waits longer
on a frozen database than on one that is gone.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from libs.eventlog.port import Appended, Record
from libs.eventlog.transactional import TransactionalLog
from libs.pg.database import Connection, Database
from libs.pg.database import Record as Row
from libs.pg.errors import DatabaseUnavailable
from libs.pg.sql_files import SqlFile
from services.gateway.model import Grant, Receipt, ReceiptKey
from services.gateway.numbers import (
    RECEIPTS_KEPT_MS,
    LeaseLost,
    NumberFrontier,
    NumbersUnavailable,
    Reservation,
    Settlement,
)
from services.gateway.receipts import Scope

TIMEOUT_S = 3.0
sql = SqlFile.load(
    Path(__file__).with_name("queries.sql"),
    names=(
        *("allocate", "allocate_and_reserve", "find_receipts", "write_receipts", "settle_reservations"),
        *("mark_receipts", "free_receipts", "purge_receipts", "take_lease", "renew_lease", "end_lease"),
        *("end_expired_leases", "adopt_reservations", "frontiers", "ping"),
    ),
)


class PgNumberTransaction:
    """One group's transaction in PostgreSQL."""

    def __init__(self, conn: Connection, log: TransactionalLog | None) -> None:
        self._conn = conn
        self._log = log

    async def find_receipts(
        self, scopes: Collection[Scope], tenants: Collection[str], gateway_id: uuid.UUID | None
    ) -> Sequence[Receipt]:
        """As the protocol says: the tenants' counters are locked first, so that nobody writes receipts meanwhile."""
        await self.allocate(dict.fromkeys(tenants, 0))
        columns = _columns(sorted(scopes), 3)
        rows = await self._conn.fetch(sql.find_receipts, *columns, gateway_id, RECEIPTS_KEPT_MS)
        return [_receipt(row) for row in rows]

    async def allocate(self, counts: Mapping[str, int]) -> Mapping[str, Grant]:
        """As the protocol says."""
        rows = await self._conn.fetch(sql.allocate, list(counts), list(counts.values()))
        return _grants(rows, counts)

    async def allocate_and_reserve(
        self, counts: Mapping[str, int], gateway_id: uuid.UUID, log_floor: Sequence[int]
    ) -> Mapping[str, Grant]:
        """As the protocol says."""
        tenants, wanted = list(counts), list(counts.values())
        rows = await self._conn.fetch(sql.allocate_and_reserve, tenants, wanted, gateway_id, list(log_floor))
        if len(rows) != len(counts):
            raise LeaseLost(str(gateway_id))
        return _grants(rows, counts)

    async def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        """As the protocol says; one record refused fails the transaction, so that no number is spent on it."""
        assert self._log is not None
        return await self._log.append_in(self._conn, records)

    async def write_receipts(self, receipts: Sequence[Receipt], gateway_id: uuid.UUID | None) -> None:
        """As the protocol says."""
        rows = [
            (
                *r.key,
                r.body_hash,
                uuid.UUID(r.interaction_id),
                r.number,
                r.uow_id,
                r.created_ms,
                r.partition,
                r.next_offset,
            )
            for r in receipts
        ]
        await self._conn.execute(sql.write_receipts, *_columns(rows, 11), gateway_id)

    async def settle(self, settlement: Settlement) -> None:
        """As the protocol says."""
        if settlement.done:
            await self._conn.execute(sql.settle_reservations, *_columns(settlement.done, 2))
        if settlement.marked:
            rows = [(*key, partition, offset) for key, partition, offset in settlement.marked]
            await self._conn.execute(sql.mark_receipts, *_columns(rows, 6))
        if settlement.freed:
            await self._conn.execute(sql.free_receipts, *_columns(settlement.freed, 4))


class PgNumberStore:
    """Counters, reservations, leases and receipts in schema `gateway`; `db` connects as the projector role.

    `log` is given when it can append inside this store's transactions.
    """

    def __init__(self, db: Database, *, log: TransactionalLog | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self._db = db
        self._log = log
        self._timeout_s = timeout_s

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PgNumberTransaction]:
        """As the protocol says."""
        async with self._connection() as conn:
            yield PgNumberTransaction(conn, self._log)

    async def ping(self) -> None:
        """As the protocol says."""
        async with self._connection() as conn:
            if not await conn.fetchval(sql.ping):
                raise NumbersUnavailable("the database is a standby and takes no writes")

    async def take_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> None:
        """As the protocol says."""
        async with self._connection() as conn:
            await conn.execute(sql.take_lease, gateway_id, ttl_s)

    async def renew_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> None:
        """As the protocol says."""
        async with self._connection() as conn:
            if await conn.fetchval(sql.renew_lease, gateway_id, ttl_s) is None:
                raise LeaseLost(str(gateway_id))

    async def end_lease(self, gateway_id: uuid.UUID) -> None:
        """As the protocol says."""
        async with self._connection() as conn:
            await conn.execute(sql.end_lease, gateway_id)

    async def adopt(self, gateway_id: uuid.UUID) -> Sequence[Reservation]:
        """As the protocol says."""
        async with self._connection() as conn:
            await conn.execute(sql.end_expired_leases)
            rows = await conn.fetch(sql.adopt_reservations, gateway_id)
        return [
            Reservation(r["tenant_id"], r["first_number"], r["last_number"], r["created_ms"], tuple(r["log_floor"]))
            for r in rows
        ]

    async def frontiers(self, tenants: Collection[str] | None) -> Sequence[NumberFrontier]:
        """As the protocol says."""
        async with self._connection() as conn:
            rows = await conn.fetch(sql.frontiers, None if tenants is None else list(tenants))
        return [NumberFrontier(row["tenant_id"], row["below"], row["next_number"]) for row in rows]

    async def purge_receipts(self, limit: int) -> int:
        """As the protocol says."""
        async with self._connection() as conn:
            status = await conn.execute(sql.purge_receipts, RECEIPTS_KEPT_MS, limit)
        return int(status.split()[-1])

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """A transaction that is over, one way or the other, `timeout_s` after it began."""
        cut: asyncio.TimerHandle | None = None
        try:
            async with self._db.transaction() as conn:
                cut = asyncio.get_running_loop().call_later(self._timeout_s, conn.terminate)
                yield conn
        except DatabaseUnavailable as error:
            raise NumbersUnavailable(str(error), outcome_unknown=error.outcome_unknown) from error
        except asyncpg.PostgresError as error:
            raise NumbersUnavailable(f"the number store refused: {error}") from error
        finally:
            if cut is not None:
                cut.cancel()


def _grants(rows: Sequence[Row], counts: Mapping[str, int]) -> dict[str, Grant]:
    return {tenant_id: Grant(last - counts[tenant_id] + 1, last, created_ms) for tenant_id, last, created_ms in rows}


def _receipt(row: Row) -> Receipt:
    return Receipt(
        key=ReceiptKey(row["tenant_id"], row["kind"], row["value"], row["item"]),
        body_hash=row["body_hash"],
        interaction_id=str(row["interaction_id"]),
        number=row["number"],
        uow_id=row["uow_id"],
        created_ms=row["created_ms"],
        handled=row["handled"],
        partition=row["partition"],
        next_offset=row["next_offset"],
    )


def _columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned into the arrays that unnest takes, also when there are none."""
    return [[row[column] for row in rows] for column in range(width)]
