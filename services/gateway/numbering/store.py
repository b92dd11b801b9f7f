"""The number store in PostgreSQL: one method, one named query.

A group without receipts is one statement that commits by itself where that is enough; all else are transactions.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from libs.contracts.paths import GATEWAY
from libs.eventlog.port import Appended, Record
from libs.eventlog.transactional import TransactionalLog
from libs.pg.database import Row
from libs.pg.roles import projector_role, request_role
from services.gateway.model import Grant, NumberReceipt, ReceiptKey
from services.gateway.numbering.connections import Watched, gateway_connections
from services.gateway.numbering.counters import PgCounters
from services.gateway.numbering.logged_numbers import LoggedNumbers
from services.gateway.numbering.numbers import (
    RECEIPTS_KEPT_MS,
    HeldLease,
    LeaseLost,
    LogEnds,
    NumberFrontier,
    NumbersUnavailable,
    Reservation,
    SettledRange,
    SettledRanges,
)
from services.gateway.numbering.receipts import ReceiptScope
from services.gateway.numbering.statements import columns, fetch_log_ends, note_log_ends, sql

TIMEOUT_S = 3.0
_APPEND_EXTRA_S = 0.0005


class PgNumberTransaction:
    """One group's transaction in PostgreSQL."""

    def __init__(self, conn: Watched, log: TransactionalLog | None) -> None:
        self._conn = conn
        self._log = log

    async def find_receipts(
        self, scopes: Collection[ReceiptScope], tenants: Collection[str], gateway_id: uuid.UUID | None
    ) -> Sequence[NumberReceipt]:
        """Lock the tenants' counters first, so that nobody writes receipts meanwhile."""
        await self.allocate(dict.fromkeys(tenants, 0))
        rows = await self._conn.fetch(sql.find_receipts, *columns(sorted(scopes), 3), gateway_id, RECEIPTS_KEPT_MS)
        return [_receipt(row) for row in rows]

    async def allocate(self, counts: Mapping[str, int]) -> Mapping[str, Grant]:
        rows = await self._conn.fetch(sql.allocate, list(counts), list(counts.values()))
        return _grants(rows, counts)

    async def allocate_and_reserve(
        self,
        counts: Mapping[str, int],
        gateway_id: uuid.UUID,
        log_floor: Sequence[int],
        done: Sequence[SettledRange],
    ) -> Mapping[str, Grant]:
        arguments = (list(counts), list(counts.values()), gateway_id, list(log_floor), *columns(done, 3))
        rows = await self._conn.fetch(sql.allocate_and_reserve, *arguments)
        if len(rows) != len(counts):
            raise LeaseLost(str(gateway_id))
        return _grants(rows, counts)

    async def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        """Append, failing the transaction when one record is refused, so that no number is spent on it."""
        assert self._log is not None
        with self._conn.watch(len(records) * _APPEND_EXTRA_S) as raw:
            return await self._log.append_in(raw, records)

    async def write_receipts(self, receipts: Sequence[NumberReceipt], gateway_id: uuid.UUID | None) -> None:
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
        await self._conn.fetch(sql.write_receipts, *columns(rows, 11), gateway_id)

    async def settle(self, settled_ranges: SettledRanges) -> None:
        if settled_ranges.done:
            await self._conn.fetch(sql.settle_reservations, *columns(settled_ranges.done, 3))
        if settled_ranges.marked:
            rows = [(*landed.key, *landed[1:]) for landed in settled_ranges.marked]
            await self._conn.fetch(sql.mark_receipts, *columns(rows, 7))
        if settled_ranges.freed:
            await self._conn.fetch(sql.free_receipts, *columns(settled_ranges.freed, 4))


