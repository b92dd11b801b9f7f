"""The number store in memory: the same promises as PostgreSQL's, with a switch for each way it can fail."""

from __future__ import annotations

import asyncio
import copy
import math
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from libs.eventlog.port import Appended, Record
from services.gateway.model import Grant, NumberReceipt, ReceiptKey
from services.gateway.numbering.logged_numbers import LoggedNumbers
from services.gateway.numbering.numbers import (
    NOBODY,
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
    log_ends: dict[str, dict[int, int]] = field(default_factory=dict)
    former_leases: dict[uuid.UUID, float] = field(default_factory=dict)
    settling: dict[str, tuple[int, float | None]] = field(default_factory=dict)
    """By log: the start of the server that was noted, and when the counters were raised."""


class MemoryNumberStore:
    """`fail` is asked before every commit: None commits, `lost` undoes it, `unknown` commits and says nothing."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.state = _State()
        self.clock = clock
        self.fail: Callable[[], str | None] = lambda: None
        self.now_ms = 1_000
        self.starts = 1
        self._lock = asyncio.Lock()

    def backup(self) -> _State:
        """The state as it is now."""
        return copy.deepcopy(self.state)

    def restore(self, backup: _State) -> None:
        """Go back to an older state, in which no lease holds any more."""
        self.state = copy.deepcopy(backup)
        self.state.leases.clear()

    def restart(self) -> None:
        """Start again: no lease from before holds, though it is still there."""
        self.starts += 1
        self.state.former_leases |= self.state.leases
        self.state.leases.clear()

    @asynccontextmanager
    async def transaction(self, tenants: Collection[str] | None) -> AsyncIterator[MemoryNumberTransaction]:
        """As the protocol says; None is every tenant."""
        async with self._lock:
            before = copy.deepcopy(self.state)
            try:
                yield MemoryNumberTransaction(self, tenants)
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

    def statement(self, tenants: Collection[str]) -> AbstractAsyncContextManager[MemoryNumberTransaction]:
        """As the protocol says."""
        return self.transaction(tenants)

    async def ping(self) -> None:
        """As the protocol says."""
        await asyncio.sleep(0)

    async def take_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> HeldLease:
        """As the protocol says."""
        async with self.transaction(None):
            self.state.leases[gateway_id] = expires_s = self.clock() + ttl_s
        return HeldLease(gateway_id, expires_s, "1")

    async def renew_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> float:
        """As the protocol says."""
        async with self.transaction(None):
            self.check_lease(gateway_id)
            self.state.leases[gateway_id] = expires_s = self.clock() + ttl_s
        return expires_s

    async def end_lease(self, gateway_id: uuid.UUID) -> None:
        """As the protocol says."""
        async with self.transaction(None):
            self.state.leases.pop(gateway_id, None)
            self.state.former_leases.pop(gateway_id, None)

    async def adopt(self, gateway_id: uuid.UUID) -> Sequence[Reservation]:
        """As the protocol says."""
        async with self.transaction(None):
            now = self.clock()
            self.state.former_leases.clear()
            self.state.leases = {known: until for known, until in self.state.leases.items() if until > now}
            if gateway_id not in self.state.leases:
                return []
            orphans = [r for r, owner in self.state.reservations.values() if owner not in self.state.leases]
            for reservation in orphans:
                self.state.reservations[reservation.tenant_id, reservation.first] = (reservation, gateway_id)
            return orphans

    async def frontiers(self, tenants: Collection[str] | None) -> Sequence[NumberFrontier]:
        """As the protocol says."""
        async with self.transaction(None):
            return [
                self._frontier(tenant_id)
                for tenant_id in self.state.counters
                if tenants is None or tenant_id in tenants
            ]

    async def log_ends(self, log_id: str) -> LogEnds:
        """As the protocol says."""
        async with self.transaction(None):
            return LogEnds(log_id, dict(self.state.log_ends.get(log_id, {})))

    async def note_log_ends(self, ends: LogEnds, gateway_id: uuid.UUID) -> None:
        """As the protocol says."""
        async with self.transaction(None):
            if self.state.leases.get(gateway_id, 0.0) > self.clock():
                self._note(ends)

    async def go_on_above(self, logged: Sequence[LoggedNumbers], read: LogEnds, ends: LogEnds) -> Sequence[str]:
        """As the protocol says."""
        async with self.transaction(None):
            noted = self.state.log_ends.get(read.log_id, {})
            if any(noted.get(partition, -1) < offset for partition, offset in read.offsets.items()):
                raise NumbersUnavailable("the store went back")
            behind = [one for one in logged if self._last(one.tenant_id) < one.last]
            for one in logged:
                self._forget_settled(one)
            for one in behind:
                self._raise(one, ends)
                self.state.settling[ends.log_id] = (self.starts, self.clock())
            self._note(ends)
            return [one.tenant_id for one in behind]

    async def settling_s(self, log_id: str, settle_s: float, own: Sequence[HeldLease] = ()) -> float:
        """As the protocol says."""
        known = {one.gateway_id: one.expires_s for one in own if one.timeline == "1"}
        async with self.transaction(None):
            starts, raised_at = self.state.settling.get(log_id, (0, None))
            others = {one for one, until in self.state.former_leases.items() if known.get(one, math.inf) > until}
            if starts != self.starts and others:
                raised_at = self.clock()
            self.state.settling[log_id] = (self.starts, raised_at)
            return 0.0 if raised_at is None else raised_at + settle_s - self.clock()

    async def forget_log_ends(self) -> None:
        """As the protocol says."""
        async with self.transaction(None):
            self.state.log_ends.clear()

    async def purge_receipts(self, limit: int) -> int:
        """As the protocol says."""
        async with self.transaction(None):
            old = [key for key, kept in self.state.receipts.items() if not self.is_kept(kept.receipt)][:limit]
            for key in old:
                del self.state.receipts[key]
            return len(old)

    def is_kept(self, receipt: NumberReceipt) -> bool:
        """Whether the receipt is young enough to answer."""
        return receipt.created_ms > self.now_ms - RECEIPTS_KEPT_MS

    def _last(self, tenant_id: str) -> int:
        return self.state.counters.get(tenant_id, (0, 0))[0]

    def _note(self, ends: LogEnds) -> None:
        noted = self.state.log_ends.setdefault(ends.log_id, {})
        for partition, offset in ends.offsets.items():
            noted[partition] = max(offset, noted.get(partition, 0))

    def _forget_settled(self, logged: LoggedNumbers) -> None:
        for key, (reservation, _) in list(self.state.reservations.items()):
            if reservation.tenant_id == logged.tenant_id and reservation.last < logged.settled_below:
                del self.state.reservations[key]

    def _raise(self, logged: LoggedNumbers, ends: LogEnds) -> None:
        tenant_id, (last, created_ms) = logged.tenant_id, self.state.counters.get(logged.tenant_id, (0, 0))
        created_ms = max(created_ms, logged.created_ms)
        self.state.counters[tenant_id] = (logged.last, created_ms)
        floor = tuple(offset for _, offset in sorted(ends.offsets.items()))
        for first, until in logged.missing_after(last):
            reservation = Reservation(tenant_id, first, until, created_ms, floor)
            self.state.reservations.setdefault((tenant_id, first), (reservation, NOBODY))

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

    def __init__(self, store: MemoryNumberStore, tenants: Collection[str] | None) -> None:
        self._store = store
        self._tenants = tenants

    def _check(self, tenants: Iterable[str]) -> None:
        """Fail for a tenant that the transaction does not see."""
        assert self._tenants is None or set(tenants) <= set(self._tenants)

    async def find_receipts(
        self, scopes: Collection[ReceiptScope], tenants: Collection[str], gateway_id: uuid.UUID | None
    ) -> Sequence[NumberReceipt]:
        """As the protocol says."""
        self._check(tenants)
        receipts = self._store.state.receipts
        kept = [one for key, one in receipts.items() if key[:3] in scopes and self._store.is_kept(one.receipt)]
        return [
            msgspec.structs.replace(
                one.receipt, handled=one.gateway_id != gateway_id and self._is_alive(one.gateway_id)
            )
            for one in kept
        ]

    def _is_alive(self, gateway_id: uuid.UUID | None) -> bool:
        until = None if gateway_id is None else self._store.state.leases.get(gateway_id)
        return until is not None and until > self._store.clock()

    async def allocate(self, counts: Mapping[str, int]) -> Mapping[str, Grant]:
        """As the protocol says."""
        self._check(counts)
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
        done: Sequence[SettledRange],
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
        self._check(receipt.key.tenant_id for receipt in receipts)
        for receipt in receipts:
            self._store.state.receipts[receipt.key] = _Kept(receipt, gateway_id)

    async def settle(self, settled_ranges: SettledRanges) -> None:
        """As the protocol says."""
        self._check(settled_ranges.tenants)
        state = self._store.state
        for tenant_id, first, created_ms in settled_ranges.done:
            found = state.reservations.get((tenant_id, first))
            if found is not None and found[0].created_ms == created_ms:
                del state.reservations[tenant_id, first]
        for key, number, partition, next_offset in settled_ranges.marked:
            if (kept := state.receipts.get(key)) and kept.receipt.number == number:
                marked = msgspec.structs.replace(kept.receipt, partition=partition, next_offset=next_offset)
                state.receipts[key] = _Kept(marked, None)
        for key in settled_ranges.freed:
            if (kept := state.receipts.get(key)) and kept.receipt.partition is None:
                kept.gateway_id = None
