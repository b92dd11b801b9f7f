"""The events' route as a document: what it takes by content type, and its answers. The door answers requests to it."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Body, Header
from fastapi.responses import Response
from pydantic import BaseModel, Field

from libs.auth.http import Editor
from libs.contracts.times import ACCEPTED
from libs.httpkit.bodies import body_limit
from libs.httpkit.dialects import events
from libs.httpkit.error_models import InvalidOut
from libs.httpkit.limits import BULK_BODY_BYTES
from libs.httpkit.router import FamilyRouter
from libs.service.door import not_in_front
from services.gateway.events.cloudevents import BATCH_TYPE, BINARY_TYPE, STRUCTURED_TYPE
from services.gateway.events.routes import EVENTS_PATH
from services.gateway.events.schemas import CLOUD_EVENT, EVENT, EventAccepted, EventIn, RecordedEventsOut
from services.gateway.recording.documents import POSITION, answers

# Only own JSON has a schema: CloudEvents are described elsewhere, the rest is bytes, and generators of clients choose
# between the classes of bodies that have one.
_BODIES: dict[str, Any] = {
    "application/json": {
        "examples": {
            "one": {"summary": "One event", "value": EVENT},
            "several": {"summary": "Several, each judged by itself", "value": [EVENT, {**EVENT, "payload": {}}]},
            "binary": {
                "summary": "A CloudEvent's data; its attributes are in `ce-` headers",
                "value": CLOUD_EVENT["data"],
            },
        },
    },
    "application/x-ndjson": {
        "examples": {"lines": {"summary": "An event a line", "value": orjson.dumps(EVENT).decode() + "\n"}},
    },
    STRUCTURED_TYPE: {
        "examples": {"structured": {"summary": "A CloudEvent", "value": CLOUD_EVENT}},
    },
    BATCH_TYPE: {
        "examples": {"batch": {"summary": "CloudEvents, each judged by itself", "value": [CLOUD_EVENT]}},
    },
    "text/plain": {
        "examples": {"text": {"summary": "A CloudEvent's data that is text", "value": "packed by hand"}},
    },
    BINARY_TYPE: {
        "examples": {"bytes": {"summary": "A CloudEvent's data that is bytes", "value": "\u0001\u0002"}},
    },
}


class EventHeaders(BaseModel):
    """The headers of a request; a CloudEvent in binary mode has its attributes here, extensions too (`ce-<name>`)."""

    traceparent: str | None = Field(None, description="W3C trace context; its trace id is the default correlation.")
    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        max_length=255,
        description="Repeats within 24 h get the same ids; 422 if the body or a `ce-` header differs.",
    )
    ce_specversion: str | None = Field(None, alias="ce-specversion", description="Binary mode: `1.0`.")
    ce_id: str | None = Field(None, alias="ce-id", description="Binary mode: the event's id within its source.")
    ce_source: str | None = Field(None, alias="ce-source", description="Binary mode; `waymark/…` is refused.")
    ce_type: str | None = Field(None, alias="ce-type", description="Binary mode: the event type.")
    ce_subject: str | None = Field(None, alias="ce-subject", description="Binary mode: the resource's id.")
    ce_time: str | None = Field(None, alias="ce-time", description=f"Binary mode: when it happened, from {ACCEPTED}.")


Sent = Annotated[EventIn | Annotated[list[EventIn], Field(max_length=10_000)], Body()]
router = FamilyRouter(dialect=events, tags=["events"])


@router.post(
    EVENTS_PATH,
    status_code=202,
    summary="Record events",
    responses={
        202: {
            "description": "The log has it; of several, at least one",
            "model": EventAccepted | RecordedEventsOut,
            "headers": POSITION,
        },
        **answers.errors(409),
        422: {"description": "Of several, none was acceptable", "model": InvalidOut | RecordedEventsOut},
        503: {
            "description": "Of several, none was accepted, and at least one only because the log or store is away",
            "model": RecordedEventsOut,
        },
    },
    openapi_extra={"requestBody": {"content": _BODIES, "required": True}},
)
@body_limit(BULK_BODY_BYTES)
async def record_events(_: Editor, _body: Sent, _headers: Annotated[EventHeaders, Header()]) -> Response:
    """Record one event or many, as own JSON (object, array, NDJSON) or CloudEvents 1.0 (structured, batched, binary).

    An event with an `id` of its own, or a CloudEvent by its `source` and `id`, is recorded once for ever.
    """
    raise not_in_front()
