"""A gateway's moving parts without its loops: the test moves them."""

from __future__ import annotations

from collections.abc import Callable

from libs.contracts.topics import REFERENCE
from libs.eventlog.port import EventLog
from libs.eventlog.reading import read_between
from services.gateway.model import PendingRecord
from services.gateway.numbering.committing import ReservingCommitter
from services.gateway.numbering.frontier import FrontierPublisher
from services.gateway.numbering.gate import Gate
from services.gateway.numbering.lease import Lease
from services.gateway.numbering.log_comparison import LogComparison
from services.gateway.numbering.numbers import LeaseLost, NumberStore, NumbersUnavailable
from services.gateway.numbering.under_way import UnderWay
from services.gateway.numbering.unsettled import Unsettled
from services.gateway.numbering.voids import Adopter, Voider
from services.gateway.replicas.frontiers import Frontiers

TTL_S = 10.0


class MovedGateway:
    """A gateway that reserves; `clock` is what its lease goes by."""

    def __init__(self, store: NumberStore, log: EventLog, clock: Callable[[], float]) -> None:
        self._log = log
        self.gate = Gate()
        self.unsettled = Unsettled()
        self.frontiers = Frontiers()
        under_way = UnderWay()
        comparison = LogComparison(
            store, log, self.frontiers, self.gate, catch_up=self._read_frontiers, quiet=under_way.none, settle_s=0.0
        )
        self.lease = Lease(store, log, self.gate, compare=comparison.compare, ttl_s=TTL_S, clock=clock)
        self.frontier = FrontierPublisher(store, log, on_log=self.frontiers.below)
        touch = self.frontier.touch
        self.committer = ReservingCommitter(
            store, log, self.lease, self.unsettled, self.gate, touch, under_way=under_way
        )
        self.voider = Voider(log, self.unsettled, self.gate)
        self.adopter = Adopter(store, log, self.lease, self.unsettled, touch)

    async def post(self, group: list[PendingRecord], *, dies: bool = False) -> None:
        """Commit a group; a gateway that dies does so between reserving and appending."""
        try:
            rest = await self.committer.commit(group)
            if rest is not None and not dies:
                await rest
            elif rest is not None:
                rest.close()  # type: ignore[attr-defined]
        except (NumbersUnavailable, LeaseLost):
            pass

    async def tidy(self) -> None:
        """One round of everything a living gateway does beside taking records."""
        await self.lease.keep()
        await self.voider.work()
        try:
            await self.adopter.adopt()
            await self.voider.work()
            await self.committer.settle()
            await self.frontier.publish()
        except (NumbersUnavailable, LeaseLost):
            pass

    async def _read_frontiers(self) -> None:
        starts, ends = await self._log.beginning_offsets([REFERENCE]), await self._log.end_offsets([REFERENCE])
        await read_between(self._log, starts, ends, self.frontiers.apply)
