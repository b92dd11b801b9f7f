"""`emit-event`: an event as `POST /api/v1/events` takes it, recorded by the gateway once, under the task's key."""

from __future__ import annotations

from libs.contracts.workflow_spans import attempt_id
from services.workflows.task_types.fields import described, form, outputs, text
from services.workflows.task_types.model import Arrived, Call, Completed, TypeFace, Waits
from services.workflows.task_types.posting import after_posting, post


class EmitEvent:
    """The type. An event that says nothing else is of the session's unit of work and by who started the session; the
    task's attempt led to it.
    """

    face = TypeFace(
        type="emit-event",
        title="Emit event",
        description="Records an event, exactly once.",
        fields=form(
            {
                "eventType": text("Event type", "A past tense fact: `order.placed`.", limit=200),
                "resourceType": text("Resource type", limit=200),
                "resourceId": text("Resource id", limit=1_024),
                "payload": described({"type": "object"}, "Payload"),
                "correlationId": text("Correlation id", "When absent, the session's unit of work.", limit=200),
                "causationId": text("Causation id", "When absent, the interaction of the attempt.", limit=200),
                "actorId": text("Actor id", "When absent, who started the session.", limit=200),
                "actorType": text("Actor type", limit=64),
                "occurredAt": text("Occurred at", "RFC 3339; when absent, the accept time."),
            },
            required=("eventType", "resourceType", "resourceId"),
        ),
        outputs=outputs({"id": {"type": "string", "format": "uuid"}}),
        effect="exactly-once",
    )

    async def run(self, call: Call) -> Waits:
        session = call.session
        cause = attempt_id(session.session_id, call.task, call.item, call.attempt)
        defaults = {"correlationId": session.uow_id, "causationId": cause}
        if call.body.get("actorId") is None:
            defaults |= {"actorId": session.started_by.id, "actorType": session.started_by.type}
        return post("event", call.body, defaults)

    def resume(self, call: Call, arrived: Arrived | None) -> Completed:
        return after_posting(call, arrived, "id")
