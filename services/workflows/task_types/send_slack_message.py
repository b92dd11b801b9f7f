"""`send-slack-message`: a message to a channel or a person, by the bot of an integration."""

from __future__ import annotations

from typing import Final

from services.workflows.integrations.types.slack import SLACK, call_slack
from services.workflows.task_types.connected_types import account_of
from services.workflows.task_types.fields import form, outputs, text
from services.workflows.task_types.model import Call, Completed, TypeFace


class SendSlackMessage:
    """The type. The key goes along as `client_msg_id`, by which Slack knows a repeat."""

    face: Final = TypeFace(
        type="send-slack-message",
        title="Send slack message",
        description="Sends a message to a channel or a person of a Slack workspace.",
        fields=form(
            {
                "target_id": text("Target id", "A channel, group or person: `C024BE91L`.", limit=200),
                "text": text("Text", limit=40_000),
            },
            required=("target_id", "text"),
        ),
        outputs=outputs({"ts": {"type": "string"}, "channel": {"type": "string"}}),
        effect="at-least-once",
        integrations=(SLACK,),
        needs_integration=True,
    )

    async def run(self, call: Call) -> Completed:
        connected = account_of(call)
        message = {"channel": call.body["target_id"], "text": call.body["text"], "client_msg_id": call.key}
        answer = await call_slack(connected, call.tools.outbound, "chat.postMessage", message, call.timeout_s)
        return Completed({"ts": str(answer.get("ts", "")), "channel": str(answer.get("channel", ""))})
