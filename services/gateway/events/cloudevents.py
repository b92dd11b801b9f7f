"""CloudEvents 1.0 over HTTP: structured and binary mode read into one shape, and that shape into a draft.

Attributes are text here, whatever JSON type they had. Data is kept as sent; data that says it is JSON is JSON.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec
import orjson

from libs.contracts.envelope import JSON_CONTENT_TYPE, SPEC_VERSION
from libs.contracts.events import Sender, is_json_type, is_text_type
from libs.contracts.resource_types import CLOUD_EVENT
from libs.httpkit.errors import ApiError, Loc, MalformedBody, Unprocessable, UnsupportedMediaType, Violation
from libs.httpkit.json_values import check_json, is_surely_shallow, load_object
from libs.httpkit.media_types import essence_of, require_utf_8
from libs.httpkit.request_headers import MAX_NAME_LENGTH, printable, timestamp
from libs.httpkit.validation import json_type
from libs.telemetry.tracing import parse_traceparent
from services.gateway.events import rules
from services.gateway.events.model import EventDraft, cloud_event_id

STRUCTURED_TYPE: Final = "application/cloudevents+json"
BATCH_TYPE: Final = "application/cloudevents-batch+json"
RESERVED_SOURCE: Final = "waymark/"
BINARY_TYPE: Final = "application/octet-stream"
MAX_MEMBERS: Final = 100
_PREFIX: Final = b"ce-"
_REQUIRED: Final = ("specversion", "id", "source", "type")
_MARKS: Final = frozenset(_PREFIX + name.encode() for name in _REQUIRED)
_TEXTS: Final = frozenset((*_REQUIRED, "subject", "time", "datacontenttype", "dataschema"))
_PLACED: Final = _TEXTS | frozenset(
    (*("resourcetype", "correlationid", "causationid", "actorid", "actortype", "traceparent", "tenantid"),)
)
"""The attributes with a place of their own in the record, and the one that is ignored."""
_DATA: Final = ("data", "data_base64")
_NULL: Final = b"null"
_NAME = re.compile(r"[a-z0-9]+")
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\s*(?:;[ -~]*)?", re.ASCII)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_MIN_INT32, _MAX_INT32 = -(2**31), 2**31 - 1
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


class ReceivedCloudEvent(msgspec.Struct, frozen=True, gc=False):
    """A CloudEvent as received. `data` is None when there is none; `part` is the place of its attributes.

    `is_text`: the data came as a text, although its content type does not say so.
    """

    attributes: Mapping[str, str]
    data: bytes | None
    content_type: str
    part: str
    is_text: bool = False

    def loc(self, name: str) -> Loc:
        """Return the place of an attribute: `("body", "id")` in structured mode, `("header", "ce-id")` in binary."""
        return (self.part, name) if self.part == "body" else (self.part, f"ce-{name}")


def is_binary(raw_headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request's headers (lower-case names) are a CloudEvent's in binary mode."""
    return any(name in _MARKS for name, _ in raw_headers)


def structured_draft(tenant_id: str, raw: bytes, *, is_plain: bool = False) -> EventDraft:
    """Return the draft of a CloudEvent in JSON; `is_plain` and errors as in `validation.own_draft`."""
    if not (is_plain and is_surely_shallow(raw)):
        check_json(raw)
    violations: list[Violation] = []
    return _draft(tenant_id, _structured(raw, violations), violations)


def binary_draft(tenant_id: str, raw_headers: Iterable[tuple[bytes, bytes]], body: bytes) -> EventDraft:
    """Return the draft of a CloudEvent in binary mode. Raises 415 for a content type that is not taken, 400 and 422."""
    violations: list[Violation] = []
    return _draft(tenant_id, _binary(raw_headers, body, violations), violations)


