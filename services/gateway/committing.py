"""One group of postings into the log, in the two ways there are.

Where the log can append inside the number store's transaction, numbers and records are there together or not at all.
Elsewhere numbers are reserved first, durably, then appended; whatever does not land is voided, so that every number
given is recorded or voided in the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Appended, EventLog, Record
from libs.httpkit.errors import unavailable
from libs.telemetry.metrics import GATEWAY_APPEND_DURATION_SECONDS, GATEWAY_RECORDS_APPENDED
from services.gateway.gate import LOG, RETRY_AFTER_S, Gate
from services.gateway.lease import Lease
from services.gateway.ledger import Ledger, OpenRange
from services.gateway.model import Accepted, Grant, Posting, Receipt, to_record
from services.gateway.numbers import NumberStore, NumbersUnavailable, Settlement
from services.gateway.receipts import Judged, judge_group, scopes_of

_appended = GATEWAY_RECORDS_APPENDED.labels(INTERACTIONS.name)
Touched = Callable[[str], None]
"""Told of each tenant that was given numbers."""


class Committer(Protocol):
    """Gives a group's postings their numbers and outcomes."""

    async def commit(self, postings: Sequence[Posting]) -> Awaitable[None] | None:
        """Number the group; the rest, if any, is returned to be awaited beside the next group.

        Raises NumbersUnavailable, LeaseLost or LogUnavailable when no posting of the group was accepted.
        """
        ...

    def forsake(self) -> None:
        """Leave whatever may have been reserved to others, after an error nobody foresaw."""
        ...


class InsideCommitter:
    """Numbers and appends in one transaction; a receipt is acknowledged from the moment it exists."""

    def __init__(self, store: NumberStore, touched: Touched) -> None:
        self._store = store
        self._touched = touched

    async def commit(self, postings: Sequence[Posting]) -> None:
        """As the protocol says; nothing is left to await."""
        scopes = scopes_of(postings)
        records: list[Record] = []
        appended: Sequence[Appended] = ()
        async with self._store.transaction() as tx:
            tenants = {posting.tenant_id for posting in postings}
            judged = judge_group(postings, await tx.find_receipts(scopes, tenants, None) if scopes else ())
            if judged.new:
                give_numbers(judged.new, await tx.allocate(wanted(judged.new)))
                records = [to_record(posting) for posting in judged.new]
                appended = await tx.append(records)
                if scopes:
                    await tx.write_receipts(_receipts(judged.new, appended), None)
        settle_known(judged)
        for posting, record, at in zip(judged.new, records, appended, strict=True):
            posting.resolve(_accepted(posting, record, at))
        for tenant_id in {posting.tenant_id for posting in judged.new}:
            self._touched(tenant_id)
        _appended.inc(len(records))

    def forsake(self) -> None:
        """As the protocol says: a transaction that failed left nothing."""


