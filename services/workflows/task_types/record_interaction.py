"""`record-interaction`: an interaction as `POST /api/interactions` takes it, recorded once, under the task's key."""

from __future__ import annotations

from libs.contracts.workflow_spans import task_span
from services.workflows.task_types.fields import described, form, outputs, text
from services.workflows.task_types.model import Arrived, Call, Completed, TypeFace, Waits
from services.workflows.task_types.posting import after_posting, post

_USER = "user"


class RecordInteraction:
    """The type. An interaction that says nothing else is of the session's unit of work, under the task's span."""

    face = TypeFace(
        type="record-interaction",
        title="Record interaction",
        description="Records an interaction, exactly once.",
        fields=form(
            {
                "resourceId": text("Resource id", limit=1_024),
                "resourceType": text("Resource type", "A mnemonic; this or the id."),
                "resourceTypeId": text("Resource type's id"),
                "action": text("Action", "A mnemonic; this or the id."),
                "actionId": text("Action's id"),
                "origin": text("Origin", "A mnemonic; this or the id."),
                "originId": text("Origin's id"),
                "interaction": described({}, "Interaction", "Any JSON."),
                "externalReference": text("External reference"),
                "externalResponse": described({}, "External response", "Any JSON."),
                "sequenceIndex": described({"type": "integer"}, "Sequence index"),
                "uowId": text("Unit of work", "When absent, the session's.", limit=200),
                "userId": text("User id", "When absent, the user who started the session.", limit=200),
                "interactionTimestamp": text("Timestamp", "RFC 3339 or a date; when absent, the accept time."),
                "spanId": text("Span id", limit=200),
                "parentSpanId": text("Parent span's id", "When absent, the task's span.", limit=200),
            },
            required=("resourceId",),
        ),
        outputs=outputs({"interactionId": {"type": "string", "format": "uuid"}}),
        effect="exactly-once",
    )

    async def run(self, call: Call) -> Waits:
        session = call.session
        defaults = {"uowId": session.uow_id, "parentSpanId": task_span(session.session_id, call.task, call.item)}
        if session.started_by.type == _USER:
            defaults["userId"] = session.started_by.id
        return post("interaction", call.body, defaults)

    def resume(self, call: Call, arrived: Arrived | None) -> Completed:
        return after_posting(call, arrived, "interactionId")
