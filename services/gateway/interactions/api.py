"""The routes of interactions as documents: paths, bodies, headers, answers. The door answers requests to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Header
from fastapi.responses import Response
from pydantic import BaseModel, Field

from libs.auth.http import Editor
from libs.contracts.times import ACCEPTED
from libs.httpkit.bodies import body_limit
from libs.httpkit.limits import BULK_BODY_BYTES
from libs.httpkit.router import FamilyRouter
from libs.service.door import not_in_front
from services.gateway.interactions.routes import BATCH_PATH, SINGLE_PATH
from services.gateway.interactions.schemas import BatchOut, InteractionIn, RecordedInteractionOut
from services.gateway.recording.documents import POSITION, answers


class RecordingHeaders(BaseModel):
    """The headers that concern every interaction of a request; what its body says goes before them."""

    uow_id: str | None = Field(None, alias="x-uowid", max_length=200, description="Unit of work; else generated.")
    user_id: str | None = Field(None, alias="x-userid", max_length=200, description="Id of the user who acted.")
    timestamp: str | None = Field(
        None,
        alias="x-interaction-timestamp",
        description=f"When it happened (RFC 3339, from {ACCEPTED}); else when accepted.",
    )
    span_id: str | None = Field(None, alias="x-span-id", max_length=200)
    parent_span_id: str | None = Field(None, alias="x-parent-span-id", max_length=200)
    traceparent: str | None = Field(
        None, description="W3C trace context; its trace id is the unit of work when x-uowid is absent."
    )
    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        max_length=255,
        description="Repeats within 24 h get the same id and number; 422 if body or `x-` headers differ.",
    )


Headers = Annotated[RecordingHeaders, Header()]
Batch = Annotated[list[InteractionIn], Body(max_length=10_000)]
router = FamilyRouter(tags=["interactions"])


@router.post(
    SINGLE_PATH,
    status_code=201,
    response_model=RecordedInteractionOut,
    summary="Record an interaction",
    responses={201: {"description": "The log has it", "headers": POSITION}, **answers.errors(409)},
)
async def record_interaction(_: Editor, _body: InteractionIn, _headers: Headers) -> Response:
    """Answer 201 once the log has acknowledged the interaction; a repeat by key or id gets the first one's number."""
    raise not_in_front()


@router.post(
    BATCH_PATH,
    response_model=BatchOut,
    summary="Record up to 10,000 interactions",
    responses={
        200: {"description": "At least one item was accepted", "headers": POSITION},
        **answers.errors(409),
        422: {"description": "No item was acceptable", "model": BatchOut},
        503: {
            "description": "No item was accepted, and at least one only because the log or store is away",
            "model": BatchOut,
        },
    },
    openapi_extra={
        "requestBody": {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}, "required": True}
    },
)
@body_limit(BULK_BODY_BYTES)
async def record_batch(_: Editor, _body: Batch, _headers: Headers) -> Response:
    """Record a JSON array or NDJSON; each item is judged by itself, and the headers are the items' defaults."""
    raise not_in_front()
