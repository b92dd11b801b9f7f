"""The calls of the API, a function for each: a request, and how its answer is read. `event_calls` has those of events.

Nothing here does I/O. Both clients send these calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from waymark.client.filters import Moment, body, moment_text, query
from waymark.client.models import (
    Activity,
    CatalogItem,
    Gap,
    Interaction,
    Key,
    NewInteraction,
    NewKey,
    OriginGraph,
    Page,
    Recorded,
    Refreshed,
    Timeline,
    Trace,
    TraceSummary,
    TraceTimeline,
    TraceTree,
)
from waymark.client.requests import (
    JSON,
    ApiCall,
    bulk,
    creating,
    decode,
    delete,
    encode,
    get,
    header_value,
    page,
    placed,
    read_page,
    segment,
)
from waymark.client.retries import ApiAnswer, Request
from waymark.client.spans import TRACEPARENT, UOW_HEADER, Span

INTERACTIONS = "/api/interactions"
BATCH = "/api/interactions/batch"
CATALOGS = {"resource-types": "resource_type_id", "actions": "action_id", "origins": "origin_id"}


def record(item: NewInteraction, span: Span | None, idempotency_key: str | None) -> ApiCall[Recorded]:
    """Record one interaction; the fields that the API takes from headers travel there."""
    in_headers = {
        UOW_HEADER: item.uow_id,
        "x-userid": item.user_id,
        "x-interaction-timestamp": None if item.timestamp is None else timestamp_text(item.timestamp),
        "x-span-id": item.span_id,
        "x-parent-span-id": item.parent_span_id,
        TRACEPARENT: span.traceparent if span and span.uow_id == item.uow_id else None,
    }
    headers = tuple((name, header_value(name, value)) for name, value in in_headers.items() if value is not None)
    in_body = msgspec.structs.replace(
        item, uow_id=None, user_id=None, timestamp=None, span_id=None, parent_span_id=None
    )
    content = encode_item(in_body)
    request = creating(INTERACTIONS, content, idempotency_key, extra=headers)
    return ApiCall(request, lambda answer: placed(decode(answer, Recorded), answer))


def batch(lines: Iterable[bytes], *, is_keyed: bool = True) -> Request:
    """Record many interactions, each line one that has an id of its own; `is_keyed`: under an Idempotency-Key too."""
    return bulk(BATCH, b"\n".join(lines), 200, is_keyed=is_keyed)


def encode_item(item: NewInteraction) -> bytes:
    """Write an interaction as a line of a batch. Raises Refused naming the field that JSON cannot hold."""
    if item.timestamp is not None:
        item = msgspec.structs.replace(item, timestamp=timestamp_text(item.timestamp))
    return encode("interaction", item)


def timestamp_text(value: Moment) -> str:
    """Write a caller's event time as the API takes it."""
    return moment_text("timestamp", value)


def list_interactions(options: Mapping[str, Any]) -> ApiCall[Page[Interaction]]:
    """Read one page of interactions."""
    return page(INTERACTIONS, options, Interaction)


def get_interaction(interaction_id: str) -> ApiCall[Interaction]:
    """Read one interaction."""
    return get(f"{INTERACTIONS}/{segment(interaction_id)}", Interaction)


def list_gaps(options: Mapping[str, Any]) -> ApiCall[Page[Gap]]:
    """Read one page of the gap report."""
    return page(f"{INTERACTIONS}/gaps", options, Gap)


def timeline(options: Mapping[str, Any]) -> ApiCall[Timeline]:
    """Count interactions over time."""
    return get(f"{INTERACTIONS}/timeline", Timeline, options)


def refresh_timeline() -> ApiCall[Refreshed]:
    """Wait until the timeline counts everything accepted before."""
    request = Request("POST", f"{INTERACTIONS}/timeline/refresh")
    return ApiCall(request, lambda answer: decode(answer, Refreshed), is_read=True)


def search_activity(options: Mapping[str, Any]) -> ApiCall[Page[Activity]]:
    """Read one page of activity."""
    request = Request("POST", "/api/activity", headers=(JSON,), content=body(options))
    return ApiCall(request, lambda answer: read_page(answer, Activity), is_read=True)


