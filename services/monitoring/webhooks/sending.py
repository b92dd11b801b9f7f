"""Starts what sends messages to webhooks, and clears away those that ended long ago."""

from __future__ import annotations

from functools import partial

from libs.contracts.paths import MONITORING
from libs.objects.changes import utc_now
from libs.outbound.client import Outbound
from libs.pg.database import Connection, Database
from libs.pg.hints import Hints
from libs.pg.purges import TablePurge
from libs.service.parts import Parts
from libs.telemetry.metrics import WEBHOOK_DELIVERIES_WAITING
from libs.vault.vault import Vault
from libs.webhooks import deliveries
from libs.webhooks.retries import RetryPolicy
from libs.webhooks.sender import SenderSettings, WebhookSender
from services.monitoring.webhooks.endpoints import WebhookEndpoints


async def start_sending(
    parts: Parts, projector: Database, hints: Hints, vault: Vault, outbound: Outbound, *, retry_first_ms: int
) -> None:
    """Start the sender and the purge, once every secret is encrypted under the vault's newest.

    `projector` has the projector role, `hints` are those of the schedule. Raises WrongSecretKey when a secret cannot be
    read.
    """
    endpoints = WebhookEndpoints(projector, vault)
    await endpoints.renew_secrets()
    settings = SenderSettings(retries=RetryPolicy(retry_first_ms / 1000))
    await parts.start("webhook sender", WebhookSender(projector, hints, MONITORING, endpoints, outbound, settings))
    await parts.start("webhook deliveries", TablePurge("purge of deliveries", projector, _purge))
    parts.looks(partial(look_at_waiting, projector))


async def look_at_waiting(projector: Database) -> None:
    """Set the gauge of messages that are not delivered yet."""
    async with projector.transaction(readonly=True) as conn:
        WEBHOOK_DELIVERIES_WAITING.set(await deliveries.count_waiting(conn, MONITORING))


async def _purge(conn: Connection) -> None:
    await deliveries.purge(conn, MONITORING, utc_now())
