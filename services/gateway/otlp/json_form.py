"""OTLP in JSON: protobuf's own JSON mapping, but ids are hexadecimal. Names it does not know are ignored.

A record that is no JSON, or none that can be kept, costs itself alone: what no parser takes as a whole is taken apart
by its brackets.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
import orjson
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from libs.httpkit.json_values import refusal_of_number, without_bom
from services.gateway.otlp.pieces import (
    MAX_PARTS,
    Encoded,
    NodeCount,
    PartCount,
    ResourceGroup,
    ScopeGroup,
    malformed,
    too_many_parts,
)
from services.gateway.otlp.signals import LOGS, SPANS, Signal
from services.gateway.otlp.values import MAX_VALUES, RecordRefused
from services.gateway.wire.arrays import TooManyElements, elements
from services.gateway.wire.json_parts import BracketCount, TooManyBrackets, elements_of, members_of

M = TypeVar("M", bound=Message)
P = TypeVar("P")
_IDS: Final = ("traceId", "spanId", "parentSpanId")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_NO_ID = b64encode(b"\0").decode()
"""Stands for a text that is no id; no id has its length."""
_MAX_DEPTH: Final = 100
_NODES_PER_VALUE: Final = 5
_MAX_WORDS: Final = 200
_ABSENT: Final = msgspec.Raw()
_MEMBERS: Final = (
    *("resource", "scope", "schemaUrl"),
    *(name for signal in (SPANS, LOGS) for name in (signal.resources, signal.scopes, signal.records)),
)
_Members = msgspec.defstruct("Members", [(name, msgspec.Raw, _ABSENT) for name in _MEMBERS])
"""The members of requests, resources and scopes that are read; all others are passed over, however many they are."""
_members = msgspec.json.Decoder(_Members | None)
_text_decoder: msgspec.json.Decoder[str | None] = msgspec.json.Decoder(str | None)
_NO_JSON: Final = b" "
"""Stands for a value that is missing; an empty text would stand for a member that is."""
Part = bytes | msgspec.Raw
"""A value of the request that is still its own text."""


def _double(text: str) -> float:
    """Return a number with a point or an exponent; RecordRefused when it cannot be kept."""
    refusal = refusal_of_number(text)
    if refusal is not None:
        raise RecordRefused(f"{text[:_MAX_WORDS]}: {refusal}")
    return float(text)


_any = msgspec.json.Decoder(float_hook=_double)


class _Counts:
    """Counts the parts of one request, and the brackets at which it is taken apart."""

    __slots__ = ("brackets", "parts")

    def __init__(self) -> None:
        self.parts = PartCount()
        self.brackets = BracketCount()


class Json:
    """`application/json`."""

    media_type = "application/json"

    async def groups(self, body: bytes, signal: Signal[Any]) -> AsyncIterator[ResourceGroup]:
        counts = _Counts()
        request = await _object(without_bom(body), counts)
        if request is None:
            raise malformed("a JSON object is expected, not null")
        for index, raw in enumerate(await _list(request, signal.resources, counts)):
            place = f"[{index}]"
            members = await _object(raw, counts)
            listed = await _list(members, signal.scopes, counts)
            scopes = [await _scope(f"{place}[{at}]", one, signal, counts) for at, one in enumerate(listed)]
            yield ResourceGroup(place, _member(members, "resource"), scopes)

    def decode(self, kind: type[M], raw: Encoded, nodes: NodeCount) -> M:
        try:
            value = _any.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordRefused(f"it is not JSON that can be kept: {error}") from None
        if value is None:
            return kind()
        if not isinstance(value, dict):
            raise RecordRefused("it is not a JSON object")
        count = _count(value, _NODES_PER_VALUE * MAX_VALUES)
        nodes.take(count)
        if count > _NODES_PER_VALUE * MAX_VALUES:
            raise RecordRefused(f"it holds more than {MAX_VALUES} attributes, items, events and links")
        try:
            return ParseDict(_with_ids(value), kind(), ignore_unknown_fields=True, max_recursion_depth=_MAX_DEPTH)
        except ParseError as error:
            raise RecordRefused(str(error)[:_MAX_WORDS]) from None

    def encode(self, message: Message) -> bytes:
        return orjson.dumps(MessageToDict(message))


async def _scope(place: str, raw: Part, signal: Signal[Any], counts: _Counts) -> ScopeGroup:
    members = await _object(raw, counts)
    records: list[Encoded] = [bytes(one) for one in await _list(members, signal.records, counts)]
    return ScopeGroup(place, _member(members, "scope"), _text(_member(members, "schemaUrl", b"null")), records)


def _text(raw: bytes) -> str | RecordRefused:
    try:
        return _text_decoder.decode(raw) or ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RecordRefused("its schema URL is no text")


def _member(members: Any, name: str, default: bytes = b"{}") -> bytes:
    """Return a member's text, or the default's where it is absent; `members` may be null."""
    return bytes(getattr(members, name, _ABSENT)) or default


async def _list(members: Any, name: str, counts: _Counts) -> Sequence[Part]:
    """Return the items of a member that is an array, null or absent, as far as they are not too many."""
    text = _member(members, name, b"null")
    if text == b"null":
        return ()
    try:
        items = await _items(text, counts.brackets)
    except TooManyElements:
        raise too_many_parts(MAX_PARTS) from None
    counts.parts.take(len(items))
    return items


async def _items(text: bytes, brackets: BracketCount) -> Sequence[Part]:
    try:
        return elements(text, MAX_PARTS)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return await _apart(elements_of, text, brackets, error)


async def _object(raw: Part, counts: _Counts) -> Any:
    """Return the members of an object that are read; None for null."""
    try:
        return _members.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = await _apart(members_of, bytes(raw), counts.brackets, error)
        return _Members(**{name: msgspec.Raw(value or _NO_JSON) for name, value in found.items() if name in _MEMBERS})


async def _apart(
    split: Callable[[bytes, int, BracketCount], P | None], text: bytes, brackets: BracketCount, error: Exception
) -> P:
    """Return the parts of a text that no parser takes, for the reason given; raises 400 when it has none.

    Others have their turn between the levels of a request, for each is as long as the request.
    """
    await asyncio.sleep(0)
    try:
        parts = split(text, MAX_PARTS, brackets)
    except TooManyBrackets:
        why = "it has too many brackets and texts to tell its good records from the bad ones; send smaller requests"
        raise malformed(f"not JSON as OTLP has it: {error}; {why}") from None
    if parts is None:
        raise malformed(f"not JSON as OTLP has it: {error}") from None
    return parts


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


def _count(value: Any, limit: int) -> int:
    """Return how many objects, lists and plain values a value holds; beyond `limit` they are not counted any more."""
    open_: list[Any] = [value]
    seen = 0
    while open_ and seen <= limit:
        one = open_.pop()
        seen += 1
        if isinstance(one, dict):
            open_.extend(one.values())
        elif isinstance(one, list):
            open_.extend(one)
    return seen
