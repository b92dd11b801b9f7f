"""`POST /api/v1/events`: reads events by content type and headers, and answers for one or for many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

import orjson
from starlette.types import Receive, Scope

from libs.auth.principal import Principal
from libs.httpkit.bodies import PROCESS_BUDGET, read_body
from libs.httpkit.dialects import events as events_dialect
from libs.httpkit.errors import ApiError, UnsupportedMediaType, too_large
from libs.httpkit.idempotency import hash_request
from libs.httpkit.json_values import without_bom
from libs.httpkit.limits import BULK_BODY_BYTES, RECORD_BODY_BYTES
from libs.httpkit.media_types import essence_of, require_json, require_utf_8
from libs.httpkit.request_headers import CONTENT_TYPE, HeaderBytes, RequestHeaders, read_headers
from libs.service.door import Answer
from services.gateway.events.cloudevents import (
    BATCH_TYPE,
    STRUCTURED_TYPE,
    binary_draft,
    is_binary,
    structured_draft,
)
from services.gateway.events.model import EventDraft, RequestContext
from services.gateway.events.recorder import AcceptedEvent, EventRecorder
from services.gateway.events.validation import own_draft
from services.gateway.recording.answers import ItemAnswers
from services.gateway.recording.judging import Judge
from services.gateway.wire.arrays import Text
from services.gateway.wire.bulk import NDJSON_TYPES, is_array, split_elements, split_lines

EVENTS_PATH: Final = "/api/v1/events"
_CLOUD_EVENTS: Final = "application/cloudevents"
_JSON_TYPES: Final = NDJSON_TYPES | {BATCH_TYPE, STRUCTURED_TYPE}
_EMPTY_ARRAY: Final = re.compile(rb"[ \t\r\n]*\[[ \t\r\n]*\][ \t\r\n]*")
_READ: Final = (CONTENT_TYPE, b"traceparent", b"idempotency-key")


class ManyEvents(NamedTuple):
    """The texts of several events, and the judge that makes a draft of each."""

    texts: Sequence[Text]
    read: Judge[EventDraft]


async def answer_events(
    recorder: EventRecorder, principal: Principal, raw: HeaderBytes, scope: Scope, receive: Receive
) -> Answer:
    """Answer 202 with the event's id, or one status for each of several. Raises the error that refuses them all."""
    headers = read_headers({name: raw[name] for name in _READ if name in raw})
    with PROCESS_BUDGET.lease(principal.tenant_id) as lease:
        body = await read_body(receive, scope["headers"], BULK_BODY_BYTES, lease)
        sent = await _read(principal.tenant_id, headers, scope["headers"], body)
        context, body_hash = _context(recorder, principal, headers), _hash(headers, scope["headers"], body)
        if isinstance(sent, EventDraft):
            return await _answer_one(recorder, context, sent, body_hash)
        return await _answer_many(recorder, context, sent, body_hash)


async def _read(
    tenant_id: str, headers: RequestHeaders, raw_headers: Sequence[tuple[bytes, bytes]], body: bytes
) -> EventDraft | ManyEvents:
    kind = essence_of(headers.content_type)
    if kind in _JSON_TYPES:
        require_utf_8(headers.content_type)
        return await _read_json(tenant_id, kind, without_bom(body))
    if kind.startswith(_CLOUD_EVENTS):
        raise UnsupportedMediaType(f"CloudEvents are taken as {STRUCTURED_TYPE} or {BATCH_TYPE}, not as {kind}")
    if is_binary(raw_headers):
        return binary_draft(tenant_id, raw_headers, _within_a_record(body))
    require_json(headers.content_type)
    return await _read_own(without_bom(body))


async def _read_json(tenant_id: str, kind: str, body: bytes) -> EventDraft | ManyEvents:
    """Read a body whose type says what it is by itself."""
    cloud_event = partial(structured_draft, tenant_id)
    if kind == STRUCTURED_TYPE:
        return cloud_event(_within_a_record(body))
    if kind in NDJSON_TYPES:
        return ManyEvents(await split_lines(body), own_draft)
    # The JSON batch format has an empty batch, which is valid in a request.
    return ManyEvents(() if _EMPTY_ARRAY.fullmatch(body) else await split_elements(body), cloud_event)


async def _read_own(body: bytes) -> EventDraft | ManyEvents:
    if is_array(body):
        return ManyEvents(await split_elements(body), own_draft)
    return own_draft(_within_a_record(body))


def _within_a_record(body: bytes) -> bytes:
    if len(body) > RECORD_BODY_BYTES:
        raise too_large(RECORD_BODY_BYTES)
    return body


def _context(recorder: EventRecorder, principal: Principal, headers: RequestHeaders) -> RequestContext:
    return RequestContext(
        tenant_id=principal.tenant_id,
        actor_id=principal.subject,
        actor_type=principal.actor_type,
        accepted_ms=recorder.now_ms(),
        correlation_id=headers.trace_id,
        traceparent=headers.traceparent,
        idempotency_key=headers.idempotency_key,
    )


def _hash(headers: RequestHeaders, raw_headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Hash all that a repeat under the same Idempotency-Key must share: body, content type, a CloudEvent's headers."""
    if headers.idempotency_key is None:
        return b""
    shared: dict[str, str | None] = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in raw_headers if name.startswith(b"ce-")
    }
    shared["content-type"] = essence_of(headers.content_type)
    return hash_request("POST", EVENTS_PATH, body, dict(sorted(shared.items())))


async def _answer_one(recorder: EventRecorder, context: RequestContext, draft: EventDraft, body_hash: bytes) -> Answer:
    checked = await recorder.check_one(context.tenant_id, draft)
    (outcome,) = await recorder.record(context, [(0, checked)], body_hash)
    if isinstance(outcome, ApiError):
        raise outcome
    return Answer(202, orjson.dumps({"id": outcome.id}), recorder.positions.after_one(outcome.at))


async def _answer_many(recorder: EventRecorder, context: RequestContext, many: ManyEvents, body_hash: bytes) -> Answer:
    """Answer with one status for each event; those that are good are appended together."""

    def read(text: bytes, *, is_plain: bool = False) -> EventDraft:
        return many.read(_within_a_record(text), is_plain=is_plain)

    judged = await recorder.check_many(context.tenant_id, many.texts, read)
    drafts = [(index, one) for index, one in enumerate(judged) if isinstance(one, EventDraft)]
    recorded = iter(await recorder.record(context, drafts, body_hash) if drafts else ())
    outcomes = [one if isinstance(one, ApiError) else next(recorded) for one in judged]
    return await _ITEMS.answer(outcomes, recorder.positions)


def _accepted(index: int, outcome: AcceptedEvent) -> bytes:
    return b'{"index":%d,"status":202,"id":"%b","error":null}' % (index, outcome.id.encode())


_ITEMS = ItemAnswers(
    status=202,
    dialect=events_dialect,
    accepted=_accepted,
    refused=b'{"index":%d,"status":%d,"id":null,"error":%b}',
)
