"""The number store as a protocol. The store's transactions are the only place where
numbers come from; a transaction that ends in an exception gave none.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from libs.eventlog.port import Appended, Record
from services.gateway.model import Grant, NumberReceipt, ReceiptKey
from services.gateway.numbering.logged_numbers import LoggedNumbers
from services.gateway.numbering.receipts import ReceiptScope

RECEIPTS_KEPT_MS = 24 * 60 * 60 * 1000
NOBODY = uuid.UUID(int=0)
"""Stands as the gateway of reservations that no gateway made."""


class NumbersUnavailable(Exception):
    """The store does not answer. `outcome_unknown`: the transaction may have committed all the same."""

    def __init__(self, reason: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(reason)
        self.outcome_unknown = outcome_unknown


class LeaseLost(Exception):
    """The gateway's lease is over: its reservations are another one's to void, and it may make no more."""


class Reservation(NamedTuple):
    """A range whose records may or may not be in the log, at or after `log_floor` (next offset per partition)."""

    tenant_id: str
    first: int
    last: int
    created_ms: int
    log_floor: tuple[int, ...]


class HeldLease(NamedTuple):
    """A lease as its gateway saw it last: when it ends by the store's clock, in seconds since 1970.

    `timeline` names the history of the store in which it was taken, None where the store does not say: a standby that
    took over, or a backup that was recovered, has another one.
    """

    gateway_id: uuid.UUID
    expires_s: float
    timeline: str | None


class LogEnds(NamedTuple):
    """The position up to which a log's interactions were read for their numbers; empty before the first reading."""

    log_id: str
    offsets: Mapping[int, int]


class NumberFrontier(NamedTuple):
    """Every number under `below` is settled; `next_number` is the next to be given."""

    tenant_id: str
    below: int
    next_number: int


class SettledRange(NamedTuple):
    """A reservation whose every number is acknowledged or voided."""

    tenant_id: str
    first: int
    created_ms: int


class Landed(NamedTuple):
    """Where the record of a number lies that was given under a receipt's key."""

    key: ReceiptKey
    number: int
    partition: int
    next_offset: int


@dataclass(slots=True)
class SettledRanges:
    """Changes to write down with the next group: reservations done, receipts marked or freed."""

    done: list[SettledRange] = field(default_factory=list)
    marked: list[Landed] = field(default_factory=list)
    freed: list[ReceiptKey] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.done or self.marked or self.freed)

    @property
    def tenants(self) -> set[str]:
        """The tenants that the changes concern."""
        keys = (*(landed.key for landed in self.marked), *self.freed)
        return {done.tenant_id for done in self.done} | {key.tenant_id for key in keys}


class NumberTransaction(Protocol):
    """One group's transaction."""

    async def find_receipts(
        self, scopes: Collection[ReceiptScope], tenants: Collection[str], gateway_id: uuid.UUID | None
    ) -> Sequence[NumberReceipt]:
        """Return the receipts of these keys and ids.

        From here to its end no other transaction writes one for `tenants`.

        `tenants` are all the transaction will take numbers for, so that counters are locked in one order.
        """
        ...

    async def allocate(self, counts: Mapping[str, int]) -> Mapping[str, Grant]:
        """Allocate numbers per tenant."""
        ...

    async def allocate_and_reserve(
        self,
        counts: Mapping[str, int],
        gateway_id: uuid.UUID,
        log_floor: Sequence[int],
        done: Sequence[SettledRange],
    ) -> Mapping[str, Grant]:
        """Allocate and reserve numbers per tenant and forget the ranges `done`, in one statement; raises LeaseLost."""
        ...

    async def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        """Append within this transaction, where the log can."""
        ...

    async def write_receipts(self, receipts: Sequence[NumberReceipt], gateway_id: uuid.UUID | None) -> None:
        """Keep receipts with the allocation; `gateway_id` says who works on the unacknowledged ones."""
        ...

    async def settle(self, settled_ranges: SettledRanges) -> None:
        """Write settled ranges down."""
        ...


class NumberStore(Protocol):
    """Raises NumbersUnavailable from every method when it cannot be reached within a few seconds."""

    def transaction(self, tenants: Collection[str]) -> AbstractAsyncContextManager[NumberTransaction]:
        """Return a transaction that commits at the end of the block; durable when the block is left.

        It sees and changes what belongs to `tenants`, and nothing else.
        """
        ...

    def statement(self, tenants: Collection[str]) -> AbstractAsyncContextManager[NumberTransaction]:
        """Yield a connection for exactly one call of one statement, which commits by itself; `tenants` as above."""
        ...

    async def ping(self) -> None:
        """Return if it takes writes."""
        ...

    async def take_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> HeldLease:
        """Begin a lease."""
        ...

    async def renew_lease(self, gateway_id: uuid.UUID, ttl_s: float) -> float:
        """Prolong a lease, and return its `expires_s`; raises LeaseLost."""
        ...

    async def end_lease(self, gateway_id: uuid.UUID) -> None:
        """Give a lease up; its reservations are then free to be adopted."""
        ...

    async def adopt(self, gateway_id: uuid.UUID) -> Sequence[Reservation]:
        """End leases that are over and take over all reservations nobody living stands for."""
        ...

    async def frontiers(self, tenants: Collection[str] | None) -> Sequence[NumberFrontier]:
        """Return the frontier of each of these tenants (None: of all)."""
        ...

    async def log_ends(self, log_id: str) -> LogEnds:
        """Return how far the log of that id was read."""
        ...

    async def note_log_ends(self, ends: LogEnds, gateway_id: uuid.UUID) -> None:
        """Note that every number before `ends` was given by this store, as the gateway saw while its lease holds."""
        ...

    async def go_on_above(self, logged: Sequence[LoggedNumbers], read: LogEnds, ends: LogEnds) -> Sequence[str]:
        """Give no number again that the log holds, read from `read` up to `ends`; return the tenants it concerned.

        Of the numbers between a tenant's counter and the highest in the log, those without a record are reserved for
        nobody. Raises NumbersUnavailable when the store stands before `read`: it is an older one by now.
        """
        ...

    async def settling_s(self, log_id: str, settle_s: float, own: Sequence[HeldLease] = ()) -> float:
        """Return for how many seconds yet records may come whose numbers an older store gave; 0 or less for none.

        They may for `settle_s` after the counters were raised, whoever raised them, and after the server started again
        while gateways held leases. Leases of the caller's `own` do not count, where the store is surely no older than
        they are: the caller knows of its appends itself.
        """
        ...

    async def forget_log_ends(self) -> None:
        """Let whichever log there is be read from its beginning."""
        ...

    async def purge_receipts(self, limit: int) -> int:
        """Remove up to `limit` receipts that are past their 24 hours; how many it were."""
        ...
