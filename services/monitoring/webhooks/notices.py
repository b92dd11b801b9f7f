"""Messages to webhooks that other parts of the service name, within the transaction that is their cause."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from libs.contracts.paths import MONITORING
from libs.pg.database import Connection
from libs.webhooks.deliveries import Message, enqueue
from services.monitoring.webhooks.store import WebhookStore


async def notify(conn: Connection, message: Message, webhook_ids: Collection[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Make deliveries of the message to those of the webhooks that exist and are enabled; return these webhooks."""
    known = await WebhookStore(conn, message.tenant_id).known(webhook_ids)
    enabled = [one for one, is_enabled in known.items() if is_enabled]
    await enqueue(conn, MONITORING, message, enabled)
    return enabled
