"""The bodies of the events' door as OpenAPI shows them; the door validates with `validation.py` and `cloudevents.py`.

A unit test holds both to the same fields.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.times import ACCEPTED
from libs.httpkit.camel import CamelBody
from libs.httpkit.error_models import InvalidOut, ProblemOut
from libs.httpkit.json_values import NUMBERS

EVENT_ID = "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b21"
EVENT: dict[str, Any] = {
    "eventType": "schedule.fired",
    "resourceType": "action_run",
    "resourceId": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
    "correlationId": "checkout-42",
    "occurredAt": "2026-01-15T10:30:00.000Z",
    "payload": {"schedule": "nightly", "attempt": 1},
}
CLOUD_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "A234-1234-1234",
    "source": "/warehouse/7",
    "type": "com.example.parcel.packed",
    "subject": "parcel-9",
    "time": "2026-01-15T10:30:00Z",
    "datacontenttype": "application/json",
    "correlationid": "checkout-42",
    "data": {"weightGrams": 740},
}
DETAIL: dict[str, Any] = {"detail": [{"loc": ["body", "eventType"], "msg": "is required", "type": "missing"}]}


class EventIn(CamelBody):
    """An event in Waymark's own JSON; a member that is null counts as absent."""

    model_config = ConfigDict(json_schema_extra={"example": EVENT})

    event_type: Annotated[str, Field(min_length=1, max_length=200, description="A past tense fact: `order.placed`.")]
    resource_type: Annotated[str, Field(min_length=1, max_length=200)]
    resource_id: Annotated[
        str,
        Field(min_length=1, max_length=1024, description="For the eleven built-in resource types a UUID."),
    ]
    actor_id: Annotated[str | None, Field(max_length=200, description="When absent, the caller's id.")] = None
    actor_type: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_.-]{1,64}$",
            description="`user`, `api_key`, `service`, `system`, or another word; with `actorId` alone: `user`.",
        ),
    ] = None
    correlation_id: Annotated[
        str | None, Field(max_length=200, description="The unit of work; when absent, the trace id of `traceparent`.")
    ] = None
    causation_id: Annotated[str | None, Field(max_length=200, description="The event that led to this one.")] = None
    occurred_at: Annotated[
        str | None, Field(description=f"RFC 3339, from {ACCEPTED}; when absent, the accept time.")
    ] = None
    payload: Annotated[dict[str, Any] | None, Field(description=f"When absent, `{{}}`. {NUMBERS}")] = None
    id: Annotated[str | None, Field(description="A UUID of your own: the event's identity for ever.")] = None


class EventAccepted(BaseModel):
    """The id of an event that is in the log."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": EVENT_ID}})

    id: Annotated[str, Field(description="The event's id; a repeat gets the same one.")]


class EventItemOut(BaseModel):
    """The result for one of several events: status 202 with its id, or its error."""

    index: int
    status: int
    id: str | None
    error: InvalidOut | ProblemOut | None


class RecordedEventsOut(BaseModel):
    """The results for several events, and their counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "accepted": 1,
                "rejected": 1,
                "items": [
                    {"index": 0, "status": 202, "id": EVENT_ID, "error": None},
                    {"index": 1, "status": 422, "id": None, "error": DETAIL},
                ],
            }
        }
    )

    accepted: int
    rejected: int
    items: list[EventItemOut]
