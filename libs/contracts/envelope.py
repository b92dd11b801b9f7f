"""The CloudEvents 1.0 envelope of a record in binary mode: attributes as `ce_` headers, the value untouched.

Any Kafka client can read it without code of ours. Decoding is strict about what projections rely on and ignores
headers it does not know, so the shape can grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter, itemgetter

import msgspec

from libs.contracts.errors import InvalidRecord

SPEC_VERSION = "1.0"
JSON_CONTENT_TYPE = "application/json"

Headers = tuple[tuple[str, bytes], ...]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record's attributes. `time` is the event time (RFC 3339, UTC); `sequence` an interaction's number.

    `cloud_event` is JSON: a CloudEvent as its sender described it (`libs.contracts.events.Sender`).
    """

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
    cloud_event: str | None = None
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
    ("waymark-cloudevent", "cloud_event"),
    ("content-type", "content_type"),
)
_HEADERS = tuple(header for header, _ in _ATTRIBUTES)
_values = attrgetter(*(field for _, field in _ATTRIBUTES))
_FIELD_OF_HEADER = dict(_ATTRIBUTES)
_REQUIRED = ("id", "source", "type", "time", "tenant_id")
_required_values = itemgetter(*(header for header, field in _ATTRIBUTES if field in _REQUIRED))
_SPEC_VERSION = SPEC_VERSION.encode()
_INT64_DIGITS = 19
_MAX_TENANT_CHARS = 63
"""The greatest length of a tenant's id; a longer one is no tenant of ours, and no index takes any length."""


def encode_headers(envelope: Envelope) -> Headers:
    """Return the envelope as record headers; attributes that are None are left out."""
    values: tuple[str | None, ...] = _values(envelope)
    headers = [("ce_specversion", _SPEC_VERSION)]
    headers += [(name, value.encode()) for name, value in zip(_HEADERS, values, strict=True) if value is not None]
    if envelope.sequence is not None:
        headers.append(("ce_sequence", b"%d" % envelope.sequence))
    return tuple(headers)


def decode_headers(headers: Sequence[tuple[str, bytes]]) -> Envelope:
    """Return the envelope of a record's headers; InvalidRecord names what is missing or unreadable."""
    fields: dict[str, str] = {}
    sequence: int | None = None
    for name, raw in headers:
        field = _FIELD_OF_HEADER.get(name)
        if field is not None:
            try:
                fields[field] = raw.decode()
            except UnicodeDecodeError:
                raise InvalidRecord(f"header {name} is not UTF-8") from None
        elif name == "ce_sequence":
            sequence = _sequence(raw)
        elif name == "ce_specversion" and raw != _SPEC_VERSION:
            raise InvalidRecord(f"ce_specversion is {raw!r}, expected {SPEC_VERSION}")
    for required in _REQUIRED:
        if not fields.get(required):
            missing = [name for name in _REQUIRED if not fields.get(name)]
            raise InvalidRecord(f"envelope lacks {', '.join(missing)}")
    return Envelope(sequence=sequence, **fields)


def decode_type_and_tenant(headers: Sequence[tuple[str, bytes]]) -> tuple[str, str]:
    """Return type and tenant alone, for a fold that needs no more; raises InvalidRecord as `decode_headers` does."""
    found = dict(headers)
    if _is_plain(found, len(headers)):
        return found["ce_type"].decode(), found["ce_tenantid"].decode()
    envelope = decode_headers(headers)
    return envelope.type, envelope.tenant_id


def tenant_of(headers: Sequence[tuple[str, bytes]]) -> str | None:
    """Return the tenant that headers name, however malformed they are otherwise; None when no tenant is called so."""
    try:
        found = dict(headers).get("ce_tenantid", b"").decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in found or len(found) > _MAX_TENANT_CHARS else found or None


def _is_plain(found: Mapping[str, bytes], count: int) -> bool:
    """Return whether `count` headers surely are an envelope: most can be seen to be, in a third of the time decoding
    takes.
    """
    try:
        required = _required_values(found)
    except KeyError:
        return False
    return (
        all(required)
        and len(found) == count
        and b"".join(found.values()).isascii()
        and found.get("ce_specversion") == _SPEC_VERSION
        and found.get("ce_sequence", b"0").isdigit()
    )


def _sequence(raw: bytes) -> int:
    if not (raw.isdigit() and raw.isascii() and len(raw) <= _INT64_DIGITS and int(raw) < 2**63):
        raise InvalidRecord(f"ce_sequence is {raw[:40]!r}, expected a number of 64 bits")
    return int(raw)
