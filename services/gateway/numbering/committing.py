"""One group of pending records into the log, in the two ways there are.

Where the log can append inside the number store's transaction, numbers and records are there together or not at all.
Elsewhere numbers are reserved first, durably, then appended; whatever does not land is voided, so that every number
given is recorded or voided in the end.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Appended, EventLog, Record
from libs.httpkit.errors import unavailable
from libs.telemetry.metrics import GATEWAY_APPEND_DURATION_SECONDS, GATEWAY_RECORDS_APPENDED
from services.gateway.model import AcceptedInteraction, Grant, NumberReceipt, PendingRecord, to_record
from services.gateway.numbering.gate import LOG, RETRY_AFTER_S, Gate
from services.gateway.numbering.lease import Lease
from services.gateway.numbering.numbers import (
    LeaseLost,
    NumberStore,
    NumbersUnavailable,
    NumberTransaction,
    SettledRanges,
)
from services.gateway.numbering.receipts import JudgedGroup, ReceiptScope, judge_group, scopes_of
from services.gateway.numbering.under_way import UnderWay
from services.gateway.numbering.unsettled import OpenRange, Unsettled

_appended = GATEWAY_RECORDS_APPENDED.labels(INTERACTIONS.name)
Touched = Callable[[str], None]
"""Told of each tenant that was given numbers."""


class Committer(Protocol):
    """Gives a group's pending records their numbers and outcomes."""

    async def commit(self, group: Sequence[PendingRecord]) -> Awaitable[None] | None:
        """Number the group; the rest, if any, is returned to be awaited beside the next group.

        Raises NumbersUnavailable, LeaseLost or LogUnavailable when no pending record of the group was accepted.
        """
        ...

    def abandon(self) -> None:
        """Leave whatever may have been reserved to others, after an error nobody foresaw."""
        ...


class InsideCommitter:
    """Numbers and appends in one transaction; a receipt is acknowledged from the moment it exists."""

    def __init__(self, store: NumberStore, touched: Touched) -> None:
        self._store = store
        self._touched = touched

    async def commit(self, group: Sequence[PendingRecord]) -> None:
        """Commit in one transaction; nothing is left to await."""
        scopes = scopes_of(group)
        records: list[Record] = []
        appended: Sequence[Appended] = ()
        async with self._store.transaction(_tenants_of(group)) as tx:
            judged = await _judged(tx, group, scopes, None)
            if judged.new:
                give_numbers(judged.new, await tx.allocate(wanted(judged.new)))
                records = [to_record(pending) for pending in judged.new]
                appended = await tx.append(records)
                if scopes:
                    await tx.write_receipts(_receipts(judged.new, appended), None)
        settle_known(judged)
        for pending, record, at in zip(judged.new, records, appended, strict=True):
            pending.resolve(_accepted(pending, record, at))
        for tenant_id in _tenants_of(judged.new):
            self._touched(tenant_id)
        _appended.inc(len(records))

    def abandon(self) -> None:
        """Do nothing: a transaction that failed left nothing."""


