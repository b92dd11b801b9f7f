"""Webhooks as objects: their JSON shape. Nobody needs them at hand, so no topic has their latest state."""

from __future__ import annotations

from typing import Any

from libs.contracts.paths import MONITORING
from libs.contracts.times import to_ms, to_ms_if_any
from libs.objects.kinds import ObjectId, ObjectKind
from services.monitoring.webhooks.model import Webhook, without_path


def details(one: Webhook, *, with_path: bool) -> dict[str, Any]:
    """Return the JSON shape that the API and the events have in common; the URL's path for editors alone."""
    return {
        "id": str(one.id),
        "url": one.url if with_path else without_path(one.url),
        "description": one.description,
        "enabled": one.enabled,
        "secretRotatedAt": to_ms_if_any(one.rotated_at),
        "version": one.version,
        "createdAt": to_ms(one.created_at),
        "updatedAt": to_ms(one.updated_at),
    }


WEBHOOKS: ObjectKind[Webhook] = ObjectKind(
    service=MONITORING,
    name="webhook",
    identify=lambda one: ObjectId(one.tenant_id, str(one.id)),
    payload=lambda one: details(one, with_path=False),
)