def _draft(tenant_id: str, event: ReceivedCloudEvent, violations: list[Violation]) -> EventDraft:
    _check_required(event, violations)
    value_of, loc = event.attributes.get, event.loc
    source = rules.text(value_of("source"), loc("source"), violations) or ""
    sender_id = rules.text(value_of("id"), loc("id"), violations) or ""
    subject = rules.text(value_of("subject"), loc("subject"), violations)
    if source.startswith(RESERVED_SOURCE):
        violations.append(
            Violation(loc("source"), f"sources beginning {RESERVED_SOURCE} are Waymark's own", "source_reserved")
        )
    resource_type = printable(value_of("resourcetype"), loc("resourcetype"), violations) or CLOUD_EVENT
    trace = parse_traceparent(value_of("traceparent"))
    draft = EventDraft(
        type=printable(value_of("type"), loc("type"), violations) or "",
        resource_type=resource_type,
        resource_id=rules.resource_id(resource_type, subject or source, loc("subject"), violations),
        data=b"{}" if event.data is None else event.data,
        content_type=JSON_CONTENT_TYPE if event.data is None else event.content_type,
        id=cloud_event_id(tenant_id, source, sender_id),
        actor_id=printable(value_of("actorid"), loc("actorid"), violations),
        actor_type=rules.actor_type(value_of("actortype"), loc("actortype"), violations),
        correlation_id=printable(value_of("correlationid"), loc("correlationid"), violations)
        or (trace.trace_id if trace else None),
        causation_id=printable(value_of("causationid"), loc("causationid"), violations),
        occurred_at=timestamp(value_of("time"), loc("time"), violations),
        dataschema=rules.text(value_of("dataschema"), loc("dataschema"), violations),
        traceparent=str(value_of("traceparent")) if trace else None,
        resource_type_loc=loc("resourcetype"),
        sender=Sender(
            id=sender_id,
            source=source,
            subject=subject,
            extensions=_extensions(event, violations),
            datacontenttype=value_of("datacontenttype", msgspec.UNSET),
            text=event.is_text or msgspec.UNSET,
        ),
    )
    if violations:
        raise Unprocessable(*violations)
    return draft


def _check_required(event: ReceivedCloudEvent, violations: list[Violation]) -> None:
    for name in _REQUIRED:
        rules.required(event.attributes.get(name), event.loc(name), violations)
    version = event.attributes.get("specversion")
    if version is not None and version != SPEC_VERSION:
        violations.append(Violation(event.loc("specversion"), f"{SPEC_VERSION} is expected", "specversion"))


def _extensions(event: ReceivedCloudEvent, violations: list[Violation]) -> dict[str, str]:
    extensions = {name: value for name, value in event.attributes.items() if name not in _PLACED}
    for name in extensions:
        if not _NAME.fullmatch(name):
            message = "names of attributes are lower-case letters and digits"
            violations.append(Violation(event.loc(name), message, "attribute_name"))
    return extensions


def _structured(raw: bytes, violations: list[Violation]) -> ReceivedCloudEvent:
    members = _decode_members(raw)
    sent = {name: bytes(members.pop(name)) for name in _DATA if name in members}
    attributes: dict[str, str] = {}
    for name, value in members.items():
        if (text := _attribute(name, orjson.loads(bytes(value)), violations)) is not None:
            attributes[name] = text
    content_type = _data_content_type(attributes, violations)
    if sent.get("data_base64", _NULL) != _NULL:
        if sent.get("data", _NULL) != _NULL:
            message = "either data or data_base64 is expected"
            violations.append(Violation(("body", "data_base64"), message, "mutually_exclusive"))
        content_type = content_type or BINARY_TYPE
        data = _bytes(sent["data_base64"], content_type, violations)
        return ReceivedCloudEvent(attributes, data, content_type, "body")
    content_type = content_type or JSON_CONTENT_TYPE
    if is_json_type(content_type):
        return ReceivedCloudEvent(attributes, sent.get("data"), content_type, "body")
    if sent.get("data", _NULL) == _NULL:
        return ReceivedCloudEvent(attributes, None, content_type, "body")
    data = _text(sent["data"], content_type, violations)
    return ReceivedCloudEvent(attributes, data, content_type, "body", is_text=not is_text_type(content_type))


