"""OTLP in protobuf: the two outer levels are walked by hand, the messages inside are decoded one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final, TypeVar

from google.protobuf.message import DecodeError, Message

from services.gateway.otlp.pieces import Encoded, NodeCount, PartCount, ResourceGroup, ScopeGroup, malformed
from services.gateway.otlp.signals import Signal
from services.gateway.otlp.values import RecordRefused

M = TypeVar("M", bound=Message)
_SELF, _CHILDREN, _SCHEMA_URL = 1, 2, 3
"""Field numbers of a resource's and of a scope's message; a request's only field is 1."""
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES: Final = 10


class Protobuf:
    """`application/x-protobuf`."""

    media_type = "application/x-protobuf"

    async def groups(self, body: bytes, _signal: Signal[Any]) -> AsyncIterator[ResourceGroup]:
        """Yield as `Encoding.groups`: both signals have the same numbers on the wire."""
        count = PartCount()
        for index, raw in enumerate(_fields(memoryview(body), count).get(_SELF, ())):
            place = f"[{index}]"
            fields = _fields(raw, count)
            scopes = [_scope(f"{place}[{at}]", one, count) for at, one in enumerate(fields.get(_CHILDREN, ()))]
            yield ResourceGroup(place, b"".join(fields.get(_SELF, ())), scopes)

    def decode(self, kind: type[M], raw: Encoded, _nodes: NodeCount) -> M:
        try:
            return kind.FromString(raw)
        except DecodeError:
            raise RecordRefused(f"it cannot be decoded as a {kind.__name__}") from None

    def encode(self, message: Message) -> bytes:
        return message.SerializeToString()


def _scope(place: str, raw: memoryview, count: PartCount) -> ScopeGroup:
    fields = _fields(raw, count)
    schema_url = _text(b"".join(fields.get(_SCHEMA_URL, ())[-1:]))
    return ScopeGroup(place, b"".join(fields.get(_SELF, ())), schema_url, [*fields.get(_CHILDREN, ())])


def _text(raw: bytes) -> str | RecordRefused:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return RecordRefused("its schema URL is not UTF-8")


def _fields(data: memoryview, count: PartCount) -> dict[int, list[memoryview]]:
    """Return the length-delimited fields of a message by number, in order.

    Fields of other kinds are unknown and skipped.

    Fields of a message type that come several times are to be merged, which joining their bytes does.
    """
    fields_by_number: dict[int, list[memoryview]] = {}
    at, end = 0, len(data)
    while at < end:
        count.take(1)
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _LENGTH:
            length, at = _varint(data, at)
            fields_by_number.setdefault(tag >> 3, []).append(data[at : at + length])
            at += length
        elif kind == _VARINT:
            _, at = _varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise malformed("the body is not a protobuf message of this kind")
        if tag < 8:
            raise malformed("the body is not a protobuf message of this kind")
    if at > end:
        raise malformed("the protobuf message is cut short")
    return fields_by_number


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number at a place, and the place after it."""
    value = shift = 0
    for byte in data[at : at + _MAX_VARINT_BYTES]:
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise malformed("the protobuf message is cut short")
