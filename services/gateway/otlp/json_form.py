"""OTLP in JSON: protobuf's own JSON mapping, but ids are hexadecimal. Names it does not know are ignored.

A record that is no JSON, or none that can be kept, costs itself alone: what no parser takes as a whole is taken apart
by its brackets.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import orjson
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from libs.httpkit.json_values import without_bom
from services.gateway.otlp.pieces import MAX_PARTS, Encoded, PartCount, ResourceGroup, ScopeGroup, malformed
from services.gateway.otlp.signals import Signal
from services.gateway.otlp.values import MAX_VALUES, RecordRefused
from services.gateway.wire.json_parts import elements_of, members_of

M = TypeVar("M", bound=Message)
_IDS: Final = ("traceId", "spanId", "parentSpanId")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_NO_ID = b64encode(b"\0").decode()
"""Stands for a text that is no id; no id has its length."""
_MAX_DEPTH: Final = 100
_NODES_PER_VALUE: Final = 5
_MAX_WORDS: Final = 200
_members_decoder: msgspec.json.Decoder[dict[str, msgspec.Raw] | None] = msgspec.json.Decoder(
    dict[str, msgspec.Raw] | None
)
_elements_decoder: msgspec.json.Decoder[list[msgspec.Raw] | None] = msgspec.json.Decoder(list[msgspec.Raw] | None)
_text: msgspec.json.Decoder[str | None] = msgspec.json.Decoder(str | None)
Part = bytes | msgspec.Raw
"""A value of the request that is still its own text."""
Members = Mapping[str, Part]


class Json:
    """`application/json`."""

    media_type = "application/json"

    def groups(self, body: bytes, signal: Signal[Any]) -> Iterator[ResourceGroup]:
        count = PartCount()
        request = _object(without_bom(body))
        if request is None:
            raise malformed("a JSON object is expected, not null")
        for index, raw in enumerate(_list(request, signal.resources, count)):
            place = f"[{index}]"
            members = _object(raw) or {}
            listed = _list(members, signal.scopes, count)
            scopes = [_scope(f"{place}[{at}]", one, signal, count) for at, one in enumerate(listed)]
            yield ResourceGroup(place, bytes(members.get("resource", b"{}")), scopes)

    def decode(self, kind: type[M], raw: Encoded) -> M:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise RecordRefused(f"it is not JSON that can be kept: {error}") from None
        if value is None:
            return kind()
        if not isinstance(value, dict):
            raise RecordRefused("it is not a JSON object")
        if _is_beyond(value, _NODES_PER_VALUE * MAX_VALUES):
            raise RecordRefused(f"it holds more than {MAX_VALUES} attributes, items, events and links")
        try:
            return ParseDict(_with_ids(value), kind(), ignore_unknown_fields=True, max_recursion_depth=_MAX_DEPTH)
        except ParseError as error:
            raise RecordRefused(str(error)[:_MAX_WORDS]) from None

    def text(self, raw: Encoded) -> str:
        try:
            return _text.decode(raw) or ""
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise RecordRefused("a text is expected") from None

    def encode(self, message: Message) -> bytes:
        return orjson.dumps(MessageToDict(message))


def _scope(place: str, raw: Part, signal: Signal[Any], count: PartCount) -> ScopeGroup:
    members = _object(raw) or {}
    records: list[Encoded] = [bytes(one) for one in _list(members, signal.records, count)]
    return ScopeGroup(place, bytes(members.get("scope", b"{}")), bytes(members.get("schemaUrl", b"null")), records)


def _list(members: Members, name: str, count: PartCount) -> Sequence[Part]:
    items = _elements(members[name]) if name in members else ()
    count.take(len(items))
    return items


def _object(raw: Part) -> Members | None:
    try:
        return _members_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        members = members_of(bytes(raw), MAX_PARTS)
        if members is None:
            raise malformed(f"not JSON as OTLP has it: {error}") from None
        return members


def _elements(raw: Part) -> Sequence[Part]:
    try:
        return _elements_decoder.decode(raw) or ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        elements = elements_of(bytes(raw), MAX_PARTS)
        if elements is None:
            raise malformed(f"not JSON as OTLP has it: {error}") from None
        return elements


def _with_ids(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with its ids, and those of its links, as protobuf's mapping has bytes."""
    links = record.get("links")
    if isinstance(links, list):
        record["links"] = [_with_base64(link) if isinstance(link, dict) else link for link in links]
    return _with_base64(record)


def _with_base64(members: dict[str, Any]) -> dict[str, Any]:
    return {**members, **{name: _base64_of(members[name]) for name in _IDS if members.get(name)}}


def _base64_of(value: Any) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        return _NO_ID
    return b64encode(bytes.fromhex(value)).decode()


def _is_beyond(value: Any, limit: int) -> bool:
    """Return whether a value holds more than `limit` objects, lists and plain values."""
    open_: list[Any] = [value]
    seen = 0
    while open_ and seen <= limit:
        one = open_.pop()
        seen += 1
        if isinstance(one, dict):
            open_.extend(one.values())
        elif isinstance(one, list):
            open_.extend(one)
    return seen > limit
