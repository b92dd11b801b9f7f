"""What the routes answer, as OpenAPI describes it; the answers themselves are written by `render`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, Pagination
from services.queries.model import DateField

_INTERACTION: dict[str, JsonValue] = {
    "interactionId": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "interactionNumber": 42,
    "resourceId": "order-456",
    "resourceTypeId": "6f1c2c39-9c1a-5a53-8f0b-0f4a6f0d2c11",
    "actionId": "c0e77a0e-2a0a-5a86-9a7c-5c9f4bb0a1a4",
    "originId": "2c1f2d0a-7d6e-5a53-b1a4-90b7a6f0e4d2",
    "resourceTypeMnemonic": "ORDER",
    "resourceTypeIcon": "📦",
    "resourceTypeFontColorHex": "#fff",
    "resourceTypeBgColorHex": "#f59e0b",
    "actionMnemonic": "CREATE",
    "actionIcon": "➕",
    "actionFontColorHex": "#fff",
    "actionBgColorHex": "#16a34a",
    "originMnemonic": "WEBAPP",
    "originIcon": "🌐",
    "originFontColorHex": "#fff",
    "originBgColorHex": "#2563eb",
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
    "externalResponse": None,
    "uowId": "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11",
    "userId": None,
    "createdDate": "2026-01-15T10:30:00.000Z",
    "interactionTimestamp": None,
    "spanId": None,
    "parentSpanId": None,
    "sequenceIndex": None,
}
_PAGINATION: dict[str, JsonValue] = {
    "page": 1,
    "limit": 50,
    "total": 1,
    "totalPages": 1,
    "hasNext": False,
    "hasPrev": False,
    "nextCursor": None,
}
_GAPS: list[JsonValue] = [
    {"first": 7, "last": 7, "state": "voided", "reason": "the gateway ended", "at": "2026-01-15T10:30:00.000Z"},
    {
        "first": 9,
        "last": 9,
        "state": "duplicate",
        "reason": None,
        "at": "2026-01-15T10:31:00.000Z",
        "duplicateOf": 3,
    },
]


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class InteractionOut(_Camel):
    """A recorded interaction with the badges of its type, action and origin as they are now."""

    model_config = ConfigDict(json_schema_extra={"example": _INTERACTION})

    interaction_id: str
    interaction_number: int
    resource_id: str
    resource_type_id: str
    action_id: str
    origin_id: str
    resource_type_mnemonic: str
    resource_type_icon: str | None
    resource_type_font_color_hex: str | None
    resource_type_bg_color_hex: str | None
    action_mnemonic: str
    action_icon: str | None
    action_font_color_hex: str | None
    action_bg_color_hex: str | None
    origin_mnemonic: str
    origin_icon: str | None
    origin_font_color_hex: str | None
    origin_bg_color_hex: str | None
    interaction: JsonValue
    external_reference: str | None
    external_response: JsonValue
    uow_id: str
    user_id: str | None
    created_date: str
    interaction_timestamp: str | None
    span_id: str | None
    parent_span_id: str | None
    sequence_index: int | None


class InteractionsOut(BaseModel):
    """A page of interactions."""

    model_config = ConfigDict(json_schema_extra={"example": {"data": [_INTERACTION], "pagination": _PAGINATION}})

    data: list[InteractionOut]
    pagination: Pagination


class GapOut(_Camel):
    """A run of numbers that no list shows: voided, duplicate, parked, in flight or lost."""

    first: int
    last: int
    state: str
    reason: str | None
    at: str | None
    duplicate_of: int | None = Field(default=None, description="What the first number of the run repeats.")


class GapsOut(BaseModel):
    """A page of gaps."""

    model_config = ConfigDict(json_schema_extra={"example": {"data": _GAPS, "pagination": {**_PAGINATION, "total": 2}}})

    data: list[GapOut]
    pagination: Pagination


_BUCKET: dict[str, JsonValue] = {
    "bucket": "2026-01-15T00:00:00.000Z",
    "count": 3,
    "groups": [{"key": "CREATE", "count": 2}, {"key": "READ", "count": 1}],
}
_TIMELINE: dict[str, JsonValue] = {
    "granularity": "day",
    "startDate": "2026-01-15T00:00:00.000Z",
    "endDate": "2026-01-15T23:59:59.999Z",
    "data": [_BUCKET],
    "total": 3,
}
_GROUP: dict[str, JsonValue] = {
    "userId": "ann@example.com",
    "uowId": "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11",
    "interactionCount": 2,
    "firstInteraction": "2026-01-15T10:30:00.000Z",
    "lastInteraction": "2026-01-15T10:31:00.000Z",
    "actions": ["CREATE", "READ"],
    "resources": [{"resourceId": "order-456", "resourceType": "ORDER"}],
    "resourceCount": 1,
}


class GroupCountOut(BaseModel):
    """How many interactions of a bucket have one mnemonic."""

    key: str
    count: int


class BucketOut(BaseModel):
    """A bucket by its beginning; `groups` only where the timeline is grouped."""

    bucket: str
    count: int
    groups: list[GroupCountOut] | None = None


class TimelineOut(_Camel):
    """Counts over time. Both dates are inclusive; the first and the last bucket count only what lies within them."""

    model_config = ConfigDict(json_schema_extra={"example": _TIMELINE})

    granularity: str
    start_date: str
    end_date: str
    data: list[BucketOut]
    total: int


class RefreshedOut(_Camel):
    """The timeline counts everything accepted up to `asOf`."""

    model_config = ConfigDict(json_schema_extra={"example": {"refreshed": True, "asOf": "2026-01-15T10:30:00.000Z"}})

    refreshed: bool
    as_of: str


class ResourceIn(_Camel):
    """A resource, of any type or of one; `*` is every resource of the type."""

    resource_id: str = Field(min_length=1)
    resource_type: str | None = None


class ActivityIn(_Camel):
    """An activity search: any of the resources, and all of the rest; at least one filter besides the dates."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "resources": [
                    {"resourceId": "order-456", "resourceType": "ORDER"},
                    {"resourceId": "payment-789", "resourceType": "PAYMENT"},
                ],
                "startDate": "2026-01-01T00:00:00Z",
                "endDate": "2026-12-31T23:59:59Z",
            }
        }
    )

    resources: list[ResourceIn] = Field(default=[], max_length=1_000)
    user_id: str | None = None
    uow_id: str | None = None
    action: str | None = Field(default=None, description="Action mnemonic, in any case.")
    start_date: str | None = Field(default=None, description="On or after; a date or a time.")
    end_date: str | None = Field(default=None, description="On or before; a date includes its day.")
    date_field: DateField = Field(default=DateField.CREATED, description="What the dates mean.")
    json_filters: list[Any] | None = Field(default=None, description="As the list's `jsonFilters`, as JSON.")
    page: int = Field(default=1, ge=1, le=MAX_PAGE)
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)


