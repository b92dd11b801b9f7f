"""This gateway's lease on the right to reserve numbers, and the bound below which its reservations never lie.

A lease is believed for less time than the store grants it. One that is over is never revived: the gateway goes on
under a new identity, and the old one's reservations are adopted like a dead gateway's.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

from libs.background.waiting import wait_unless
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.eventlog.port import Appended, EventLog, Positions
from services.gateway.numbering.gate import LEASE, Gate
from services.gateway.numbering.numbers import HeldLease, LeaseLost, NumberStore, NumbersUnavailable

TTL_S = 10.0
_MARGIN_S = 1.0
_RETRY_S = 0.5


async def _nothing(_: Sequence[HeldLease]) -> None:
    """Do nothing before a lease is believed."""


def _unheard() -> None:
    """Tell nobody."""


class Lease:
    """Taken and renewed by `run`; the gate is closed while none holds.

    A lease is believed once `compare`, called under it, has returned: the store then knows every number in the log. It
    is told of the leases that this gateway took since it believed one, and of that one.
    `tried` is called after each attempt to take or renew one.
    """

    def __init__(
        self,
        store: NumberStore,
        log: EventLog,
        gate: Gate,
        *,
        compare: Callable[[Sequence[HeldLease]], Awaitable[None]] = _nothing,
        tried: Callable[[], None] = _unheard,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = time.monotonic,
        new_id: Callable[[], uuid.UUID] = uuid.uuid4,
    ) -> None:
        self._store = store
        self._log = log
        self._gate = gate
        self._compare = compare
        self._ttl_s = ttl_s
        self._clock = clock
        self._new_id = new_id
        self._gateway_id: uuid.UUID | None = None
        self._held: dict[uuid.UUID, HeldLease] = {}
        self._believed_until = 0.0
        self._floor: list[int] = []
        self._changed = asyncio.Event()
        self._tried = tried
        gate.close(LEASE, "this gateway has no lease on numbers yet")

    def current(self) -> uuid.UUID:
        """Return the identity to reserve under; raises LeaseLost when none holds."""
        if self._gateway_id is None or self._clock() >= self._believed_until:
            raise LeaseLost("no lease holds")
        return self._gateway_id

    @property
    def log_floor(self) -> tuple[int, ...]:
        """The next offset of each partition, as far as known: records numbered from now on land behind them."""
        return tuple(self._floor)

    def saw(self, appended: Appended) -> None:
        """Learn from an acknowledgement how far the log is."""
        if appended.offset >= self._floor[appended.partition]:
            self._floor[appended.partition] = appended.offset + 1

    def abandon(self, why: str) -> None:
        """Give the identity up without telling the store, where it expires by itself."""
        self._gateway_id = None
        self._gate.close(LEASE, why)
        self._changed.set()

    def refused(self) -> None:
        """Take another lease at once, after the store did not know this one."""
        if self._gateway_id is not None:
            self.abandon("this gateway lost its lease on numbers")

    async def run(self, stopping: asyncio.Event) -> None:
        """Take and renew leases until `stopping`, then give the last one up."""
        while not stopping.is_set():
            pause_s = await self.keep()
            self._changed.clear()
            if not stopping.is_set():
                await wait_unless(self._changed, pause_s)
        await self._end()

    def wake(self) -> None:
        """Let `run` look at once whether it is to stop."""
        self._changed.set()

    async def keep(self) -> float:
        """Take or renew; how long to wait before doing so again, in seconds."""
        try:
            await (self._take() if self._gateway_id is None else self._renew(self._gateway_id))
        except LeaseLost:
            self.abandon("this gateway lost its lease on numbers")
            return 0.0
        except LogMismatch as error:
            self.abandon(str(error))
            return _RETRY_S
        except (NumbersUnavailable, LogUnavailable) as error:
            if self._clock() >= self._believed_until:
                self.abandon(f"this gateway has no lease on numbers: {error}")
            return _RETRY_S
        finally:
            self._tried()
        return self._ttl_s / 4

    async def _take(self) -> None:
        gateway_id = self._new_id()
        held = self._held[gateway_id] = await self._store.take_lease(gateway_id, self._ttl_s)
        try:
            await self._compare(tuple(self._held.values()))
            self._floor = _by_partition(await self._log.end_offsets([INTERACTIONS]))
            requested_s = self._clock()
            expires_s = await self._store.renew_lease(gateway_id, self._ttl_s)
        except (NumbersUnavailable, LogUnavailable, LogMismatch):
            await self._give_up(gateway_id)
            raise
        self._held = {gateway_id: held._replace(expires_s=expires_s)}
        self._gateway_id = gateway_id
        self._believe(requested_s)

    async def _renew(self, gateway_id: uuid.UUID) -> None:
        requested_s = self._clock()
        expires_s = await self._store.renew_lease(gateway_id, self._ttl_s)
        self._held[gateway_id] = self._held[gateway_id]._replace(expires_s=expires_s)
        if self._gateway_id == gateway_id:
            self._believe(requested_s)

    def _believe(self, requested_s: float) -> None:
        self._believed_until = requested_s + self._ttl_s - _MARGIN_S
        self._gate.open(LEASE)

    async def _end(self) -> None:
        if self._gateway_id is not None:
            await self._give_up(self._gateway_id)
        self.abandon("this gateway is stopping")

    async def _give_up(self, gateway_id: uuid.UUID) -> None:
        with contextlib.suppress(NumbersUnavailable):
            await self._store.end_lease(gateway_id)
            del self._held[gateway_id]


def _by_partition(positions: Positions) -> list[int]:
    return [offset for _, offset in sorted((tp.partition, offset) for tp, offset in positions.items())]
