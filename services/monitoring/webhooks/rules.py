"""Changes of webhooks, each by its rule and within the caller's change.

Whoever changes a webhook holds its row before it touches its deliveries.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from libs.contracts.paths import MONITORING
from libs.httpkit.errors import require_found
from libs.httpkit.preconditions import ANY_VERSION, IfMatch
from libs.objects.changes import Change
from libs.objects.limits import LimitReached, require_room
from libs.vault.vault import Vault
from libs.webhooks.deliveries import DeliveryStore, Message, WebhookDelivery, enqueue, message_body
from libs.webhooks.endpoints import DISABLED
from libs.webhooks.signing import new_secret
from services.monitoring.webhooks.errors import TooManyTests, WebhookDisabled
from services.monitoring.webhooks.kinds import WEBHOOKS
from services.monitoring.webhooks.model import MAX_WAITING_TESTS, MAX_WEBHOOKS, Webhook
from services.monitoring.webhooks.store import WebhookStore

TEST: Final = "webhook.test"
_NOUN: Final = "webhook"


async def create(change: Change, vault: Vault, *, url: str, description: str | None, enabled: bool) -> Webhook:
    """Create a webhook with a new secret. Raises LimitReached."""
    store = WebhookStore(change.conn, change.tenant_id)
    full = LimitReached(noun="webhook", limit=MAX_WEBHOOKS)
    await require_room(change, WEBHOOKS, store.count, MAX_WEBHOOKS, full)
    now = change.now()
    one = Webhook(
        tenant_id=change.tenant_id,
        id=change.new_id(),
        version=1,
        url=url,
        description=description,
        enabled=enabled,
        secret=vault.encrypt(new_secret().encode()),
        created_at=now,
        updated_at=now,
    )
    await store.insert(one)
    await change.publish(WEBHOOKS, one, "created")
    return one


async def update(
    change: Change, webhook_id: uuid.UUID, changes: Mapping[str, Any], *, match: IfMatch = ANY_VERSION
) -> Webhook:
    """Change fields of a webhook; one that is disabled gets none of the messages that wait.

    Raises NotFound, PreconditionFailed.
    """
    before = await _held(change, webhook_id, match)
    wanted = replace(before, **changes)
    if wanted == before:
        return before
    after = await _write(change, wanted)
    if before.enabled and not after.enabled:
        deliveries = DeliveryStore(change.conn, MONITORING, change.tenant_id)
        await deliveries.fail_waiting(webhook_id, DISABLED, change.now())
    return after


async def rotate(change: Change, vault: Vault, webhook_id: uuid.UUID, *, match: IfMatch) -> Webhook:
    """Give the webhook a new secret, beside which the one before signs for a while. Raises as `update`."""
    before = await _held(change, webhook_id, match)
    secret = vault.encrypt(new_secret().encode())
    return await _write(change, replace(before, secret=secret, previous_secret=before.secret, rotated_at=change.now()))


async def delete(change: Change, webhook_id: uuid.UUID, *, match: IfMatch) -> None:
    """Delete the webhook and its deliveries. Raises NotFound, PreconditionFailed."""
    before = await _held(change, webhook_id, match)
    await WebhookStore(change.conn, change.tenant_id).delete(webhook_id)
    await DeliveryStore(change.conn, MONITORING, change.tenant_id).remove_of(webhook_id)
    after = replace(before, version=before.version + 1, updated_at=change.now())
    await change.publish(WEBHOOKS, after, "deleted")


async def test(change: Change, webhook_id: uuid.UUID) -> WebhookDelivery:
    """Send a message that says nothing. Raises NotFound, WebhookDisabled, TooManyTests."""
    one = await _held(change, webhook_id, ANY_VERSION)
    if not one.enabled:
        raise WebhookDisabled()
    deliveries = DeliveryStore(change.conn, MONITORING, change.tenant_id)
    if await deliveries.count_waiting(webhook_id, TEST) >= MAX_WAITING_TESTS:
        raise TooManyTests(limit=MAX_WAITING_TESTS)
    data = {"tenantId": change.tenant_id, "webhookId": str(webhook_id)}
    message = Message(
        id=str(change.new_id()),
        tenant_id=change.tenant_id,
        type=TEST,
        body=message_body(TEST, change.now(), data),
    )
    (delivery_id,) = await enqueue(change.conn, MONITORING, message, [webhook_id])
    return await delivered(deliveries, delivery_id)


async def _held(change: Change, webhook_id: uuid.UUID, match: IfMatch) -> Webhook:
    """Return the webhook, held against other writers. Raises NotFound, PreconditionFailed."""
    one = require_found(await WebhookStore(change.conn, change.tenant_id).lock(webhook_id), _NOUN, webhook_id)
    match.require(one.version)
    return one


async def found(store: WebhookStore, webhook_id: uuid.UUID) -> Webhook:
    """Return the webhook of that id; raises NotFound."""
    return require_found(await store.get(webhook_id), _NOUN, webhook_id)


async def delivered(deliveries: DeliveryStore, delivery_id: uuid.UUID) -> WebhookDelivery:
    """Return the delivery of that id; raises NotFound."""
    return require_found(await deliveries.get(delivery_id), "delivery", delivery_id)


async def _write(change: Change, wanted: Webhook) -> Webhook:
    after = replace(wanted, version=wanted.version + 1, updated_at=change.now())
    await WebhookStore(change.conn, change.tenant_id).update(after)
    await change.publish(WEBHOOKS, after, "updated")
    return after
