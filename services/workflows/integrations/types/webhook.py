"""`webhook`: a receiver of messages that are signed as https://www.standardwebhooks.com specifies them."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping
from typing import Final

import orjson
from pydantic import Field

from libs.contracts.times import format_time
from libs.httpkit.camel import CamelBody
from libs.objects.changes import utc_now
from libs.outbound.calls import Reply
from libs.outbound.client import Outbound
from libs.webhooks.signing import PREFIX, signature_headers
from services.workflows.integrations.types.form import PROBE_S, AccountForm, IntegrationType, SecretKey, Url
from services.workflows.task_types.http_failures import called, failed_status, is_success
from services.workflows.task_types.model import Connected, Json

WEBHOOK: Final = "webhook"
SECRET: Final = "SECRET"  # noqa: S105  # the key of one


class WebhookSettings(CamelBody):
    """The receiver."""

    url: Url = Field(title="URL")


async def call_webhook(
    connected: Connected, outbound: Outbound, message_id: str, event: str | None, payload: Json, timeout_s: float
) -> Reply:
    """Send a signed message and return the reply. Raises TaskFailed, for a status that is none of success too."""
    now = utc_now()
    body = orjson.dumps({"type": event, "timestamp": format_time(now), "data": payload} if event else payload)
    headers = {"content-type": "application/json", "idempotency-key": message_id}
    headers |= signature_headers(message_id, now, body, (connected.secrets[SECRET],))
    reply = await called(outbound.post(str(connected.settings["url"]), body=body, headers=headers, timeout_s=timeout_s))
    if not is_success(reply):
        raise failed_status(reply)
    return reply


async def _probe(connected: Connected, outbound: Outbound) -> str:
    reply = await call_webhook(connected, outbound, str(uuid.uuid4()), "webhook.test", {}, PROBE_S)
    return f"a message of the type webhook.test was answered with {reply.status}"


def _check(secrets: Mapping[str, str]) -> Mapping[str, str]:
    try:
        is_key = bool(base64.b64decode(secrets.get(SECRET, "").removeprefix(PREFIX), validate=True))
    except binascii.Error:
        is_key = False
    return {SECRET: f"`{PREFIX}` and base64 are expected"} if SECRET in secrets and not is_key else {}


TYPE: Final = IntegrationType(
    type=WEBHOOK,
    title="Webhook",
    description="A receiver of signed messages (Standard Webhooks).",
    account=AccountForm(
        settings=WebhookSettings,
        secrets=(SecretKey(key=SECRET, title="Secret", description="`whsec_` and base64; it signs the messages."),),
        urls=("url",),
        check=_check,
    ),
    probe=_probe,
)
