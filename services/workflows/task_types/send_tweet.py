"""`send-tweet`: a post by the account of an integration."""

from __future__ import annotations

from typing import Final

from services.workflows.integrations.types.twitter import TWITTER, call_twitter
from services.workflows.task_types.connected_types import account_of
from services.workflows.task_types.fields import form, outputs, text
from services.workflows.task_types.model import Call, Completed, TypeFace


class SendTweet:
    """The type."""

    face: Final = TypeFace(
        type="send-tweet",
        title="Send tweet",
        description="Posts a text by an account of X, formerly Twitter.",
        fields=form({"text": text("Text", "The text of the tweet.", limit=25_000)}, required=("text",)),
        outputs=outputs({"id": {"type": "string"}}),
        effect="at-least-once",
        integrations=(TWITTER,),
        needs_integration=True,
    )

    async def run(self, call: Call) -> Completed:
        answer = await call_twitter(
            account_of(call),
            call.tools.outbound,
            "POST",
            "/2/tweets",
            {"text": call.body["text"]},
            call.timeout_s,
            key=call.key,
        )
        return Completed({"id": str((answer.get("data") or {}).get("id", ""))})