class ReservingCommitter:
    """Reserves numbers, then appends; settles earlier groups on the way."""

    def __init__(
        self, store: NumberStore, log: EventLog, lease: Lease, ledger: Ledger, gate: Gate, touched: Touched
    ) -> None:
        self._store = store
        self._log = log
        self._lease = lease
        self._ledger = ledger
        self._gate = gate
        self._touched = touched

    async def commit(self, postings: Sequence[Posting]) -> Awaitable[None] | None:
        """As the protocol says; the appends are left to await."""
        settlement, written = self._ledger.take(), False
        try:
            judged, grants = await self._reserve(postings, settlement)
            written = True
        except NumbersUnavailable as error:
            if error.outcome_unknown:
                # The numbers may be reserved, and only an adopter would find that out.
                self._lease.abandon("the number store did not confirm a reservation")
            raise
        finally:
            if not written:
                self._ledger.give_back(settlement)
        settle_known(judged)
        ranges = {tenant_id: OpenRange(tenant_id, grant) for tenant_id, grant in grants.items()}
        for posting, receipt in judged.again:
            posting.take_over(receipt)
        going = [*judged.new, *(posting for posting, _ in judged.again)]
        return self._append(going, len(judged.new), ranges) if going else None

    def forsake(self) -> None:
        """As the protocol says."""
        self._lease.abandon("this gateway lost track of a reservation")

    async def settle(self) -> None:
        """Write down what became known. Raises NumbersUnavailable, and then still knows it."""
        settlement = self._ledger.take()
        if not settlement:
            return
        try:
            async with self._store.transaction() as tx:
                await tx.settle(settlement)
        except NumbersUnavailable:
            self._ledger.give_back(settlement)
            raise

    async def _reserve(self, postings: Sequence[Posting], settlement: Settlement) -> tuple[Judged, Mapping[str, Grant]]:
        gateway_id, floor = self._lease.current(), self._lease.log_floor
        grants: Mapping[str, Grant]
        scopes, done = scopes_of(postings), settlement.done
        if not (scopes or settlement.marked or settlement.freed):
            async with self._store.statement() as tx:
                grants = await tx.allocate_and_reserve(wanted(postings), gateway_id, floor, done)
            give_numbers(postings, grants)
            return Judged(list(postings), [], [], []), grants
        grants = {}
        async with self._store.transaction() as tx:
            tenants = {posting.tenant_id for posting in postings}
            judged = judge_group(postings, await tx.find_receipts(scopes, tenants, gateway_id) if scopes else ())
            await tx.settle(settlement)
            if judged.new:
                grants = await tx.allocate_and_reserve(wanted(judged.new), gateway_id, floor, ())
                give_numbers(judged.new, grants)
                if scopes:
                    await tx.write_receipts(_receipts(judged.new, None), gateway_id)
        return judged, grants

    async def _append(self, postings: Sequence[Posting], new: int, ranges: Mapping[str, OpenRange]) -> None:
        """Append; the first `new` postings hold numbers of `ranges`, the others' numbers were reserved before."""
        records = [to_record(posting) for posting in postings]
        started_s = time.perf_counter()
        outcomes = await self._log.append(records)
        GATEWAY_APPEND_DURATION_SECONDS.observe(time.perf_counter() - started_s)
        failed = 0
        furthest: dict[int, Appended] = {}
        for index, (posting, record, outcome) in enumerate(zip(postings, records, outcomes, strict=True)):
            if isinstance(outcome, Appended):
                furthest[outcome.partition] = outcome  # a partition's offsets rise within one append
                if posting.receipts:
                    self._ledger.mark(posting, outcome)
                posting.resolve(_accepted(posting, record, outcome, repeated=index >= new))
            else:
                failed += 1
                self._not_landed(posting, outcome, ranges[posting.tenant_id] if index < new else None)
        for at in furthest.values():
            self._lease.saw(at)
        pairs = zip(postings[:new], outcomes[:new], strict=True)
        landed = Counter([posting.tenant_id for posting, outcome in pairs if isinstance(outcome, Appended)])
        for tenant_id, count in landed.items():
            self._ledger.settled(ranges[tenant_id], count)
        for tenant_id in {posting.tenant_id for posting in postings}:
            self._touched(tenant_id)
        _appended.inc(len(records) - failed)

    def _not_landed(self, posting: Posting, error: LogUnavailable, open_range: OpenRange | None) -> None:
        self._gate.close(LOG, f"the log does not take records: {error}")
        self._ledger.free(posting)
        if open_range is not None:
            self._ledger.unlanded(open_range, posting.number)
        self._ledger.has_work.set()
        posting.resolve(unavailable("the log did not acknowledge the record; try again", RETRY_AFTER_S))


def wanted(postings: Sequence[Posting]) -> dict[str, int]:
    """How many numbers each tenant needs."""
    return dict(Counter([posting.tenant_id for posting in postings]))


def give_numbers(postings: Sequence[Posting], grants: Mapping[str, Grant]) -> None:
    """Number the postings of each tenant in order."""
    following = {tenant_id: grant.first for tenant_id, grant in grants.items()}
    for posting in postings:
        number = following[posting.tenant_id]
        following[posting.tenant_id] = number + 1
        posting.take(number, grants[posting.tenant_id].created_ms)


def settle_known(judged: Judged) -> None:
    """Tell the refused why, and answer repeats with what they were given the first time."""
    for posting, error in judged.refused:
        posting.resolve(error)
    for posting, receipt in judged.repeats:
        posting.take_over(receipt)
        assert receipt.partition is not None
        assert receipt.next_offset is not None
        at = Appended(INTERACTIONS.name, receipt.partition, receipt.next_offset - 1)
        posting.resolve(_accepted(posting, to_record(posting), at, repeated=True))


def _accepted(posting: Posting, record: Record, at: Appended, *, repeated: bool = False) -> Accepted:
    assert record.value is not None
    return Accepted(posting.draft.interaction.interaction_id, posting.number, record.value, at, repeated)


def _receipts(postings: Sequence[Posting], appended: Sequence[Appended] | None) -> list[Receipt]:
    return [
        Receipt(
            key=key,
            body_hash=posting.body_hash,
            interaction_id=posting.draft.interaction.interaction_id,
            number=posting.number,
            uow_id=posting.draft.interaction.uow_id,
            created_ms=posting.created_ms,
            partition=None if appended is None else appended[index].partition,
            next_offset=None if appended is None else appended[index].offset + 1,
        )
        for index, posting in enumerate(postings)
        for key in posting.receipts
    ]
