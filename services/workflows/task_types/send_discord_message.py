"""`send-discord-message`: a message to the channel of an integration's webhook."""

from __future__ import annotations

import base64
import uuid
from typing import Final

from services.workflows.integrations.types.discord import DISCORD, call_discord
from services.workflows.task_types.connected_types import account_of
from services.workflows.task_types.fields import form, outputs, text
from services.workflows.task_types.model import Call, Completed, TypeFace


class SendDiscordMessage:
    """The type. The key goes along as `nonce`, in the 22 characters that it takes in base64: Discord takes 25."""

    face: Final = TypeFace(
        type="send-discord-message",
        title="Send discord message",
        description="Sends a message to the channel of a Discord webhook.",
        fields=form({"text": text("Text", limit=2_000)}, required=("text",)),
        outputs=outputs({"id": {"type": "string"}}),
        effect="at-least-once",
        integrations=(DISCORD,),
        needs_integration=True,
    )

    async def run(self, call: Call) -> Completed:
        # Nobody is mentioned by a text that a workflow has put together.
        message = {"content": call.body["text"], "nonce": _nonce(call.key), "allowed_mentions": {"parse": []}}
        answer = await call_discord(
            account_of(call), call.tools.outbound, "POST", "?wait=true", message, call.timeout_s
        )
        return Completed({"id": str(answer.get("id", ""))})


def _nonce(key: str) -> str:
    return base64.urlsafe_b64encode(uuid.UUID(key).bytes).rstrip(b"=").decode()
