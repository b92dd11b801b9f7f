"""OTLP's values as JSON: attributes, ids, times, and the text an event's fields can hold.

What JSON has no number for (NaN, infinity) becomes text, bytes become base64; what no reader could keep (NUL, nesting
beyond the limit, an event over the record's limit) refuses the one record that holds it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from math import isfinite, isnan
from typing import Any, Final

import orjson
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue

from libs.contracts.texts import only_printable
from libs.contracts.times import format_ms
from libs.httpkit.limits import RECORD_BODY_BYTES

MAX_NESTING: Final = 28
"""Arrays and maps within one another in a value; with what stands around it a payload stays within JSON's 32."""
MAX_VALUES: Final = 10_000
"""Attributes, array items, span events and links of one record together; SDKs stop at some hundreds."""
_NANOS_PER_MS: Final = 1_000_000


class RecordRefused(Exception):
    """One span or log record cannot become an event; the message says why, for its sender to read."""


class ValueCount:
    """Counts the values of one record, so that a small body of very many cannot hold up everybody else."""

    __slots__ = ("_left",)

    def __init__(self, limit: int = MAX_VALUES) -> None:
        self._left = limit

    def take(self, count: int) -> None:
        """Count values in before they are looked at; RecordRefused when they are too many."""
        self._left -= count
        if self._left < 0:
            raise RecordRefused(f"it holds more than {MAX_VALUES} attributes, items, events and links")


def json_value(value: AnyValue, count: ValueCount, nesting_left: int = MAX_NESTING) -> Any:
    """Return the JSON value of an attribute or a body; RecordRefused when it is nested too deep."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value
    if kind == "int_value":
        return value.int_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "double_value":
        return _number(value.double_value)
    if kind == "bytes_value":
        return b64encode(value.bytes_value).decode()
    return _nested(value, kind, count, nesting_left)


def attributes(pairs: Sequence[KeyValue], count: ValueCount, nesting_left: int = MAX_NESTING) -> dict[str, Any]:
    """Return attributes as a JSON object; of a key that occurs twice the last value counts."""
    count.take(len(pairs))
    return {pair.key: json_value(pair.value, count, nesting_left) for pair in pairs}


def scope_of(scope: InstrumentationScope, schema_url: str) -> dict[str, Any]:
    """Return the instrumentation scope: name and version always, attributes and schema URL where it has them."""
    members: dict[str, Any] = {"name": scope.name, "version": scope.version}
    if scope.attributes:
        members["attributes"] = attributes(scope.attributes, ValueCount())
    if schema_url:
        members["schemaUrl"] = schema_url
    return members


def time_members(name: str, unix_nano: int) -> dict[str, str | None]:
    """Return a time twice: RFC 3339 in milliseconds, and the nanoseconds since 1970 as text.

    Nulls when it is not set.
    """
    if not unix_nano:
        return {name: None, f"{name}UnixNano": None}
    return {name: format_nano(unix_nano), f"{name}UnixNano": str(unix_nano)}


def format_nano(unix_nano: int) -> str:
    """Format nanoseconds as RFC 3339 in milliseconds, rounded down."""
    return format_ms(unix_nano // _NANOS_PER_MS)


def dropped(**counts: int) -> dict[str, int]:
    """Return those of the counts, of attributes and the like dropped by the sender, that are above zero."""
    return {name: count for name, count in counts.items() if count}


def hex_id(raw: bytes, length: int) -> str | None:
    """Return an id in hexadecimal digits; None when it is not of this length, or all zero."""
    return raw.hex() if len(raw) == length and any(raw) else None


def field_text(text: str, limit: int) -> str:
    """Return the text as a field of an event: what is not printable becomes `_`, ends are trimmed, and it is cut to
    fit.
    """
    return only_printable(text).strip()[:limit].rstrip()


def encode(value: Any) -> bytes:
    """Return the value as JSON; RecordRefused when it holds NUL, or more than one record may hold."""
    data = orjson.dumps(value)
    if b"\\u0000" in data and (place := _place_of_nul(orjson.loads(data))) is not None:
        raise RecordRefused(f"{place or 'the value'} holds \\u0000")
    if len(data) > RECORD_BODY_BYTES:
        raise RecordRefused(f"as an event it would be {len(data)} bytes, more than {RECORD_BODY_BYTES}")
    return data


def _nested(value: AnyValue, kind: str | None, count: ValueCount, nesting_left: int) -> Any:
    if kind not in ("array_value", "kvlist_value"):
        return None
    if nesting_left == 0:
        raise RecordRefused(f"a value is nested more than {MAX_NESTING} deep")
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values, count, nesting_left - 1)
    items = value.array_value.values
    count.take(len(items))
    return [json_value(item, count, nesting_left - 1) for item in items]


def _number(value: float) -> float | str:
    if isfinite(value):
        return value
    return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _place_of_nul(value: Any, place: str = "") -> str | None:
    """Return where NUL stands, as a dotted path (empty for the value itself); None when it stands nowhere."""
    if isinstance(value, str):
        return place if "\x00" in value else None
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        below = f"{place}.{key}" if place else str(key)
        if "\x00" in below:
            return below.replace("\x00", "\ufffd")
        if (inner := _place_of_nul(member, below)) is not None:
            return inner
    return None
