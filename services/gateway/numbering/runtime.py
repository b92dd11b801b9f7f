"""Everything behind the door as one thing to start and stop: committer, queue, and the loops beside them.

Which way records are committed is decided here alone, by the log's abilities. Stopping answers the requests that wait,
then settles ranges, then gives the lease up. A loop that ends closes the gate: without it promises
would not be kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from libs.background.loops import Loop, Periodic, check_all, joined
from libs.background.waiting import wait_unless
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import EventLog, Positions
from services.gateway.numbering.committing import Committer, InsideCommitter, ReservingCommitter
from services.gateway.numbering.frontier import INTERVAL_S, FrontierPublisher
from services.gateway.numbering.gate import Gate
from services.gateway.numbering.group_commit import GroupCommit, Limits
from services.gateway.numbering.lease import TTL_S, Lease
from services.gateway.numbering.log_comparison import SETTLE_S, LogComparison, log_ends
from services.gateway.numbering.numbers import LeaseLost, NumberStore, NumbersUnavailable
from services.gateway.numbering.purging import Purge
from services.gateway.numbering.under_way import UnderWay
from services.gateway.numbering.unsettled import Unsettled
from services.gateway.numbering.voids import Adopter, Voider
from services.gateway.replicas.frontiers import Frontiers

SETTLE_INTERVAL_S = 0.1
ADOPT_INTERVAL_S = 2.0
_DRAIN_TIMEOUT_S = 15.0
_FIRST_LEASE_S = 3.0
_LONGEST_ADOPTION_S = 600.0
_AWAY = (NumbersUnavailable, LogUnavailable)


async def _level() -> None:
    """Frontiers are as the log has them."""


@dataclass(frozen=True, slots=True)
class LogKnowledge:
    """The log's frontiers as far as known; `catch_up` brings them up to date. Raises LogUnavailable.

    `settle_s` is how long to wait, where the store was behind the log, for records that may still come.
    """

    frontiers: Frontiers = field(default_factory=Frontiers)
    catch_up: Callable[[], Awaitable[None]] = _level
    settle_s: float = SETTLE_S


class Runtime:
    """`appends_inside`: whether the log appends inside the store's transactions, so that nothing is ever reserved."""

    def __init__(
        self,
        store: NumberStore,
        log: EventLog,
        *,
        appends_inside: bool,
        limits: Limits | None = None,
        lease_ttl_s: float = TTL_S,
        known: LogKnowledge | None = None,
    ) -> None:
        self.gate = Gate()
        self._store = store
        self._log = log
        self._known = known or LogKnowledge()
        self._frontier = FrontierPublisher(store, log, on_log=self._known.frontiers.below, note_end=self._note_end)
        self._lease: Lease | None = None
        self._comparison: LogComparison | None = None
        self._begun = asyncio.Event()
        self._leases: list[Loop] = []
        self._draining: list[Loop] = []
        self._beside: list[Loop] = [
            Periodic(
                "frontier",
                INTERVAL_S,
                self._frontier.publish,
                survives=_AWAY,
                once_more=True,
                on_failure=self._close_gate,
            ),
            Purge("purge of receipts", store.purge_receipts, on_failure=self._close_gate),
        ]
        committer: Committer = (
            InsideCommitter(store, self._frontier.touch) if appends_inside else self._reserve(lease_ttl_s)
        )
        self.group_commit = GroupCommit(committer, store, self.gate, limits)
        committing = Loop(
            "group commit",
            self.group_commit.run,
            wake=self.group_commit.wake,
            grace_s=_DRAIN_TIMEOUT_S,
            on_failure=self._close_gate,
        )
        self._draining.insert(0, committing)

    async def start(self) -> None:
        """Begin to take records, with a lease where one is needed (or as soon as one can be had)."""
        for loop in self._leases:
            await loop.start()
            await wait_unless(self._begun, _FIRST_LEASE_S)
        for loop in (*self._draining, *self._beside):
            await loop.start()

    async def stop(self) -> None:
        """Answer the requests that wait, settle ranges as far as store and log allow, and end the lease."""
        self.gate.close("stopping", "this gateway is stopping")
        for loop in self._draining:
            await loop.stop()
        await asyncio.gather(*(loop.stop() for loop in self._beside))
        # The last: what the frontier notes of the log's end holds under the lease alone.
        for loop in self._leases:
            await loop.stop()

    async def check(self) -> str | None:
        """Return None while records are taken and everything beside that works, else the reason."""
        return joined(self.gate.words, await check_all(*self._leases, *self._draining, *self._beside))

    def _reserve(self, lease_ttl_s: float) -> ReservingCommitter:
        """Return the committer that reserves numbers, with the loops this takes."""
        store, log, gate, unsettled = self._store, self._log, self.gate, Unsettled()
        under_way = UnderWay()
        comparison = self._comparison = LogComparison(
            store,
            log,
            self._known.frontiers,
            gate,
            catch_up=self._known.catch_up,
            quiet=under_way.none,
            settle_s=self._known.settle_s,
        )
        lease = self._lease = Lease(
            store, log, gate, compare=comparison.compare, tried=self._begun.set, ttl_s=lease_ttl_s
        )
        adopter = Adopter(store, log, lease, unsettled, self._frontier.touch)
        voider = Voider(log, unsettled, gate)
        committer = ReservingCommitter(store, log, lease, unsettled, gate, self._frontier.touch, under_way=under_way)
        # Settles when no group does it on its way.
        self._draining.append(
            Periodic(
                "settling",
                SETTLE_INTERVAL_S,
                committer.settle,
                survives=NumbersUnavailable,
                once_more=True,
                on_failure=self._close_gate,
            )
        )
        self._leases.append(Loop("lease", lease.run, wake=lease.wake, on_failure=self._close_gate))
        self._beside += [
            Periodic(
                "adopter",
                ADOPT_INTERVAL_S,
                adopter.adopt,
                survives=(*_AWAY, LeaseLost),
                at_once=True,
                longest_round_s=_LONGEST_ADOPTION_S,
                on_failure=self._close_gate,
            ),
            Loop("voider", voider.run, on_failure=self._close_gate),
        ]
        return committer

    async def _note_end(self, positions: Positions) -> None:
        """Note an end of the log that was read under this gateway's lease, before which the store knows all numbers."""
        if self._lease is not None and self._comparison is not None:
            with suppress(LeaseLost):
                # A lease is current once the log was compared, so that the id is known.
                gateway_id = self._lease.current()
                await self._store.note_log_ends(log_ends(self._comparison.log_id, positions), gateway_id)

    def _close_gate(self, loop: Loop) -> None:
        self._begun.set()
        self.gate.close(loop.name, f"the {loop.name} ended; the process must be restarted")