def trace(uow_id: str, options: Mapping[str, Any]) -> ApiCall[Trace]:
    """Read a trace, or one page of it."""
    return get(_trace_path(uow_id), Trace, options)


def trace_timeline(uow_id: str, options: Mapping[str, Any]) -> ApiCall[TraceTimeline]:
    """Read the key fields of a trace's records, or one page of them."""
    return get(f"{_trace_path(uow_id)}/timeline", TraceTimeline, options)


def trace_tree(uow_id: str) -> ApiCall[TraceTree]:
    """Read a trace as a tree of spans and causes."""
    return get(f"{_trace_path(uow_id)}/tree", TraceTree)


def trace_summary(uow_id: str) -> ApiCall[TraceSummary]:
    """Read a trace's counts, times, users and kinds."""
    return get(f"{_trace_path(uow_id)}/summary", TraceSummary)


def search_traces(options: Mapping[str, Any]) -> ApiCall[Page[TraceSummary]]:
    """Read one page of trace summaries."""
    return page("/api/traces", options, TraceSummary)


def origin_graph(options: Mapping[str, Any]) -> ApiCall[OriginGraph]:
    """Read the graph of origins."""
    return get("/api/origins/graph", OriginGraph, options)


def list_catalog(kind: str, options: Mapping[str, Any]) -> ApiCall[list[CatalogItem]]:
    """Read all catalog items of a kind."""
    request = Request("GET", f"/api/{kind}", params=query(options))
    return ApiCall(request, lambda answer: [_named(kind, item) for item in decode(answer, list[CatalogItem])])


def get_catalog_item(kind: str, item_id: str) -> ApiCall[CatalogItem]:
    """Read one catalog item."""
    return ApiCall(Request("GET", f"/api/{kind}/{segment(item_id)}"), lambda answer: _item(kind, answer))


def create_catalog_item(kind: str, fields: Mapping[str, Any], idempotency_key: str | None) -> ApiCall[CatalogItem]:
    """Define a catalog item."""
    return ApiCall(creating(f"/api/{kind}", body(fields), idempotency_key), lambda answer: _item(kind, answer))


def update_catalog_item(kind: str, item_id: str, fields: Mapping[str, Any]) -> ApiCall[CatalogItem]:
    """Replace a catalog item's fields."""
    request = Request("PUT", f"/api/{kind}/{segment(item_id)}", headers=(JSON,), content=body(fields))
    return ApiCall(request, lambda answer: _item(kind, answer))


def archive_catalog_item(kind: str, item_id: str) -> ApiCall[None]:
    """Archive a catalog item."""
    return delete(f"/api/{kind}/{segment(item_id)}")


def list_keys(options: Mapping[str, Any]) -> ApiCall[Page[Key]]:
    """Read one page of keys."""
    return page("/api/keys", options, Key)


def create_key(fields: Mapping[str, Any], idempotency_key: str | None) -> ApiCall[NewKey]:
    """Make a key."""
    request = creating("/api/keys", body(fields), idempotency_key)
    return ApiCall(request, lambda answer: placed(decode(answer, NewKey), answer))


def key_fields(
    label: str, roles: Iterable[str], expires_at: Moment | None, rate_limit_per_minute: int | None
) -> dict[str, Any]:
    """Gather the fields of a key to make."""
    return {
        "label": label,
        "roles": list(roles),
        "expires_at": expires_at,
        "rate_limit_per_minute": rate_limit_per_minute,
    }


def revoke_key(key_id: str) -> ApiCall[None]:
    """End a key."""
    return delete(f"/api/keys/{segment(key_id)}")


def _item(kind: str, answer: ApiAnswer) -> CatalogItem:
    return placed(_named(kind, decode(answer, CatalogItem)), answer)


def _named(kind: str, item: CatalogItem) -> CatalogItem:
    return msgspec.structs.replace(item, id=getattr(item, CATALOGS[kind]) or item.id)


def _trace_path(uow_id: str) -> str:
    return f"/api/traces/{segment(uow_id)}"
