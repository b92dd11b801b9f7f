"""Sends the deliveries that are due: each by one process at a time, few of one endpoint and not all of one tenant.

An attempt is noted behind the fence of the lease. A process that dies between the receiver's answer and that leaves the
delivery due: it is sent again, under the same id.
"""

from __future__ import annotations

import contextlib
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from libs.objects.changes import utc_now
from libs.outbound.client import Outbound
from libs.pg.database import Database
from libs.pg.errors import PASSING
from libs.pg.hints import Hints
from libs.schedule.lease_loop import LeaseLoop
from libs.schedule.schedule import Lanes, Leased, Overtaken, ScheduleEntry
from libs.telemetry.metrics import WEBHOOK_DELIVERIES
from libs.webhooks.attempts import TIMEOUT_S, AttemptOutcome, outcome_of, send
from libs.webhooks.deliveries import DELIVERED, FAILED, PENDING, Attempt, DeliveryStore, Waiting, schedule_of
from libs.webhooks.endpoints import DISABLED, Endpoint, Endpoints
from libs.webhooks.retries import RetryPolicy

LEASE_S: Final = 3 * TIMEOUT_S
"""How long a delivery belongs to the process that took it: longer than an attempt takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """The bounds of one process's sending, and its clock and dice."""

    retries: RetryPolicy = field(default_factory=RetryPolicy)
    at_a_time: int = 64
    of_tenant: int = 16
    of_endpoint: int = 2
    now: Callable[[], datetime] = utc_now
    jitter: Callable[[], float] = lambda: random.uniform(-1, 1)  # noqa: S311


class WebhookSender(LeaseLoop):
    """Sends a service's deliveries; `db` connects as its projector role, `hints` are those of its schedule."""

    def __init__(
        self,
        db: Database,
        hints: Hints,
        service: str,
        endpoints: Endpoints,
        outbound: Outbound,
        settings: SenderSettings | None = None,
    ) -> None:
        self._settings = settings = settings or SenderSettings()
        super().__init__(
            f"webhook sender of {service}",
            schedule_of(service),
            db,
            hints,
            self._deliver,
            lanes=Lanes(of_lane=settings.of_endpoint, of_tenant=settings.of_tenant, in_all=settings.at_a_time),
            lease_s=LEASE_S,
            survives=PASSING,
        )
        self._service = service
        self._endpoints = endpoints
        self._outbound = outbound

    async def _deliver(self, leased: Leased) -> None:
        """Make an attempt; one that the database fails is due again at the end of its lease."""
        with contextlib.suppress(*PASSING, Overtaken):
            await self._attempt(leased)

    async def _attempt(self, leased: Leased) -> None:
        delivery_id = uuid.UUID(leased.id)
        async with self._db.transaction(readonly=True) as conn:
            waiting = await DeliveryStore(conn, self._service, leased.tenant_id).waiting(delivery_id)
            endpoint = None
            if waiting is not None:
                endpoint = await self._endpoints.find(conn, leased.tenant_id, waiting.endpoint_id)
        if waiting is None or endpoint is None:
            await self._clear_away(leased)
            return
        outcome = await self._outcome(endpoint, delivery_id, waiting)
        # Dying here sends the message again, under the same id.
        await self._settle(leased, outcome)
        if outcome.is_gone:
            await self._endpoints.disable(leased.tenant_id, waiting.endpoint_id)

    async def _outcome(self, endpoint: Endpoint, delivery_id: uuid.UUID, waiting: Waiting) -> AttemptOutcome:
        settings, at = self._settings, self._settings.now()
        if not endpoint.is_enabled:
            return AttemptOutcome(Attempt.not_made(at, DISABLED), FAILED)
        attempt, wait_s = await send(self._outbound, endpoint, delivery_id, waiting.body, at)
        made = waiting.attempts_made
        return outcome_of(attempt, settings.retries, attempts_before=made, jitter=settings.jitter(), wait_s=wait_s)

    async def _settle(self, leased: Leased, outcome: AttemptOutcome) -> None:
        delivery_id = uuid.UUID(leased.id)
        async with self._db.transaction() as conn:
            await self._schedule.fence(conn, leased)
            store = DeliveryStore(conn, self._service, leased.tenant_id)
            if outcome.state != PENDING:
                await store.finish(delivery_id, outcome.attempt, outcome.state)
            elif await store.retry(delivery_id, outcome.attempt, in_s=outcome.retry_in_s):
                again = ScheduleEntry(
                    tenant_id=leased.tenant_id,
                    id=leased.id,
                    due_in_s=outcome.retry_in_s,
                    attempt=leased.attempt,
                    lane=leased.lane,
                )
                await self._schedule.put_all(conn, [again])
                WEBHOOK_DELIVERIES.labels("retried").inc()
                return
            await self._schedule.remove(conn, leased.tenant_id, leased.id)
        # An attempt that another would follow failed for good when its delivery has ended meanwhile.
        WEBHOOK_DELIVERIES.labels((DELIVERED if outcome.state == DELIVERED else FAILED).lower()).inc()

    async def _clear_away(self, leased: Leased) -> None:
        """Take a delivery off the schedule that has ended, or that is gone itself or with its endpoint."""
        async with self._db.transaction() as conn:
            await self._schedule.fence(conn, leased)
            await DeliveryStore(conn, self._service, leased.tenant_id).remove_waiting(uuid.UUID(leased.id))
            await self._schedule.remove(conn, leased.tenant_id, leased.id)
