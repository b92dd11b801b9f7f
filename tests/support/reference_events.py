"""What the reference API shows of events: its path, its types, the shapes of its answers."""

from __future__ import annotations

from tests.support.shapes import ANY, TIME, UUID

LIST = "/api/v1/events"
NOWHERE = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
EVENT = {
    "actorId": "string",
    "actorType": "user",
    "causationId": "text or null",
    "correlationId": "text or null",
    "eventType": "schedule.fired",
    "id": UUID,
    "occurredAt": TIME,
    "payload": ANY,
    "resourceId": "string",
    "resourceType": "action_run",
    "tenantId": "string",
}
PAGE = {"events": [EVENT], "hasNext": True, "limit": 0, "offset": 0, "total": 0}
REFERENCE_TYPES = (
    "action_run",
    "agent_spec",
    "artifact",
    "automation",
    "automation_run",
    "chat_thread",
    "connection",
    "decision",
    "flashboard",
    "inbound_message",
    "template",
)
