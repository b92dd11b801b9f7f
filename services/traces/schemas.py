"""The requests and answers of the routes of traces, for OpenAPI; `render` writes the answers themselves."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.contracts.times import ACCEPTED
from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import PAGINATION_EXAMPLE, Pagination
from libs.httpkit.responses import Responses
from libs.records.schemas import EVENT_EXAMPLE, INTERACTION_EXAMPLE, EventOut, InteractionOut

MAX_DURATION_MS = 2**53
_UOW_ID = "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11"
_SUMMARY: dict[str, JsonValue] = {
    "uowId": _UOW_ID,
    "totalInteractions": 1,
    "totalEvents": 1,
    "startedAt": "2026-01-15T10:30:00.000Z",
    "endedAt": "2026-01-15T10:30:02.000Z",
    "durationMs": 2000,
    "uniqueActions": ["CREATE"],
    "resourceTypes": ["ORDER"],
    "origins": ["WEBAPP"],
    "resourceCount": 1,
    "users": ["ann"],
    "services": ["checkout"],
    "errorCount": 1,
}
_KEY_FIELDS: dict[str, JsonValue] = {
    "kind": "event",
    "id": EVENT_EXAMPLE["id"],
    "number": None,
    "at": "2026-01-15T10:30:02.000Z",
    "resourceType": "ORDER",
    "resourceId": "order-456",
    "action": None,
    "origin": None,
    "userId": None,
    "eventType": "order.shipped",
    "actorId": "ann",
    "actorType": "user",
    "source": EVENT_EXAMPLE["source"],
    "status": "error",
}
_ENTRY: dict[str, JsonValue] = {**_KEY_FIELDS, "offsetMs": 2000, "gapMs": 2000, "parallel": False}
_NODE: dict[str, JsonValue] = {
    **_KEY_FIELDS,
    "spanId": None,
    "parentSpanId": None,
    "causationId": EVENT_EXAMPLE["causationId"],
    "parentId": EVENT_EXAMPLE["causationId"],
    "depth": 1,
    "children": [],
    "startedAt": "2026-01-15T10:30:02.000Z",
    "endedAt": "2026-01-15T10:30:02.000Z",
    "durationMs": 0,
    "ownStartedAt": "2026-01-15T10:30:02.000Z",
    "ownEndedAt": "2026-01-15T10:30:02.000Z",
    "ownDurationMs": 0,
    "spanStatus": "ERROR",
    "statusMessage": "the card was declined",
    "exceptions": [{"type": "CardDeclined", "message": "the card was declined"}],
    "isError": True,
    "selfTimeMs": 0,
    "onCriticalPath": True,
    "missingParent": None,
    "cycle": False,
}
_EDGE: dict[str, JsonValue] = {
    "from": "WEBAPP",
    "to": "API",
    "count": 12,
    "p50Ms": 40.2,
    "p95Ms": 311.0,
    "avgMs": 71.3,
}


class TraceFilters(CamelQuery):
    """The filters of the search; all of them must hold, each for any record of the trace."""

    start_date: str | None = Field(default=None, description=f"Started on or after; a date or a time, from {ACCEPTED}.")
    end_date: str | None = Field(default=None, description="Started on or before; a date includes its day.")
    min_duration_ms: int | None = Field(default=None, ge=0, le=MAX_DURATION_MS, description="Milliseconds.")
    max_duration_ms: int | None = Field(default=None, ge=0, le=MAX_DURATION_MS, description="Milliseconds.")
    origin: str | None = Field(default=None, description="Origin mnemonic, in any case.")
    action: str | None = Field(default=None, description="Action mnemonic, in any case.")
    resource_type: str | None = Field(default=None, description="Mnemonic, or an event's type, in any case.")
    user_id: str | None = Field(default=None, description="User of any of the trace's records.")
    service: str | None = Field(default=None, description="Service of any of the trace's events.")
    span_name: str | None = Field(default=None, description="Name of any of the trace's spans.")
    error: bool | None = Field(
        default=None,
        description="Whether any record's `status` is `error`.",
    )


class CorrelatedOut(Camel):
    """A page of a correlation's events, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"events": [EVENT_EXAMPLE], "hasNext": False, "limit": 100, "offset": 0, "total": 1}
        }
    )

    events: list[EventOut]
    has_next: bool
    limit: int
    offset: int
    total: int


