"""Runs a reactor, as one member among any number of others, until told to stop."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Generic, TypeVar

from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.projections.consumer_runner import ConsumerRunner
from libs.projections.generations import check_ends
from libs.projections.positions import current
from libs.projections.reactor import Equipped, Reactor
from libs.projections.reactor_registry import RegisteredReactor, ensure_reactor
from libs.projections.running import RunnerSettings
from libs.projections.serving import Serving
from libs.projections.work import reacting

E = TypeVar("E")


class ReactorRunner(ConsumerRunner, Generic[E]):
    """Runs a reactor."""

    def __init__(
        self,
        log: EventLog,
        db: Database,
        reactor: Reactor[E],
        *,
        member: str,
        settings: RunnerSettings | None = None,
    ) -> None:
        super().__init__(log, db, reactor, member=member, settings=settings)
        self._reactor = reactor

    async def _serve(self) -> None:
        registered = await ensure_reactor(self._parts.db, self._parts.log, self._reactor)
        self.figures.has_begun = True
        self.figures.stopped_reason = registered.stopped_reason
        await self._look_at_parked(registered)
        await self._check_ends(registered)
        if registered.stopped_reason:
            return await self._wait_a_tick()
        self._backoff.reset()
        idle_s = self._parts.settings.append_idle_s
        work = reacting(self._reactor, registered, self._parts.log, append_idle_s=idle_s)
        async with self._equipped():
            await Serving(self._parts, work, self._reactor.topics).run()
        return None

    def _equipped(self) -> AbstractAsyncContextManager[None]:
        return self._reactor.equipped(self._parts.log) if isinstance(self._reactor, Equipped) else nullcontext()

    async def _check_ends(self, registered: RegisteredReactor) -> None:
        """Compare positions with the log's ends, read after them: so only a log that lost records lies behind."""
        reached = await current(self._parts.db, registered)
        ends = await self._parts.log.end_offsets(self._reactor.topics)
        remedy = f"put the reactor back to its start with `waymark projections restart {registered.group}`"
        check_ends(registered, reached, ends, remedy=remedy)
