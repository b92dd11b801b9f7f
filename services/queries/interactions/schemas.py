"""The requests and answers of the history's routes, for OpenAPI; `render` writes the answers themselves."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.contracts.times import ACCEPTED
from libs.httpkit.camel import Camel, CamelBody, CamelQuery
from libs.httpkit.json_values import MAX_INTEGER
from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, PAGINATION_EXAMPLE, Pagination
from libs.httpkit.responses import Responses
from libs.records.schemas import INTERACTION_EXAMPLE, InteractionOut
from services.queries.interactions.model import DateField
from services.queries.interactions.timeline import Granularity

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


class FacetFilters(CamelQuery):
    """The filters of the list by mnemonics, which match in any case."""

    action: str | None = Field(default=None, description="Action mnemonic, in any case.")
    resource_type: str | None = Field(default=None, description="Mnemonic, in any case.")
    origin: str | None = Field(default=None, description="Origin mnemonic, in any case.")


class InteractionStreamFilters(FacetFilters):
    """The filters that the list and the stream have in common; all of them must hold."""

    resource_id: str | None = Field(default=None, description="Resource id.")
    uow_id: str | None = Field(default=None, description="Unit of work id.")
    external_reference: str | None = None
    user_id: str | None = Field(default=None, description="User id.")


class ListFilters(InteractionStreamFilters):
    """The filters of the list; all of them must hold."""

    interaction_id: str | None = Field(default=None, description="Interaction id.")
    interaction_number: int | None = Field(
        default=None, ge=1, le=MAX_INTEGER, description="Interaction number; one that no list shows finds nothing."
    )
    start_date: str | None = Field(default=None, description=f"On or after; a date or a time, from {ACCEPTED}.")
    end_date: str | None = Field(default=None, description="On or before; a date includes its day.")
    date_field: DateField = Field(default=DateField.CREATED, description="The time that dates and order refer to.")
    json_filters: str | None = Field(
        default=None,
        description='`[{"path":"total","operator":"equals","value":1}]`; decimals are compared exactly.',
    )


class TimelineFilters(FacetFilters):
    """The filters of the list that a timeline takes."""

    date_field: DateField = Field(default=DateField.CREATED, description="The time by which interactions are counted.")


class TimelineRange(CamelQuery):
    """The range of a timeline, and its buckets."""

    start_date: str | None = Field(default=None, description="On or after; a date or a time.")
    end_date: str | None = Field(default=None, description="On or before; a date includes its day.")
    days: int | None = Field(
        default=None, ge=1, le=100_000, description="Number of UTC days, ending with today (90 without dates)."
    )
    granularity: Granularity | None = Field(
        default=None, description="Length of a bucket; when absent, one that suits the range."
    )


class InteractionsOut(BaseModel):
    """A page of interactions."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"data": [INTERACTION_EXAMPLE], "pagination": PAGINATION_EXAMPLE}}
    )

    data: list[InteractionOut]
    pagination: Pagination


class GapOut(Camel):
    """A run of numbers that no list shows: voided, duplicate, parked, discarded, in flight or lost."""

    first: int
    last: int
    state: str
    reason: str | None
    at: str | None
    duplicate_of: int | None = Field(default=None, description="The number that the run's first number repeats.")


class GapsOut(BaseModel):
    """A page of gaps."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"data": _GAPS, "pagination": {**PAGINATION_EXAMPLE, "total": 2}}}
    )

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
    """The number of a bucket's interactions with the mnemonic `key`."""

    key: str
    count: int


class BucketOut(BaseModel):
    """A bucket, named by its beginning, and its count; `groups` only where the timeline is grouped."""

    bucket: str
    count: int
    groups: list[GroupCountOut] | None = None


class TimelineOut(Camel):
    """Counts over time. Both dates are inclusive; the first and the last bucket count only what lies within them."""

    model_config = ConfigDict(json_schema_extra={"example": _TIMELINE})

    granularity: str
    start_date: str
    end_date: str
    data: list[BucketOut]
    total: int


class RefreshedOut(Camel):
    """A refreshed timeline: it counts everything accepted up to `asOf`."""

    model_config = ConfigDict(json_schema_extra={"example": {"refreshed": True, "asOf": "2026-01-15T10:30:00.000Z"}})

    refreshed: bool
    as_of: str


class ResourceIn(CamelBody):
    """A resource of one type, or of any; the id `*` is every resource of the type."""

    resource_id: str = Field(min_length=1)
    resource_type: str | None = None


class ActivityIn(CamelBody):
    """The filters of an activity search: any of `resources`, and all others; one is needed besides the dates."""

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
    date_field: DateField = Field(default=DateField.CREATED, description="The time that dates refer to.")
    json_filters: list[Any] | None = Field(
        default=None, description="The list's `jsonFilters`, as JSON rather than text."
    )
    page: int = Field(default=1, ge=1, le=MAX_PAGE)
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)


class ActivityResourceOut(Camel):
    """A resource that the user acted on."""

    resource_id: str
    resource_type: str


class ActivityGroupOut(Camel):
    """One user's matching interactions in one unit of work; `resources` names the first hundred of `resourceCount`."""

    user_id: str | None
    uow_id: str
    interaction_count: int
    first_interaction: str
    last_interaction: str
    actions: list[str]
    resources: list[ActivityResourceOut]
    resource_count: int


class ActivityOut(BaseModel):
    """A page of an activity search: groups by user and unit of work."""

    model_config = ConfigDict(json_schema_extra={"example": {"data": [_GROUP], "pagination": PAGINATION_EXAMPLE}})

    data: list[ActivityGroupOut]
    pagination: Pagination


_answers = Responses(
    {
        404: "No such interaction for this tenant",
        503: "The positions asked for are not applied yet, or the query takes too long",
    }
)

INTERACTIONS = _answers.of(InteractionsOut, 503)
INTERACTION = _answers.of(InteractionOut, 404, 503)
GAPS = _answers.of(GapsOut, 503)
TIMELINE = _answers.of(TimelineOut, 503)
REFRESHED = _answers.of(RefreshedOut, 503)
ACTIVITY = _answers.of(ActivityOut, 503)