class TraceOut(Camel):
    """A page of a trace's records; `total` counts both kinds in the whole trace."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "uowId": _UOW_ID,
                "interactions": [INTERACTION_EXAMPLE],
                "events": [EVENT_EXAMPLE],
                "total": 2,
                "nextCursor": None,
            }
        }
    )

    uow_id: str
    interactions: list[InteractionOut]
    events: list[EventOut]
    total: int
    next_cursor: str | None


class KeyFieldsOut(Camel):
    """The key fields of a record; those that its kind does not have are null."""

    kind: str = Field(description="`interaction` or `event`.")
    id: str
    number: int | None
    at: str = Field(description="Event time.")
    resource_type: str
    resource_id: str
    action: str | None
    origin: str | None
    user_id: str | None
    event_type: str | None
    actor_id: str | None
    actor_type: str | None
    source: str | None = Field(description="Writer of an event; null for an interaction.")
    status: Literal["ok", "error"] | None = Field(
        description="How the record ended. `error`: a span's status, an exception or a severity of 17 or more says so,"
        " or an interaction's action is `FAILED`; `ok`: a span's status says so, or the action is `COMPLETED`; null:"
        " it does not say."
    )


class EntryOut(KeyFieldsOut):
    """An entry of a timeline."""

    model_config = ConfigDict(json_schema_extra={"example": _ENTRY})

    offset_ms: int = Field(description="Milliseconds since the trace's start.")
    gap_ms: int | None = Field(description="Milliseconds since the entry before; null for the first.")
    parallel: bool = Field(description="Whether the entry before or after has the same time.")


class TraceTimelineOut(Camel):
    """A page of a trace's timeline."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"uowId": _UOW_ID, "entries": [_ENTRY], "nextCursor": None}}
    )

    uow_id: str
    entries: list[EntryOut]
    next_cursor: str | None


class SummaryOut(Camel):
    """The summary of a trace: counts, times and sets of all its records."""

    model_config = ConfigDict(json_schema_extra={"example": _SUMMARY})

    uow_id: str
    total_interactions: int
    total_events: int
    started_at: str
    ended_at: str
    duration_ms: int
    unique_actions: list[str]
    resource_types: list[str]
    origins: list[str]
    resource_count: int
    users: list[str]
    services: list[str]
    error_count: int = Field(description="Number of records whose `status` is `error`.")


class SummariesOut(BaseModel):
    """A page of trace summaries."""

    model_config = ConfigDict(json_schema_extra={"example": {"data": [_SUMMARY], "pagination": PAGINATION_EXAMPLE}})

    data: list[SummaryOut]
    pagination: Pagination


class ExceptionOut(BaseModel):
    """An exception that a span or a log record tells of; texts are cut at 500 characters."""

    type: str | None
    message: str | None


class NodeOut(KeyFieldsOut):
    """A record in the tree. Its interval includes its descendants'; `own…` is the record's own."""

    model_config = ConfigDict(json_schema_extra={"example": _NODE})

    span_id: str | None
    parent_span_id: str | None
    causation_id: str | None
    parent_id: str | None
    depth: int
    children: list[str] = Field(description="Ids of the children, in chronological order.")
    started_at: str
    ended_at: str
    duration_ms: int
    own_started_at: str
    own_ended_at: str
    own_duration_ms: int
    span_status: str | None = Field(description="Status of a span as it was sent: `OK`, `ERROR` or `UNSET`.")
    status_message: str | None
    exceptions: list[ExceptionOut] = Field(description="The first ten exceptions.")
    is_error: bool = Field(description="Whether `status` is `error`.")
    self_time_ms: int = Field(description="The part of the record's own duration that no child covers.")
    on_critical_path: bool
    missing_parent: str | None = Field(description="Id of the parent that the record names and the trace lacks.")
    cycle: bool = Field(description="Whether the record names a descendant of its own as its parent.")


class TreeOut(Camel):
    """The tree as a list, each node before its children."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"uowId": _UOW_ID, "roots": [_NODE["parentId"]], "nodes": [_NODE], "total": 2}}
    )

    uow_id: str
    roots: list[str]
    nodes: list[NodeOut]
    total: int


class GraphNodeOut(BaseModel):
    """An origin and its number of interactions."""

    model_config = ConfigDict(json_schema_extra={"example": {"origin": "WEBAPP", "count": 40}})

    origin: str
    count: int


class GraphEdgeOut(Camel):
    """The links from one origin to another: their number, and the latencies (percentiles within 1 %)."""

    model_config = ConfigDict(json_schema_extra={"example": _EDGE})

    from_: str = Field(alias="from")
    to: str
    count: int
    p50_ms: float = Field(alias="p50Ms")
    p95_ms: float = Field(alias="p95Ms")
    avg_ms: float


class GraphOut(Camel):
    """The graph of origins over a range of UTC days, both dates inclusive: nodes, and links as edges."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "startDate": "2026-01-01",
                "endDate": "2026-01-30",
                "nodes": [{"origin": "WEBAPP", "count": 40}],
                "edges": [_EDGE],
            }
        }
    )

    start_date: str
    end_date: str
    nodes: list[GraphNodeOut]
    edges: list[GraphEdgeOut]


_answers = Responses(
    {
        404: "No such unit of work for this tenant",
        503: "The positions asked for are not applied yet, or the search takes too long",
    }
)

SEARCH = _answers.of(SummariesOut, 503)
TRACE = _answers.of(TraceOut, 404, 503)
TIMELINE = _answers.of(TraceTimelineOut, 404, 503)
SUMMARY = _answers.of(SummaryOut, 404, 503)
TREE = _answers.of(TreeOut, 404, 503)
GRAPH = _answers.of(GraphOut, 503)
CORRELATED = _answers.of(CorrelatedOut, 503)
