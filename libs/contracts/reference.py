"""The wire shape of `waymark.reference.v1`: the latest state of an object that other services need at hand.

Every record carries its object's version; a reader keeps the highest it has seen, so repeats and late copies do no
harm. The body is the object's own JSON shape, as its service's API returns it.
"""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from libs.contracts.envelope import Headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.latest import encode_latest
from libs.contracts.topics import object_key
from libs.contracts.values import decode_value

CHANGED = "waymark.reference.changed.v1"

RESOURCE_TYPE = "resource_type"
ACTION = "action"
ORIGIN = "origin"
CATALOG_KINDS = (RESOURCE_TYPE, ACTION, ORIGIN)
FRONTIER = "frontier"
EVENT_TYPE_SCHEMA = "event_type_schema"
CRITICAL_INTERACTION = "critical_interaction"


class ReferenceRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One object's latest state. `archived` objects stay known to readers and are refused to writers."""

    kind: str
    tenant_id: str
    id: str
    version: int
    archived: bool = False
    data: dict[str, Any]


class CatalogItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The `data` of a resource type, an action or an origin, common to the three."""

    title: str
    mnemonic: str
    description: str | None = None
    icon: str | None = None
    font_color_hex: str | None = None
    bg_color_hex: str | None = None
    is_system: bool = False
    created_date: str
    modified_date: str


class Frontier(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The `data` of a tenant's number frontier (kind `frontier`, id = tenant, version = `below`).

    Every number under `below` is acknowledged or voided at a log position under `positions` (next offset to read per
    partition of `waymark.interactions.v1`, by partition number as text). What a projection at those positions still
    misses below the frontier is lost; above it, numbers are in flight.
    """

    below: int
    positions: dict[str, int]
    at: str


class EventTypeSchema(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The `data` of an event type's schema (kind `event_type_schema`, id = event type): its latest version.

    `version` counts the schemas; the record's own also counts that it was archived, or taken up again.
    """

    event_type: str
    version: int
    schema: dict[str, Any] | bool
    dataschema: str
    forced: bool
    created_at: str
    created_by: str


_Data = TypeVar("_Data", CatalogItem, Frontier, EventTypeSchema)
_decoder = msgspec.json.Decoder(ReferenceRecord)


def reference_key(record: ReferenceRecord) -> str:
    """Return the record's key in the log: `<kind>:<tenant>:<id>`."""
    return object_key(record.kind, record.tenant_id, record.id)


def encode_reference(record: ReferenceRecord, *, timestamp_ms: int) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a reference record."""
    return encode_latest(record, record.kind, record_type=CHANGED, source="reference", timestamp_ms=timestamp_ms)


def decode_reference(value: bytes) -> ReferenceRecord:
    """Return the reference record of a value; InvalidRecord says what is wrong with it."""
    return decode_value(_decoder.decode, value)


def decode_data(record: ReferenceRecord, shape: type[_Data]) -> _Data:
    """Return the typed `data` of a reference record; InvalidRecord when it does not fit."""
    try:
        return msgspec.convert(record.data, shape)
    except msgspec.ValidationError as error:
        raise InvalidRecord(f"data: {error}") from None


def dataschema_of(event_type: str, version: int) -> str:
    """Return the `dataschema` of an event checked against a version of its type's schema: the path that answers with
    it.
    """
    return f"/api/v1/event-types/{quote(event_type, safe='')}/schema?version={version}"