def _decode_members(raw: bytes) -> dict[str, msgspec.Raw]:
    try:
        members = _members.decode(raw)
        if len(members) <= MAX_MEMBERS:
            return members
        reason = f"at most {MAX_MEMBERS} attributes are taken"
        raise Unprocessable(Violation(("body",), reason, "too_many_attributes"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)
    load_object(raw)
    raise Unprocessable(Violation(("body",), reason, "type_error"))


def _attribute(name: str, value: Any, violations: list[Violation]) -> str | None:
    """Return an attribute's text; null is absent. An extension may also be a boolean or an integer of 32 bits."""
    if value is None or isinstance(value, str):
        return value
    expected = "text"
    if name not in _TEXTS:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int) and _MIN_INT32 <= value <= _MAX_INT32:
            return str(value)
        expected = "text, a boolean or an integer of 32 bits"
    violations.append(Violation(("body", name), f"{expected} is expected, not {json_type(value)}", "attribute_type"))
    return None


def _data_content_type(attributes: Mapping[str, str], violations: list[Violation]) -> str | None:
    value = attributes.get("datacontenttype")
    if value is not None and not (len(value) <= MAX_NAME_LENGTH and _CONTENT_TYPE.fullmatch(value)):
        violations.append(Violation(("body", "datacontenttype"), "a media type is expected", "media_type"))
    return value


def _text(raw: bytes, content_type: str, violations: list[Violation]) -> bytes:
    """Return the bytes of `data` that is no JSON: it is sent as a text that holds it."""
    value = orjson.loads(raw)
    if isinstance(value, str):
        return value.encode()
    message = f"text is expected in data of type {content_type}, not {json_type(value)}"
    violations.append(Violation(("body", "data"), message, "string_type"))
    return raw


def _bytes(raw: bytes, content_type: str, violations: list[Violation]) -> bytes:
    loc = ("body", "data_base64")
    try:
        data = b64decode(msgspec.json.decode(raw, type=str).encode(), validate=True)
    except (msgspec.DecodeError, NotBase64):
        violations.append(Violation(loc, "text in base 64 is expected", "base64"))
        return b""
    if is_json_type(content_type):
        try:
            _check_data(data, loc)
        except ApiError as error:
            violations.extend(error.violations)
    return data


def _check_data(data: bytes, loc: Loc) -> None:
    """Raise 400 or 422 when data is no JSON that can be kept."""
    check_json(data, loc=loc)
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"not valid JSON: {error}", loc=loc) from None


def _binary(raw_headers: Iterable[tuple[bytes, bytes]], body: bytes, violations: list[Violation]) -> ReceivedCloudEvent:
    attributes: dict[str, str] = {}
    sent_type = ""
    for name, value in raw_headers:
        if name == b"content-type":
            sent_type = value.decode("latin-1").strip()
        elif name.startswith(_PREFIX):
            attribute = name[len(_PREFIX) :].decode("latin-1")
            if (text := _header_text(value, ("header", name.decode("latin-1")), violations)) is not None:
                attributes.setdefault(attribute, text)
    attributes.pop("datacontenttype", None)
    if sent_type:
        attributes["datacontenttype"] = sent_type
    content_type = sent_type or JSON_CONTENT_TYPE
    _require_taken(content_type)
    if is_json_type(content_type) and body:
        _check_data(body, ("body",))
    return ReceivedCloudEvent(attributes, body or None, content_type, "header")


def _require_taken(content_type: str) -> None:
    kind = essence_of(content_type)
    if is_json_type(content_type):
        require_utf_8(content_type)
    elif not (is_text_type(kind) or kind == BINARY_TYPE) or not _CONTENT_TYPE.fullmatch(content_type):
        raise UnsupportedMediaType(f"JSON, text or {BINARY_TYPE} is expected in binary mode, not {kind}")


def _header_text(value: bytes, loc: Loc, violations: list[Violation]) -> str | None:
    """Return a header's text as the HTTP binding encodes it: perhaps quoted, percent-encoded UTF-8."""
    value = value.strip()
    if len(value) > 1 and value.startswith(b'"') and value.endswith(b'"'):
        value = _QUOTED_PAIR.sub(rb"\1", value[1:-1])
    try:
        text = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        violations.append(Violation(loc, "the text is not UTF-8", "string_unicode"))
        return None
    if "\x00" in text:
        violations.append(Violation(loc, "the text holds NUL", "string_nul"))
        return None
    return text
