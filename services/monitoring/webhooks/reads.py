"""Reads of one tenant's webhooks and of what was sent to them, for requests, which see no other tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from libs.contracts.paths import MONITORING
from libs.pg.database import Database
from libs.webhooks.deliveries import DeliveryStore, Place, WebhookDelivery
from services.monitoring.webhooks.model import Webhook
from services.monitoring.webhooks.rules import found
from services.monitoring.webhooks.store import WebhookStore


class WebhookReads:
    """Reads webhooks; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, webhook_id: uuid.UUID) -> Webhook:
        """Return the webhook of that id; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await found(WebhookStore(conn, tenant_id), webhook_id)

    async def page(self, tenant_id: str, *, limit: int, offset: int) -> tuple[Sequence[Webhook], int]:
        """Return a part of the webhooks, the first made first, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = WebhookStore(conn, tenant_id)
            return await store.list(limit=limit, offset=offset), await store.count()

    async def deliveries(
        self, tenant_id: str, webhook_id: uuid.UUID, *, after: Place | None, limit: int
    ) -> Sequence[WebhookDelivery]:
        """Return deliveries to the webhook, newest first: those that follow `after`; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            await found(WebhookStore(conn, tenant_id), webhook_id)
            return await DeliveryStore(conn, MONITORING, tenant_id).list(webhook_id, after=after, limit=limit)
