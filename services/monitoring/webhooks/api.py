"""`/v1/webhooks`: the endpoints that are told of a tenant's alerts, and what was sent to them."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import Path, Query, Request
from fastapi.responses import Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.auth.principal import EDITOR, Principal
from libs.contracts.paths import MONITORING
from libs.httpkit.dialects import critical_interactions
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import page_and_last
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.outbound.client import Outbound
from libs.outbound.errors import UrlRefused
from libs.service.writing import OnceOf, WritesOf, no_content
from libs.vault.vault import Vault
from libs.webhooks.deliveries import DeliveryStore
from services.monitoring.answers import data, write_answer
from services.monitoring.definitions.schemas import PageQuery
from services.monitoring.webhooks import rules
from services.monitoring.webhooks.kinds import WEBHOOKS, details
from services.monitoring.webhooks.model import Webhook
from services.monitoring.webhooks.pages import cursor_after, delivery_json, place_of
from services.monitoring.webhooks.reads import WebhookReads
from services.monitoring.webhooks.schemas import (
    DeliveriesQuery,
    DeliveryIdOut,
    WebhookDeliveriesOut,
    WebhookDetailsOut,
    WebhookIdOut,
    WebhookIn,
    WebhookMadeOut,
    WebhookPatchIn,
    WebhookSecretOut,
    WebhooksPageOut,
)
from services.monitoring.webhooks.store import WebhookStore

router = FamilyRouter(dialect=critical_interactions, prefix="/v1/webhooks", tags=["webhooks"])

_answers = Responses({404: "No such webhook for this tenant", 409: "There may be no more webhooks"})
_tests = Responses(
    {404: "No such webhook for this tenant", 409: "The webhook is disabled, or too many tests of it wait"}
)
_once = "A repeat with the same `Idempotency-Key` answers the secret that signs now."

Reads = Annotated[WebhookReads, state("webhooks")]
VaultOf = Annotated[Vault, state("vault")]
OutboundOf = Annotated[Outbound, state("outbound")]
WebhookId = Annotated[uuid.UUID, Path(alias="id", description="The webhook's id.")]


@router.get(
    "",
    summary="List webhooks, the first made first",
    responses=_answers.of(WebhooksPageOut, description="A page of the webhooks"),
)
async def list_webhooks(caller: Viewer, reads: Reads, query: Annotated[PageQuery, Query()]) -> Response:
    found, total = await reads.page(caller.tenant_id, limit=query.size, offset=query.page * query.size)
    return data({"webhooks": [_shown(one, caller) for one in found], "totalWebhooks": total})


@router.post(
    "",
    summary="Create a webhook",
    description=f"The secret is shown by this answer alone. {_once}",
    responses=tagged(_answers.of(WebhookMadeOut, 409, status=201, description="The id and the secret"), 201),
    status_code=201,
)
async def create_webhook(
    body: WebhookIn,
    caller: Editor,
    writes: WritesOf,
    vault: VaultOf,
    outbound: OutboundOf,
    once: OnceOf,
    request: Request,
) -> Response:
    await _admit(outbound, body.url)
    written = await writes.create(
        WEBHOOKS,
        caller.tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.create(change, vault, url=body.url, description=body.description, enabled=body.enabled),
        lambda conn, webhook_id: rules.found(WebhookStore(conn, caller.tenant_id), uuid.UUID(webhook_id)),
    )
    content = {"id": str(written.result.id), "secret": _secret(vault, written.result)}
    return write_answer(request, content, written, status=201)


@router.get(
    "/{id}",
    summary="Get a webhook",
    responses=tagged(_answers.of(WebhookDetailsOut, 404, description="The webhook")),
)
async def get_webhook(webhook_id: WebhookId, caller: Viewer, reads: Reads) -> Response:
    one = await reads.get(caller.tenant_id, webhook_id)
    return data(_shown(one, caller), headers={"ETag": etag(one.version)})


@router.patch(
    "/{id}",
    summary="Change a webhook",
    description="When it is disabled, the deliveries that wait end as failed.",
    responses=tagged(_answers.of(WebhookIdOut, 404, description="The id")),
)
async def update_webhook(
    webhook_id: WebhookId,
    body: WebhookPatchIn,
    caller: Editor,
    match: IfMatchOf,
    writes: WritesOf,
    outbound: OutboundOf,
    request: Request,
) -> Response:
    if body.url is not None:
        await _admit(outbound, body.url)
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.update(change, webhook_id, body.changes(), match=match),
    )
    return write_answer(request, {"id": str(webhook_id)}, written)


@router.delete(
    "/{id}",
    summary="Delete a webhook",
    description="Its deliveries go with it, those that wait too.",
    status_code=204,
    responses=_answers.errors(404),
)
async def delete_webhook(
    webhook_id: WebhookId, caller: Editor, match: IfMatchOf, writes: WritesOf, request: Request
) -> Response:
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: rules.delete(change, webhook_id, match=match),
    )
    return no_content(request, written)


@router.post(
    "/{id}/test",
    summary="Send a test to a webhook",
    description="A message of the type `webhook.test`, delivered and listed like others.",
    responses=_tests.of(DeliveryIdOut, 404, 409, status=202, description="The delivery's id"),
    status_code=202,
)
async def test_webhook(
    webhook_id: WebhookId, caller: Editor, writes: WritesOf, once: OnceOf, request: Request
) -> Response:
    written = await writes.once(
        caller.tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.test(change, webhook_id),
        lambda made: str(made.id),
        lambda conn, delivery_id: rules.delivered(
            DeliveryStore(conn, MONITORING, caller.tenant_id), uuid.UUID(delivery_id)
        ),
    )
    return data({"deliveryId": str(written.result.id)}, status=202)


@router.post(
    "/{id}/rotate-secret",
    summary="Give a webhook a new secret",
    description=f"For 24 hours the one before signs too; of several within that time, the two newest. {_once}",
    responses=tagged(_answers.of(WebhookSecretOut, 404, description="The new secret")),
)
async def rotate_webhook_secret(
    webhook_id: WebhookId,
    caller: Editor,
    match: IfMatchOf,
    writes: WritesOf,
    vault: VaultOf,
    once: OnceOf,
    request: Request,
) -> Response:
    written = await writes.once(
        caller.tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.rotate(change, vault, webhook_id, match=match),
        lambda rotated: str(rotated.id),
        lambda conn, found_id: rules.found(WebhookStore(conn, caller.tenant_id), uuid.UUID(found_id)),
    )
    return write_answer(request, {"secret": _secret(vault, written.result)}, written)


@router.get(
    "/{id}/deliveries",
    summary="List the deliveries to a webhook, newest first",
    description="They are kept for 30 days after their end.",
    responses=_answers.of(WebhookDeliveriesOut, 404, description="A page of the deliveries"),
)
async def list_webhook_deliveries(
    webhook_id: WebhookId, caller: Viewer, reads: Reads, query: Annotated[DeliveriesQuery, Query()]
) -> Response:
    found = await reads.deliveries(caller.tenant_id, webhook_id, after=place_of(query.cursor), limit=query.limit + 1)
    shown, last = page_and_last(found, query.limit)
    cursor = None if last is None else cursor_after(last)
    return data({"deliveries": [delivery_json(one) for one in shown], "nextCursor": cursor})


async def _admit(outbound: Outbound, url: str) -> None:
    """Raise 422 naming `url` when it would not be called."""
    try:
        await outbound.admit(url)
    except UrlRefused as refusal:
        raise Unprocessable(Violation(("body", "url"), str(refusal), "url_refused")) from None


def _shown(one: Webhook, caller: Principal) -> dict[str, Any]:
    return details(one, with_path=caller.allows(EDITOR))


def _secret(vault: Vault, one: Webhook) -> str:
    return vault.decrypt(one.secret).decode()
