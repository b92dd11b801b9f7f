"""The number store in memory: the same promises as PostgreSQL's, with a switch for each way it can fail."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from libs.eventlog.port import Appended, Record
from services.gateway.model import Grant, NumberReceipt, ReceiptKey
from services.gateway.numbering.numbers import (
    LeaseLost,
    NumberFrontier,
    NumbersUnavailable,
    Reservation,
    SettledRanges,
)
from services.gateway.numbering.receipts import ReceiptScope


@dataclass(slots=True)
class _Kept:
    receipt: NumberReceipt
    gateway_id: uuid.UUID | None


@dataclass(slots=True)
class _State:
    counters: dict[str, tuple[int, int]] = field(default_factory=dict)
    reservations: dict[tuple[str, int], tuple[Reservation, uuid.UUID]] = field(default_factory=dict)
    receipts: dict[ReceiptKey, _Kept] = field(default_factory=dict)
    leases: dict[uuid.UUID, float] = field(default_factory=dict)


class MemoryNumberStore:
    """`fail` is asked before every commit: None commits, `lost` undoes it, `unknown` commits and says nothing."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.state = _State()
        self.clock = clock
        self.fail: Callable[[], str | None] = lambda: None
        self.now_ms = 1_000
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryNumberTransaction]:
        """As the protocol says."""
        async with self._lock:
            before = copy.deepcopy(self.state)
            try:
                yield MemoryNumberTransaction(self)
                await asyncio.sleep(0)
            except BaseException:
                self.state = before
                raise
            how = self.fail()
            if how == "lost":
                self.state = before
                raise NumbersUnavailable("the connection was lost")
            if how == "unknown":
                raise NumbersUnavailable("the connection was lost in COMMIT", outcome_unknown=True)

    def statement(self) -> AbstractAsyncContextManager[MemoryNumberTransaction]:
        """As the protocol says."""
        return self.transaction()

    async def ping(self) -> None:
        """As the protocol says."""
        await asyncio.sleep(0)

    async def take_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> None:
        """As the protocol says."""
        async with self.transaction():
            self.state.leases[gateway_id] = self.clock() + ttl_s

    async def renew_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> None:
        """As the protocol says."""
        async with self.transaction():
            self.check_lease(gateway_id)
            self.state.leases[gateway_id] = self.clock() + ttl_s

    async def end_lease(self, gateway_id: uuid.UUID) -> None:
        """As the protocol says."""
        async with self.transaction():
            self.state.leases.pop(gateway_id, None)

    async def adopt(self, gateway_id: uuid.UUID) -> Sequence[Reservation]:
        """As the protocol says."""
        async with self.transaction():
            now = self.clock()
            self.state.leases = {known: until for known, until in self.state.leases.items() if until > now}
            if gateway_id not in self.state.leases:
                return []
            orphans = [r for r, owner in self.state.reservations.values() if owner not in self.state.leases]
            for reservation in orphans:
                self.state.reservations[reservation.tenant_id, reservation.first] = (reservation, gateway_id)
            return orphans

    async def frontiers(self, tenants: Collection[str] | None) -> Sequence[NumberFrontier]:
        """As the protocol says."""
        async with self.transaction():
            return [
                self._frontier(tenant_id)
                for tenant_id in self.state.counters
                if tenants is None or tenant_id in tenants
            ]

    async def purge_receipts(self, limit: int) -> int:
        """Nothing is ever old enough here."""
        return 0

    def check_lease(self, gateway_id: uuid.UUID) -> None:
        """Raise LeaseLost when it does not hold."""
        if self.state.leases.get(gateway_id, 0.0) <= self.clock():
            raise LeaseLost(str(gateway_id))

    def _frontier(self, tenant_id: str) -> NumberFrontier:
        following = self.state.counters[tenant_id][0] + 1
        firsts = [first for tenant, first in self.state.reservations if tenant == tenant_id]
        return NumberFrontier(tenant_id, min(firsts, default=following), following)


class MemoryNumberTransaction:
    """One transaction of the store above."""

    def __init__(self, store: MemoryNumberStore) -> None:
        self._store = store

    async def find_receipts(
        self, scopes: Collection[ReceiptScope], tenants: Collection[str], gateway_id: uuid.UUID | None
    ) -> Sequence[NumberReceipt]:
        """As the protocol says."""
        kept = [kept for key, kept in self._store.state.receipts.items() if key[:3] in scopes]
        return [_handled(one, handled=one.gateway_id != gateway_id and self._is_alive(one.gateway_id)) for one in kept]

    def _is_alive(self, gateway_id: uuid.UUID | None) -> bool:
        until = None if gateway_id is None else self._store.state.leases.get(gateway_id)
        return until is not None and until > self._store.clock()

    async def allocate(self, counts: Mapping[str, int]) -> Mapping[str, Grant]:
        """As the protocol says."""
        state = self._store.state
        self._store.now_ms += 1
        grants = {}
        for tenant_id, count in counts.items():
            last, created_ms = state.counters.get(tenant_id, (0, 0))
            created_ms = max(created_ms, self._store.now_ms)
            state.counters[tenant_id] = (last + count, created_ms)
            grants[tenant_id] = Grant(last + 1, last + count, created_ms)
        return grants

    async def allocate_and_reserve(
        self,
        counts: Mapping[str, int],
        gateway_id: uuid.UUID,
        log_floor: Sequence[int],
        done: Sequence[tuple[str, int]],
    ) -> Mapping[str, Grant]:
        """As the protocol says."""
        self._store.check_lease(gateway_id)
        await self.settle(SettledRanges(done=list(done)))
        grants = await self.allocate(counts)
        for tenant_id, (first, last, created_ms) in grants.items():
            reservation = Reservation(tenant_id, first, last, created_ms, tuple(log_floor))
            self._store.state.reservations[tenant_id, first] = (reservation, gateway_id)
        return grants

    async def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        """No log appends inside this store."""
        raise NotImplementedError

    async def write_receipts(self, receipts: Sequence[NumberReceipt], gateway_id: uuid.UUID | None) -> None:
        """As the protocol says."""
        for receipt in receipts:
            self._store.state.receipts[receipt.key] = _Kept(receipt, gateway_id)

    async def settle(self, settled_ranges: SettledRanges) -> None:
        """As the protocol says."""
        state = self._store.state
        for tenant_id, first in settled_ranges.done:
            state.reservations.pop((tenant_id, first), None)
        for key, partition, next_offset in settled_ranges.marked:
            if kept := state.receipts.get(key):
                marked = _with_place(kept.receipt, partition, next_offset)
                state.receipts[key] = _Kept(marked, None)
        for key in settled_ranges.freed:
            if (kept := state.receipts.get(key)) and kept.receipt.partition is None:
                kept.gateway_id = None


def _handled(kept: _Kept, *, handled: bool) -> NumberReceipt:
    fields = {name: getattr(kept.receipt, name) for name in kept.receipt.__struct_fields__}
    return NumberReceipt(**{**fields, "handled": handled})


def _with_place(receipt: NumberReceipt, partition: int, next_offset: int) -> NumberReceipt:
    fields = {name: getattr(receipt, name) for name in receipt.__struct_fields__}
    return NumberReceipt(**{**fields, "partition": partition, "next_offset": next_offset})
