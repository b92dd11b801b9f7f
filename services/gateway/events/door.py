"""`POST /api/v1/events`: tells by content type and headers how events came, and answers for one or for many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
import orjson
from starlette.types import Receive, Scope

from libs.auth.principal import Principal
from libs.httpkit.bodies import BULK_BODY_BYTES, PROCESS_BUDGET, RECORD_BODY_BYTES, read_body
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.errors import ApiError, UnsupportedMediaType, too_large
from libs.httpkit.idempotency import hash_request
from libs.httpkit.json_values import holds_only_plain_values
from libs.httpkit.requests import require_json
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.events.cloudevents import (
    BATCH_TYPE,
    STRUCTURED_TYPE,
    binary_draft,
    is_binary,
    structured_draft,
)
from services.gateway.events.model import EventDraft, Origin
from services.gateway.events.recorder import EventRecorder, Outcome, Taken, UnknownResourceType
from services.gateway.events.validation import own_draft
from services.gateway.wire.bulk import NDJSON_TYPES, PIECE, in_pieces, split_elements, split_lines
from services.gateway.wire.request_headers import CONTENT_TYPE, Found, RequestHeaders, read_headers

EVENTS_PATH: Final = "/api/v1/events"
_CLOUD_EVENTS: Final = "application/cloudevents"
_SAID: Final = (CONTENT_TYPE, b"traceparent", b"idempotency-key")
Answer = tuple[int, bytes, bytes | None]
"""Status, body, and the value of `Waymark-Position`."""
Read = Callable[..., EventDraft]
"""Turns one event's text into its draft; takes `is_plain`."""


class Items(NamedTuple):
    """The texts of several events, and what reads each of them."""

    texts: Sequence[bytes | msgspec.Raw]
    read: Read


async def answer_events(
    recorder: EventRecorder, principal: Principal, found: Found, scope: Scope, receive: Receive
) -> Answer:
    """Record a request's events. Raises what refuses the whole of it: 400, 409, 413, 415, 422, 503."""
    headers = read_headers({name: found[name] for name in _SAID if name in found})
    with PROCESS_BUDGET.lease() as lease:
        body = await read_body(receive, scope["headers"], BULK_BODY_BYTES, lease)
        came = _read(principal.tenant_id, headers, scope["headers"], body)
        origin, body_hash = _origin(recorder, principal, headers), _hash(headers, scope["headers"], body)
        if isinstance(came, EventDraft):
            return await _one(recorder, origin, came, body_hash)
        return await _many(recorder, origin, came, body_hash)


def _read(
    tenant_id: str, headers: RequestHeaders, raw_headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> EventDraft | Items:
    """One event's draft, or the items of many."""
    kind = _media_type(headers)
    cloud_event = partial(structured_draft, tenant_id)
    if kind == BATCH_TYPE:
        return Items(split_elements(body), cloud_event)
    if kind in NDJSON_TYPES:
        return Items(split_lines(body), own_draft)
    if kind == STRUCTURED_TYPE:
        return cloud_event(_within_a_record(body))
    if kind.startswith(_CLOUD_EVENTS):
        raise UnsupportedMediaType(f"CloudEvents are taken as {STRUCTURED_TYPE} or {BATCH_TYPE}, not as {kind}")
    if is_binary(raw_headers):
        return binary_draft(tenant_id, raw_headers, _within_a_record(body))
    require_json(headers.content_type)
    if body.lstrip()[:1] == b"[":
        return Items(split_elements(body), own_draft)
    return own_draft(_within_a_record(body))


def _media_type(headers: RequestHeaders) -> str:
    return (headers.content_type or "").partition(";")[0].strip().lower()


def _within_a_record(body: bytes) -> bytes:
    if len(body) > RECORD_BODY_BYTES:
        raise too_large(RECORD_BODY_BYTES)
    return body


def _origin(recorder: EventRecorder, principal: Principal, headers: RequestHeaders) -> Origin:
    return Origin(
        tenant_id=principal.tenant_id,
        actor_id=principal.subject,
        actor_type=principal.actor_type,
        accepted_ms=recorder.now_ms(),
        correlation_id=headers.trace_id,
        traceparent=headers.traceparent,
        idempotency_key=headers.idempotency_key,
    )


def _hash(headers: RequestHeaders, raw_headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bytes:
    """What a repeat under the same Idempotency-Key must share: the body, its type, a CloudEvent's attributes."""
    if headers.idempotency_key is None:
        return b""
    said: dict[str, str | None] = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in raw_headers if name.startswith(b"ce-")
    }
    said["content-type"] = _media_type(headers)
    return hash_request("POST", EVENTS_PATH, body, dict(sorted(said.items())))


async def _one(recorder: EventRecorder, origin: Origin, draft: EventDraft, body_hash: bytes) -> Answer:
    (outcome,) = await recorder.record(origin, [(0, await recorder.settled(origin.tenant_id, draft))], body_hash)
    if isinstance(outcome, ApiError):
        raise outcome
    return 202, orjson.dumps({"id": outcome.id}), recorder.position((outcome,))


async def _many(recorder: EventRecorder, origin: Origin, items: Items, body_hash: bytes) -> Answer:
    """One status for each item; those that are good are appended together."""
    judged: list[EventDraft | ApiError] = []
    for piece in in_pieces(items.texts):
        is_plain = holds_only_plain_values(b"\n".join(piece))
        judged += [_judged(recorder, origin.tenant_id, items.read, bytes(item), is_plain=is_plain) for item in piece]
        await asyncio.sleep(0)
    await _judge_again(recorder, origin.tenant_id, items, judged)
    for one in judged:
        if isinstance(one, ApiError):
            GATEWAY_RECORDS_REFUSED.labels(one.code).inc()
    drafts = [(index, one) for index, one in enumerate(judged) if isinstance(one, EventDraft)]
    taken = iter(await recorder.record(origin, drafts, body_hash) if drafts else ())
    outcomes = [one if isinstance(one, ApiError) else next(taken) for one in judged]
    return await _answer(outcomes, recorder.position(outcomes))


def _judged(
    recorder: EventRecorder, tenant_id: str, read: Read, item: bytes, *, is_plain: bool
) -> EventDraft | ApiError:
    try:
        return recorder.checked(tenant_id, read(_within_a_record(item), is_plain=is_plain))
    except ApiError as error:
        return error


async def _judge_again(
    recorder: EventRecorder, tenant_id: str, items: Items, judged: list[EventDraft | ApiError]
) -> None:
    """By the catalog as it is now, those of the resource types that were not known."""
    unknown = [index for index, one in enumerate(judged) if isinstance(one, UnknownResourceType)]
    if unknown:
        await recorder.reach_the_end()
    for index in unknown:
        judged[index] = _judged(recorder, tenant_id, items.read, bytes(items.texts[index]), is_plain=False)


async def _answer(outcomes: Sequence[Outcome], position: bytes | None) -> Answer:
    items: list[dict[str, Any]] = []
    for index, outcome in enumerate(outcomes):
        items.append(_item_answer(index, outcome))
        if index % (PIECE * 10) == 0:
            await asyncio.sleep(0)
    accepted = sum(isinstance(one, Taken) for one in outcomes)
    body = orjson.dumps({"accepted": accepted, "rejected": len(items) - accepted, "items": items})
    statuses = {item["status"] for item in items}
    return 202 if accepted else 503 if 503 in statuses else 422, body, position


def _item_answer(index: int, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Taken):
        return {"index": index, "status": 202, "id": outcome.id, "error": None}
    error = events_dialect(outcome)
    return {"index": index, "status": error.status, "id": None, "error": orjson.Fragment(error.body)}
