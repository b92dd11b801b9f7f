"""Webhooks as other objects name them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from libs.httpkit.errors import Unprocessable, Violation
from libs.objects.changes import Change
from services.monitoring.webhooks.store import WebhookStore


async def require_webhooks(
    change: Change, webhook_ids: Sequence[uuid.UUID], *, known: Collection[uuid.UUID] = ()
) -> None:
    """Raise Unprocessable naming those of a body's `webhookIds` that are no webhooks.

    Those that the object named before are `known`: they may have been deleted since.
    """
    wanted = [webhook_id for webhook_id in webhook_ids if webhook_id not in known]
    found = await WebhookStore(change.conn, change.tenant_id).known(wanted) if wanted else {}
    violations = [
        Violation(("body", "webhookIds", number), f"there is no webhook {webhook_id}")
        for number, webhook_id in enumerate(webhook_ids)
        if webhook_id in wanted and webhook_id not in found
    ]
    if violations:
        raise Unprocessable(*violations)
