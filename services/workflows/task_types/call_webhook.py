"""`call-webhook`: a signed message to the receiver of an integration."""

from __future__ import annotations

from typing import Final

from services.workflows.integrations.types.webhook import WEBHOOK, call_webhook
from services.workflows.task_types.connected_types import account_of
from services.workflows.task_types.fields import described, form, outputs, text
from services.workflows.task_types.model import Call, Completed, TypeFace


class CallWebhook:
    """The type. The key is the message's `webhook-id`."""

    face: Final = TypeFace(
        type="call-webhook",
        title="Call webhook",
        description="Sends a signed message to a receiver (Standard Webhooks).",
        fields=form(
            {
                "payload": described({}, "Payload", "Any JSON."),
                "event": text("Event", "The message's type; with it the payload lies under `data`.", limit=200),
            },
            required=("payload",),
        ),
        outputs=outputs({"status_code": {"type": "integer"}}),
        effect="at-least-once",
        integrations=(WEBHOOK,),
        needs_integration=True,
    )

    async def run(self, call: Call) -> Completed:
        connected, body = account_of(call), call.body
        reply = await call_webhook(
            connected, call.tools.outbound, call.key, body.get("event"), body["payload"], call.timeout_s
        )
        return Completed({"status_code": reply.status})
