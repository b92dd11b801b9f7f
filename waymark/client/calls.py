"""One function for each thing the API can do: what to send, and what the answer means. Nothing here does I/O.

Both clients send these, so they cannot differ in anything but how they wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from waymark.client.errors import UnexpectedAnswer, local_problem
from waymark.client.filters import Moment, body, moment_text, query
from waymark.client.ids import new_id
from waymark.client.models import (
    Activity,
    CatalogItem,
    Gap,
    Interaction,
    Key,
    NewInteraction,
    NewKey,
    Page,
    Recorded,
    Timeline,
    Trace,
    TraceSummary,
    TraceTimeline,
    TraceTree,
)
from waymark.client.positions import POSITION
from waymark.client.retries import Answer, Request
from waymark.client.spans import TRACEPARENT, UOW_HEADER, Span

T = TypeVar("T")
INTERACTIONS = "/api/interactions"
BATCH = "/api/interactions/batch"
IDEMPOTENCY_KEY = "idempotency-key"
CATALOGS = {"resource-types": "resource_type_id", "actions": "action_id", "origins": "origin_id"}
_JSON = ("content-type", b"application/json")
_NDJSON = ("content-type", b"application/x-ndjson")
_MAX_HEADER_LENGTH = 200
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request and how to read its answer. `is_read`: it may wait for this client's own writes."""

    request: Request
    read: Callable[[Answer], T]
    is_read: bool = False


def record(item: NewInteraction, span: Span | None, idempotency_key: str | None) -> Call[Recorded]:
    """Record one interaction; what the API takes from headers travels there."""
    said = {
        UOW_HEADER: item.uow_id,
        "x-userid": item.user_id,
        "x-interaction-timestamp": None if item.timestamp is None else timestamp_text(item.timestamp),
        "x-span-id": item.span_id,
        "x-parent-span-id": item.parent_span_id,
        TRACEPARENT: span.traceparent if span and span.uow_id == item.uow_id else None,
    }
    headers = tuple((name, _header_value(name, value)) for name, value in said.items() if value is not None)
    in_body = msgspec.structs.replace(
        item, uow_id=None, user_id=None, timestamp=None, span_id=None, parent_span_id=None
    )
    content = encode_item(in_body)
    request = _creating(INTERACTIONS, content, idempotency_key, extra=headers)
    return Call(request, lambda answer: _placed(decode(answer, Recorded), answer))


def batch(lines: Iterable[bytes]) -> Request:
    """Record many interactions, each line one that has an id of its own."""
    request = _creating(BATCH, b"\n".join(lines), None, kind=_NDJSON)
    return replace(request, is_answered=_tells_of_items)


def _tells_of_items(answer: Answer) -> bool:
    return answer.status == 200 or (answer.status in {422, 503} and b'"items"' in answer.content)


def encode_item(item: NewInteraction) -> bytes:
    """An interaction as a line of a batch. Raises Refused naming the field when it cannot be written as JSON."""
    if item.timestamp is not None:
        item = msgspec.structs.replace(item, timestamp=timestamp_text(item.timestamp))
    try:
        return _encoder.encode(item)
    except (TypeError, ValueError, RecursionError) as error:
        raise local_problem("interaction", f"cannot be written as JSON: {error}") from error


def timestamp_text(value: Moment) -> str:
    """A caller's event time as the API takes it."""
    return moment_text("timestamp", value)


def list_interactions(options: Mapping[str, Any]) -> Call[Page[Interaction]]:
    """One page of the history."""
    return _page(INTERACTIONS, options, Interaction)


def get_interaction(interaction_id: str) -> Call[Interaction]:
    """One interaction."""
    return _get(f"{INTERACTIONS}/{_segment(interaction_id)}", Interaction)


def list_gaps(options: Mapping[str, Any]) -> Call[Page[Gap]]:
    """One page of the gap report."""
    return _page(f"{INTERACTIONS}/gaps", options, Gap)


def timeline(options: Mapping[str, Any]) -> Call[Timeline]:
    """Counts over time."""
    return _get(f"{INTERACTIONS}/timeline", Timeline, options)


def search_activity(options: Mapping[str, Any]) -> Call[Page[Activity]]:
    """One page of activity."""
    request = Request("POST", "/api/activity", headers=(_JSON,), content=body(options))
    return Call(request, lambda answer: _read_page(answer, Activity), is_read=True)


def trace(uow_id: str, options: Mapping[str, Any]) -> Call[Trace]:
    """A trace, or one page of a long one."""
    return _get(_trace_path(uow_id), Trace, options)


def trace_timeline(uow_id: str, options: Mapping[str, Any]) -> Call[TraceTimeline]:
    """A trace's key fields, or one page of them."""
    return _get(f"{_trace_path(uow_id)}/timeline", TraceTimeline, options)


def trace_tree(uow_id: str) -> Call[TraceTree]:
    """A trace by its spans and causes."""
    return _get(f"{_trace_path(uow_id)}/tree", TraceTree)


def trace_summary(uow_id: str) -> Call[TraceSummary]:
    """A trace in figures."""
    return _get(f"{_trace_path(uow_id)}/summary", TraceSummary)


