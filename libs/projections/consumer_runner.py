"""Keeps one consumer going, as one member among any number of others, until told to stop.

Three kinds of failure: an invalid record is parked, a transient one is waited for with the same batch, anything else is
logged and raised so that a supervisor starts the process again.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from libs.background.waiting import wait_unless
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.projections.consumer import Consumer, RegisteredConsumer, Remembering
from libs.projections.failures import MAY_PASS, will_pass
from libs.projections.parked_tenants import name_tenants
from libs.projections.positions import GenerationChanged, PositionsLost, ProjectionStopped, count_parked, entered
from libs.projections.running import Figures, RunnerParts, RunnerSettings
from libs.projections.serving import Rejoin
from libs.telemetry.logger import get_logger

_log = get_logger(__name__)


class ConsumerRunner(ABC):
    """Runs a consumer by `_serve`, again and again.

    `db` has the service's projector role and room for at least four connections; `member` is a name that no other
    live process has and that stays the same over restarts.
    """

    def __init__(
        self,
        log: EventLog,
        db: Database,
        consumer: Consumer[Any],
        *,
        member: str,
        settings: RunnerSettings | None = None,
    ) -> None:
        self._consumer = consumer
        self.figures = Figures(consumer.service, consumer.name)
        self._stopping = asyncio.Event()
        self._parts = RunnerParts(log, db, member, settings or RunnerSettings(), self.figures, self._stopping)
        self._backoff = self._parts.backoff()
        self._looked_at: tuple[str, str | None] | None = None

    async def run(self) -> None:
        """Run until `stop`. Raises LogMismatch and whatever else waiting does not mend."""
        try:
            await self._serve_until_stopped()
        except Exception:
            _log.exception("projection_failed", service=self.figures.service, projection=self.figures.name)
            raise
        finally:
            self._stopping.set()

    async def stop(self) -> None:
        """Ask `run` to finish the batch at hand, leave the group and return."""
        self._stopping.set()

    @abstractmethod
    async def _serve(self) -> None:
        """Serve as a member for as long as that goes well, or wait a tick while there is nothing to write."""

    async def _look_at_parked(self, consumer: RegisteredConsumer) -> None:
        """Look how many records are parked, and whose: also those of a consumer that stopped are to be seen."""
        idle_s = self._parts.settings.idle_in_transaction_s
        found = (consumer.group, self.figures.stopped_reason)
        if found != self._looked_at:
            await name_tenants(self._parts.db, consumer, idle_s=idle_s)
            self._looked_at = found
        async with entered(self._parts.db, consumer, idle_s=idle_s) as inside:
            self.figures.parked_now = await count_parked(inside)

    async def _wait_a_tick(self) -> None:
        self._backoff.reset()
        await wait_unless(self._stopping, self._parts.settings.tick_s)

    async def _serve_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                if isinstance(self._consumer, Remembering):
                    self._consumer.forget()
                await self._serve()
            except GenerationChanged as change:
                _log.info("generation_changed", projection=self.figures.name, change=str(change))
            except (Rejoin, PositionsLost, ProjectionStopped) as reason:
                _log.error("projection_interrupted", projection=self.figures.name, reason=str(reason))
            except MAY_PASS as error:
                if not will_pass(error):
                    raise
                self.figures.retries += 1
                await self._backoff.pause()