class ReservingCommitter:
    """Reserves numbers, then appends; settles earlier groups on the way."""

    def __init__(
        self,
        store: NumberStore,
        log: EventLog,
        lease: Lease,
        unsettled: Unsettled,
        gate: Gate,
        touched: Touched,
        *,
        under_way: UnderWay | None = None,
    ) -> None:
        self._store = store
        self._log = log
        self._lease = lease
        self._unsettled = unsettled
        self._gate = gate
        self._touched = touched
        self._under_way = under_way or UnderWay()

    async def commit(self, group: Sequence[PendingRecord]) -> Awaitable[None] | None:
        """Reserve and hand over; the appends are left to await."""
        self._under_way.begin()
        rest: Awaitable[None] | None = None
        try:
            rest = await self._commit(group)
        finally:
            if rest is None:
                self._under_way.end()
        return rest

    async def _commit(self, group: Sequence[PendingRecord]) -> Awaitable[None] | None:
        settled_ranges, written = self._unsettled.take(), False
        try:
            judged, grants = await self._reserve(group, settled_ranges)
            written = True
        except NumbersUnavailable as error:
            if error.outcome_unknown:
                # The numbers may be reserved, and only an adopter would find that out.
                self._lease.abandon("the number store did not confirm a reservation")
            raise
        except LeaseLost:
            self._lease.refused()
            raise
        finally:
            if not written:
                self._unsettled.give_back(settled_ranges)
        settle_known(judged)
        ranges = {tenant_id: OpenRange(tenant_id, grant) for tenant_id, grant in grants.items()}
        for pending, receipt in judged.again:
            pending.take_over(receipt)
        going = [*judged.new, *(pending for pending, _ in judged.again)]
        return self._append_and_end(going, len(judged.new), ranges) if going else None

    def abandon(self) -> None:
        self._lease.abandon("this gateway lost track of a reservation")

    async def settle(self) -> None:
        """Write the settled ranges down. Raises NumbersUnavailable, and keeps them for the next time then."""
        settled_ranges = self._unsettled.take()
        if not settled_ranges:
            return
        try:
            async with self._store.transaction(settled_ranges.tenants) as tx:
                await tx.settle(settled_ranges)
        except NumbersUnavailable:
            self._unsettled.give_back(settled_ranges)
            raise

    async def _reserve(
        self, group: Sequence[PendingRecord], settled_ranges: SettledRanges
    ) -> tuple[JudgedGroup, Mapping[str, Grant]]:
        gateway_id, floor = self._lease.current(), self._lease.log_floor
        grants: Mapping[str, Grant]
        scopes, done = scopes_of(group), settled_ranges.done
        tenants = _tenants_of(group) | settled_ranges.tenants
        if not (scopes or settled_ranges.marked or settled_ranges.freed):
            async with self._store.statement(tenants) as tx:
                grants = await tx.allocate_and_reserve(wanted(group), gateway_id, floor, done)
            give_numbers(group, grants)
            return JudgedGroup.all_new(group), grants
        grants = {}
        async with self._store.transaction(tenants) as tx:
            judged = await _judged(tx, group, scopes, gateway_id)
            await tx.settle(settled_ranges)
            if judged.new:
                grants = await tx.allocate_and_reserve(wanted(judged.new), gateway_id, floor, ())
                give_numbers(judged.new, grants)
                if scopes:
                    await tx.write_receipts(_receipts(judged.new, None), gateway_id)
        return judged, grants

    async def _append_and_end(self, group: Sequence[PendingRecord], new: int, ranges: Mapping[str, OpenRange]) -> None:
        try:
            await self._append(group, new, ranges)
        finally:
            self._under_way.end()

    async def _append(self, group: Sequence[PendingRecord], new: int, ranges: Mapping[str, OpenRange]) -> None:
        """Append; the first `new` records hold numbers of `ranges`, the others' numbers were reserved before."""
        records = [to_record(pending) for pending in group]
        started_s = time.perf_counter()
        outcomes = await self._log.append(records)
        GATEWAY_APPEND_DURATION_SECONDS.observe(time.perf_counter() - started_s)
        failed = 0
        furthest: dict[int, Appended] = {}
        for index, (pending, record, outcome) in enumerate(zip(group, records, outcomes, strict=True)):
            if isinstance(outcome, Appended):
                furthest[outcome.partition] = outcome  # a partition's offsets rise within one append
                if pending.receipts:
                    self._unsettled.mark(pending, outcome)
                pending.resolve(_accepted(pending, record, outcome, repeated=index >= new))
            else:
                failed += 1
                self._not_landed(pending, outcome, ranges[pending.tenant_id] if index < new else None)
        for at in furthest.values():
            self._lease.saw(at)
        pairs = zip(group[:new], outcomes[:new], strict=True)
        landed = Counter([pending.tenant_id for pending, outcome in pairs if isinstance(outcome, Appended)])
        for tenant_id, count in landed.items():
            self._unsettled.settled(ranges[tenant_id], count)
        for tenant_id in _tenants_of(group):
            self._touched(tenant_id)
        _appended.inc(len(records) - failed)

    def _not_landed(self, pending: PendingRecord, error: LogUnavailable, open_range: OpenRange | None) -> None:
        self._gate.close(LOG, f"the log does not take records: {error}")
        self._unsettled.free(pending)
        if open_range is not None:
            self._unsettled.unlanded(open_range, pending.number)
        self._unsettled.has_work.set()
        pending.resolve(unavailable("the log did not acknowledge the record; try again", RETRY_AFTER_S))


async def _judged(
    tx: NumberTransaction,
    group: Sequence[PendingRecord],
    scopes: Collection[ReceiptScope],
    gateway_id: uuid.UUID | None,
) -> JudgedGroup:
    """Judge a group by the receipts that are in the store under `scopes`."""
    if not scopes:
        return JudgedGroup.all_new(group)
    return judge_group(group, await tx.find_receipts(scopes, _tenants_of(group), gateway_id))


def _tenants_of(group: Sequence[PendingRecord]) -> set[str]:
    return {pending.tenant_id for pending in group}


def wanted(group: Sequence[PendingRecord]) -> dict[str, int]:
    """Return how many numbers each tenant needs."""
    return dict(Counter([pending.tenant_id for pending in group]))


def give_numbers(group: Sequence[PendingRecord], grants: Mapping[str, Grant]) -> None:
    """Number the pending records of each tenant in order."""
    following = {tenant_id: grant.first for tenant_id, grant in grants.items()}
    for pending in group:
        number = following[pending.tenant_id]
        following[pending.tenant_id] = number + 1
        pending.take(number, grants[pending.tenant_id].created_ms)


def settle_known(judged: JudgedGroup) -> None:
    """Resolve the refused with their error, and repeats with the number they were given the first time."""
    for pending, error in judged.refused:
        pending.resolve(error)
    for pending, receipt in judged.repeats:
        pending.take_over(receipt)
        assert receipt.partition is not None
        assert receipt.next_offset is not None
        at = Appended(INTERACTIONS.name, receipt.partition, receipt.next_offset - 1)
        pending.resolve(_accepted(pending, to_record(pending), at, repeated=True))


def _accepted(pending: PendingRecord, record: Record, at: Appended, *, repeated: bool = False) -> AcceptedInteraction:
    assert record.value is not None
    return AcceptedInteraction(pending.draft.interaction.interaction_id, pending.number, record.value, at, repeated)


def _receipts(group: Sequence[PendingRecord], appended: Sequence[Appended] | None) -> list[NumberReceipt]:
    return [
        NumberReceipt(
            key=key,
            body_hash=pending.body_hash,
            interaction_id=pending.draft.interaction.interaction_id,
            number=pending.number,
            uow_id=pending.draft.interaction.uow_id,
            created_ms=pending.created_ms,
            partition=None if appended is None else appended[index].partition,
            next_offset=None if appended is None else appended[index].offset + 1,
        )
        for index, pending in enumerate(group)
        for key in pending.receipts
    ]