def search_traces(options: Mapping[str, Any]) -> Call[Page[TraceSummary]]:
    """One page of traces."""
    return _page("/api/traces", options, TraceSummary)


def list_catalog(kind: str, options: Mapping[str, Any]) -> Call[list[CatalogItem]]:
    """All of one kind."""
    request = Request("GET", f"/api/{kind}", params=query(options))
    return Call(request, lambda answer: [_named(kind, item) for item in decode(answer, list[CatalogItem])])


def get_catalog_item(kind: str, item_id: str) -> Call[CatalogItem]:
    """One catalog item."""
    return Call(Request("GET", f"/api/{kind}/{_segment(item_id)}"), lambda answer: _item(kind, answer))


def create_catalog_item(kind: str, fields: Mapping[str, Any], idempotency_key: str | None) -> Call[CatalogItem]:
    """Define a catalog item."""
    return Call(_creating(f"/api/{kind}", body(fields), idempotency_key), lambda answer: _item(kind, answer))


def update_catalog_item(kind: str, item_id: str, fields: Mapping[str, Any]) -> Call[CatalogItem]:
    """Put a catalog item's fields in place of those it has."""
    request = Request("PUT", f"/api/{kind}/{_segment(item_id)}", headers=(_JSON,), content=body(fields))
    return Call(request, lambda answer: _item(kind, answer))


def archive_catalog_item(kind: str, item_id: str) -> Call[None]:
    """Archive a catalog item."""
    return _delete(f"/api/{kind}/{_segment(item_id)}")


def list_keys(options: Mapping[str, Any]) -> Call[Page[Key]]:
    """One page of keys."""
    return _page("/api/keys", options, Key)


def create_key(fields: Mapping[str, Any], idempotency_key: str | None) -> Call[NewKey]:
    """Make a key."""
    request = _creating("/api/keys", body(fields), idempotency_key)
    return Call(request, lambda answer: _placed(decode(answer, NewKey), answer))


def key_fields(
    label: str, roles: Iterable[str], expires_at: Moment | None, rate_limit_per_minute: int | None
) -> dict[str, Any]:
    """What a key to be is asked for with."""
    return {
        "label": label,
        "roles": list(roles),
        "expires_at": expires_at,
        "rate_limit_per_minute": rate_limit_per_minute,
    }


def revoke_key(key_id: str) -> Call[None]:
    """End a key."""
    return _delete(f"/api/keys/{_segment(key_id)}")


def decode(answer: Answer, kind: type[T]) -> T:
    """The answer's body as that; raises UnexpectedAnswer when it is something else."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        shown = answer.content[:200].decode(errors="replace")
        raise UnexpectedAnswer(f"the answer is not the API's: {error}: {shown}", status=answer.status) from error


def _get(path: str, kind: type[T], options: Mapping[str, Any] | None = None) -> Call[T]:
    return Call(Request("GET", path, params=query(options or {})), lambda answer: decode(answer, kind), is_read=True)


def _page(path: str, options: Mapping[str, Any], kind: type[T]) -> Call[Page[T]]:
    request = Request("GET", path, params=query(options))
    return Call(request, lambda answer: _read_page(answer, kind), is_read=True)


def _read_page(answer: Answer, kind: type[T]) -> Page[T]:
    page: Page[T] = decode(answer, Page[kind])  # type: ignore[valid-type]
    as_of = answer.headers.get("waymark-as-of")
    return msgspec.structs.replace(page, as_of=as_of and msgspec.convert(as_of, datetime))


def _creating(
    path: str,
    content: bytes,
    idempotency_key: str | None,
    *,
    kind: tuple[str, bytes] = _JSON,
    extra: tuple[tuple[str, bytes], ...] = (),
) -> Request:
    """A POST that takes effect once, however often it is sent: all its tries carry the same key."""
    key = (IDEMPOTENCY_KEY, _header_value(IDEMPOTENCY_KEY, idempotency_key or new_id()))
    return Request("POST", path, headers=(kind, key, *extra), content=content)


def _delete(path: str) -> Call[None]:
    # A repeat after a lost answer would be told that there is nothing (more) to delete.
    return Call(Request("DELETE", path, is_repeatable=False), lambda _: None)


def _header_value(name: str, value: str) -> bytes:
    limit = 255 if name == IDEMPOTENCY_KEY else _MAX_HEADER_LENGTH
    if not (0 < len(value) <= limit and value.isprintable() and value == value.strip()):
        raise local_problem(name, f"1 to {limit} printable characters without space around them are expected")
    return value.encode()


def _placed(found: T, answer: Answer) -> T:
    return msgspec.structs.replace(found, position=answer.headers.get(POSITION))  # type: ignore[type-var]


def _item(kind: str, answer: Answer) -> CatalogItem:
    return _placed(_named(kind, decode(answer, CatalogItem)), answer)


def _named(kind: str, item: CatalogItem) -> CatalogItem:
    return msgspec.structs.replace(item, id=getattr(item, CATALOGS[kind]) or item.id)


def _trace_path(uow_id: str) -> str:
    return f"/api/traces/{_segment(uow_id)}"


def _segment(value: str) -> str:
    """A value as one segment of a path; dots alone would be taken for a way up."""
    return quote(value, safe="") if value.strip(".") else "%2E" * len(value)
