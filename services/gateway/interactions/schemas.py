"""The bodies of the recording routes as OpenAPI shows them; the door itself validates with `validation.py`.

A unit test holds both to the same fields.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from libs.contracts.times import ACCEPTED
from libs.httpkit.camel import Camel, CamelBody
from libs.httpkit.error_models import PROBLEM_EXAMPLE, ProblemOut
from libs.httpkit.json_values import NUMBERS

_ORDER = "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b11"
_EXAMPLE_IN: dict[str, Any] = {
    "resourceId": "order-456",
    "resourceType": "ORDER",
    "action": "CREATE",
    "origin": "WEBAPP",
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
}
_EXAMPLE_OUT: dict[str, Any] = {
    "interactionId": _ORDER,
    "interactionNumber": 42,
    "resourceId": "order-456",
    "resourceTypeId": "0198c7a1-0000-7000-8000-000000000001",
    "actionId": "0198c7a1-0000-7000-8000-000000000002",
    "originId": "0198c7a1-0000-7000-8000-000000000003",
    "resourceType": "ORDER",
    "action": "CREATE",
    "origin": "WEBAPP",
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
    "externalResponse": None,
    "uowId": "0198c7a2-0f2e-7c41-9a55-0d5c2f7e1b12",
    "userId": None,
    "createdDate": "2026-01-15T10:30:00.000Z",
    "interactionTimestamp": None,
    "spanId": None,
    "parentSpanId": None,
    "sequenceIndex": None,
}
_EITHER = "Mnemonic (any case) or UUID, or both when they agree."


class InteractionIn(CamelBody):
    """An interaction to record; the request's headers are the defaults for the last five fields."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE_IN})

    resource_id: Annotated[str, Field(min_length=1, max_length=1024, description="Your resource's identifier.")]
    resource_type: Annotated[str | None, Field(description=_EITHER)] = None
    resource_type_id: str | None = None
    action: Annotated[str | None, Field(description=_EITHER)] = None
    action_id: str | None = None
    origin: Annotated[str | None, Field(description=_EITHER)] = None
    origin_id: str | None = None
    interaction: Annotated[Any, Field(description=f"Any JSON value. {NUMBERS}")] = None
    external_reference: str | None = None
    external_response: Annotated[Any, Field(description=f"Any JSON value. {NUMBERS}")] = None
    interaction_id: Annotated[
        str | None, Field(description="A UUID of your own: the record's identity, recorded once for ever.")
    ] = None
    sequence_index: Annotated[int | None, Field(description="Order among records of equal time.")] = None
    uow_id: Annotated[
        str | None, Field(max_length=200, description="Unit of work; else as `x-uowid`, which may be generated.")
    ] = None
    user_id: Annotated[str | None, Field(max_length=200, description="Id of the user who acted; else `x-userid`.")] = (
        None
    )
    interaction_timestamp: Annotated[
        str | None,
        Field(description=f"When it happened: RFC 3339 or a date, from {ACCEPTED}; else `x-interaction-timestamp`."),
    ] = None
    span_id: Annotated[str | None, Field(max_length=200, description="Else `x-span-id`.")] = None
    parent_span_id: Annotated[str | None, Field(max_length=200, description="Else `x-parent-span-id`.")] = None


class RecordedInteractionOut(Camel):
    """A recorded interaction, also the value of its record in the log."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE_OUT})

    interaction_id: str
    interaction_number: Annotated[
        int, Field(description="The interaction's place in its tenant's sequence: from 1, without gaps.")
    ]
    resource_id: str
    resource_type_id: str
    action_id: str
    origin_id: str
    resource_type: Annotated[str, Field(description="Mnemonic in the catalog's spelling.")]
    action: str
    origin: str
    interaction: Any
    external_reference: str | None
    external_response: Any
    uow_id: str
    user_id: str | None
    created_date: Annotated[str, Field(description="Accept time; never decreases with the number.")]
    interaction_timestamp: str | None
    span_id: str | None
    parent_span_id: str | None
    sequence_index: int | None


class BatchItemOut(Camel):
    """The result for one item: status 201 with its id and number, or its error."""

    index: int
    status: int
    interaction_id: str | None
    interaction_number: int | None
    error: ProblemOut | None


_BATCH_EXAMPLE: dict[str, Any] = {
    "accepted": 1,
    "repeated": 0,
    "rejected": 1,
    "items": [
        {"index": 0, "status": 201, "interactionId": _ORDER, "interactionNumber": 42, "error": None},
        {"index": 1, "status": 422, "interactionId": None, "interactionNumber": None, "error": PROBLEM_EXAMPLE},
    ],
}


class BatchOut(Camel):
    """The results for a batch's items, and their counts."""

    model_config = ConfigDict(json_schema_extra={"example": _BATCH_EXAMPLE})

    accepted: int
    repeated: int = Field(description="Number of accepted items that repeat an earlier request's key or id.")
    rejected: int
    items: list[BatchItemOut]