class ActivityResourceOut(_Camel):
    """A resource that something was done to."""

    resource_id: str
    resource_type: str


class ActivityGroupOut(_Camel):
    """What one user did within one unit of work; `resources` names the first hundred of `resourceCount`."""

    user_id: str | None
    uow_id: str
    interaction_count: int
    first_interaction: str
    last_interaction: str
    actions: list[str]
    resources: list[ActivityResourceOut]
    resource_count: int


class ActivityOut(BaseModel):
    """A page of groups."""

    model_config = ConfigDict(json_schema_extra={"example": {"data": [_GROUP], "pagination": _PAGINATION}})

    data: list[ActivityGroupOut]
    pagination: Pagination


def _responses(model: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    meanings = {
        401: "No credential, or one that is not valid",
        403: "The credential's roles do not allow this",
        404: "No such interaction for this tenant",
        422: "Not acceptable; `errors` says where",
        503: "The positions asked for are not applied yet, or the query takes too long",
    }
    described: dict[int | str, dict[str, Any]] = {
        status: {"description": meanings[status]} for status in (401, 403, *statuses)
    }
    return {200: {"model": model}} | described


INTERACTIONS = _responses(InteractionsOut, 422, 503)
INTERACTION = _responses(InteractionOut, 404, 422, 503)
GAPS = _responses(GapsOut, 422, 503)
TIMELINE = _responses(TimelineOut, 422, 503)
REFRESHED = _responses(RefreshedOut, 503)
ACTIVITY = _responses(ActivityOut, 422, 503)
