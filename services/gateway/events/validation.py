"""From our own JSON to a draft: every violation names its field, all of them at once.

The payload stays the sender's own text.
"""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.json_values import check_json, is_surely_shallow, load_object
from libs.httpkit.request_headers import printable, timestamp
from libs.httpkit.struct_bodies import BodyDecoder
from libs.httpkit.validation import json_type
from services.gateway.events import rules
from services.gateway.events.model import EventDraft

_NULL = msgspec.Raw(b"null")
_NO_PAYLOAD = b"{}"
_PAYLOAD = "payload"


class EventBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    """An event as sent; a member that is null counts as absent."""

    event_type: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    occurred_at: str | None = None
    payload: msgspec.Raw = _NULL
    id: str | None = None


_decoder = BodyDecoder(EventBody)
_TEXTS = tuple(field for field in msgspec.structs.fields(EventBody) if field.name != _PAYLOAD)


def own_draft(raw: bytes, *, is_plain: bool = False) -> EventDraft:
    """Return the draft of one event in our own JSON. Raises 400 for what is no JSON, 422 naming every field at fault.

    `is_plain`: the values of the text were looked at already, so that only its depth can be wrong.
    """
    if not (is_plain and is_surely_shallow(raw)):
        check_json(raw)
    violations: list[Violation] = []
    draft = _draft(_decode(raw, violations), violations)
    if violations:
        raise Unprocessable(*violations)
    return draft


def _draft(body: EventBody, violations: list[Violation]) -> EventDraft:
    resource_type = rules.required(
        printable(body.resource_type, _at("resourceType"), violations), _at("resourceType"), violations
    )
    resource_id = rules.required(
        rules.text(body.resource_id, _at("resourceId"), violations), _at("resourceId"), violations
    )
    return EventDraft(
        type=rules.required(printable(body.event_type, _at("eventType"), violations), _at("eventType"), violations),
        resource_type=resource_type,
        resource_id=rules.resource_id(resource_type, resource_id, _at("resourceId"), violations),
        data=_payload(bytes(body.payload), violations),
        id=rules.uuid(body.id, _at("id"), violations),
        actor_id=printable(body.actor_id, _at("actorId"), violations),
        actor_type=rules.actor_type(body.actor_type, _at("actorType"), violations),
        correlation_id=printable(body.correlation_id, _at("correlationId"), violations),
        causation_id=printable(body.causation_id, _at("causationId"), violations),
        occurred_at=timestamp(body.occurred_at, _at("occurredAt"), violations),
    )


def _payload(raw: bytes, violations: list[Violation]) -> bytes:
    if raw == b"null":
        return _NO_PAYLOAD
    if not raw.startswith(b"{"):
        sent = json_type(orjson.loads(raw))
        violations.append(Violation(_at(_PAYLOAD), f"an object is expected, not {sent}", "dict_type"))
    return raw


def _decode(raw: bytes, violations: list[Violation]) -> EventBody:
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)
    body = _what_fits(load_object(raw), violations)
    if not violations:
        raise Unprocessable(Violation(("body",), reason, "type_error"))
    return body


def _what_fits(value: dict[str, Any], violations: list[Violation]) -> EventBody:
    """Return the members of the right type; a violation for each of the others."""
    body = EventBody()
    for field in _TEXTS:
        member = value.get(field.encode_name)
        if member is None or isinstance(member, str):
            setattr(body, field.name, member)
        else:
            message = f"text is expected, not {json_type(member)}"
            violations.append(Violation(_at(field.encode_name), message, "string_type"))
    if _PAYLOAD in value:
        body.payload = msgspec.Raw(orjson.dumps(value[_PAYLOAD]))
    return body


def _at(member: str) -> tuple[str, str]:
    return "body", member