class PgNumberStore:
    """Counters, reservations, leases and receipts in schema `gateway`.

    What requests need is done under the request role, which sees their tenants; what concerns all tenants, leases and
    what dead gateways left behind, under the projector role. `log` is given when it can append inside this store's
    transactions.
    """

    def __init__(self, url: str, *, log: TransactionalLog | None = None, timeout_s: float = TIMEOUT_S) -> None:
        self._requests = gateway_connections(url, request_role(GATEWAY), timeout_s=timeout_s)
        self._keeping = gateway_connections(url, projector_role(GATEWAY), timeout_s=timeout_s)
        self._log = log

    async def close(self) -> None:
        """Close the connections."""
        await self._requests.close()
        await self._keeping.close()

    @asynccontextmanager
    async def transaction(self, tenants: Collection[str]) -> AsyncIterator[PgNumberTransaction]:
        async with self._requests.transaction(tenants) as conn:
            yield PgNumberTransaction(conn, self._log)

    @asynccontextmanager
    async def statement(self, tenants: Collection[str]) -> AsyncIterator[PgNumberTransaction]:
        async with self._requests.statement(tenants) as conn:
            yield PgNumberTransaction(conn, self._log)

    async def ping(self) -> None:
        if not (await self._run(sql.ping))[0]["writable"]:
            raise NumbersUnavailable("the database is a standby and takes no writes")

    async def take_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> HeldLease:
        timeline = await self._timeline()
        (row,) = await self._run(sql.take_lease, gateway_id, ttl_s)
        return HeldLease(gateway_id, row["expires_s"], timeline)

    async def renew_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> float:
        rows = await self._run(sql.renew_lease, gateway_id, ttl_s)
        if not rows:
            raise LeaseLost(str(gateway_id))
        expires_s: float = rows[0]["expires_s"]
        return expires_s

    async def end_lease(self, gateway_id: uuid.UUID) -> None:
        await self._run(sql.end_lease, gateway_id)

    async def adopt(self, gateway_id: uuid.UUID) -> Sequence[Reservation]:
        await self._run(sql.end_expired_leases)
        rows = await self._run(sql.adopt_reservations, gateway_id)
        return [
            Reservation(r["tenant_id"], r["first_number"], r["last_number"], r["created_ms"], tuple(r["log_floor"]))
            for r in rows
        ]

    async def frontiers(self, tenants: Collection[str] | None) -> Sequence[NumberFrontier]:
        rows = await self._run(sql.frontiers, None if tenants is None else list(tenants))
        return [NumberFrontier(row["tenant_id"], row["below"], row["next_number"]) for row in rows]

    async def log_ends(self, log_id: str) -> LogEnds:
        async with self._keeping.statement() as conn:
            return await fetch_log_ends(conn, log_id)

    async def note_log_ends(self, ends: LogEnds, gateway_id: uuid.UUID) -> None:
        async with self._keeping.statement() as conn:
            await note_log_ends(conn, ends, gateway_id)

    async def go_on_above(self, logged: Sequence[LoggedNumbers], read: LogEnds, ends: LogEnds) -> Sequence[str]:
        async with self._keeping.transaction() as conn:
            counters = PgCounters(conn)
            await counters.lock()
            await counters.require_at(read)
            behind = await counters.behind(logged)
            await counters.forget_settled(logged)
            if behind:
                await counters.raise_above(behind, ends)
            await counters.note(ends)
        return [one.tenant_id for one, _ in behind]

    async def settling_s(self, log_id: str, settle_s: float, own: Sequence[HeldLease] = ()) -> float:
        timeline = await self._timeline() if own else None
        same = [(one.gateway_id, one.expires_s) for one in own if one.timeline is not None and one.timeline == timeline]
        left_s: float = (await self._run(sql.settling_s, log_id, settle_s, *columns(same, 2)))[0]["left_s"]
        return left_s

    async def forget_log_ends(self) -> None:
        await self._run(sql.forget_log_ends)

    async def purge_receipts(self, limit: int) -> int:
        return len(await self._run(sql.purge_receipts, RECEIPTS_KEPT_MS, limit))

    async def _timeline(self) -> str | None:
        """Return the server's timeline; None where it does not say, as servers that are made otherwise may not."""
        with suppress(NumbersUnavailable):
            timeline: str = (await self._run(sql.timeline))[0]["timeline"]
            return timeline
        return None

    async def _run(self, statement: str, *arguments: object) -> list[Row]:
        async with self._keeping.statement() as conn:
            return await conn.fetch(statement, *arguments)


def _grants(rows: Sequence[Row], counts: Mapping[str, int]) -> dict[str, Grant]:
    return {tenant_id: Grant(last - counts[tenant_id] + 1, last, created_ms) for tenant_id, last, created_ms in rows}


def _receipt(row: Row) -> NumberReceipt:
    return NumberReceipt(
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
