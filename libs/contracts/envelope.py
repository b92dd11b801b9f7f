"""The CloudEvents 1.0 envelope of a record in binary mode: attributes as `ce_` headers, the value untouched.

Any Kafka client can read it without code of ours. Decoding is strict about what projections rely on and ignores
headers it does not know, so the shape can grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libs.contracts.errors import InvalidRecord

SPEC_VERSION = "1.0"
JSON_CONTENT_TYPE = "application/json"

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A record's attributes. `time` is the event time (RFC 3339, UTC); `sequence` an interaction's number."""

    id: str
    source: str
    type: str
    time: str
    tenant_id: str
    subject: str | None = None
    resource_type: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    sequence: int | None = None
    dataschema: str | None = None
    traceparent: str | None = None
    content_type: str = JSON_CONTENT_TYPE


_ATTRIBUTES = (
    ("ce_id", "id"),
    ("ce_source", "source"),
    ("ce_type", "type"),
    ("ce_time", "time"),
    ("ce_tenantid", "tenant_id"),
    ("ce_subject", "subject"),
    ("ce_resourcetype", "resource_type"),
    ("ce_correlationid", "correlation_id"),
    ("ce_causationid", "causation_id"),
    ("ce_actorid", "actor_id"),
    ("ce_actortype", "actor_type"),
    ("ce_dataschema", "dataschema"),
    ("traceparent", "traceparent"),
    ("content-type", "content_type"),
)
_FIELD_OF_HEADER = dict(_ATTRIBUTES)
_REQUIRED = ("id", "source", "type", "time", "tenant_id")


def encode_headers(envelope: Envelope) -> Headers:
    """The envelope as record headers; attributes that are None are left out."""
    headers = [("ce_specversion", SPEC_VERSION.encode())]
    for header, field in _ATTRIBUTES:
        value: str | None = getattr(envelope, field)
        if value is not None:
            headers.append((header, value.encode()))
    if envelope.sequence is not None:
        headers.append(("ce_sequence", str(envelope.sequence).encode()))
    return tuple(headers)


def decode_headers(headers: Sequence[tuple[str, bytes]]) -> Envelope:
    """The envelope of a record's headers; InvalidRecord names what is missing or unreadable."""
    fields: dict[str, str] = {}
    sequence: int | None = None
    for name, raw in headers:
        if name == "ce_sequence":
            sequence = _sequence(raw)
        elif field := _FIELD_OF_HEADER.get(name):
            fields[field] = _text(name, raw)
        elif name == "ce_specversion" and raw != SPEC_VERSION.encode():
            raise InvalidRecord(f"ce_specversion is {raw!r}, expected {SPEC_VERSION}")
    missing = [name for name in _REQUIRED if not fields.get(name)]
    if missing:
        raise InvalidRecord(f"envelope lacks {', '.join(missing)}")
    return Envelope(sequence=sequence, **fields)


def _text(name: str, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise InvalidRecord(f"header {name} is not UTF-8") from None


def _sequence(raw: bytes) -> int:
    if not (raw.isdigit() and raw.isascii()):
        raise InvalidRecord(f"ce_sequence is {raw!r}, expected a number")
    return int(raw)
