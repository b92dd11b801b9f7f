"""Rows as the JSON the API shows; the sender's own JSON goes out as it came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import orjson

from libs.contracts.events import Sender, is_confidential, source_of
from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_time, format_time_if_any
from libs.pg.database import Row
from libs.records.catalog import Catalog
from libs.records.events import EventRow
from libs.records.interactions import RecordedRow


class FacetName(NamedTuple):
    """A resource type, action or origin as rows know it: the catalog id, and the mnemonic as it was when recorded."""

    id: str
    mnemonic: str


class Facets(NamedTuple):
    """The resource type, action and origin of an interaction."""

    resource_type: FacetName
    action: FacetName
    origin: FacetName


def interaction_json(tenant_id: str, row: Row | Mapping[str, Any], facets: Facets, catalog: Catalog) -> dict[str, Any]:
    """Return one interaction, with mnemonic, icon and colours of its type, action and origin as the catalog has them
    now.
    """
    at = row["interaction_at"]
    resource_type, action, origin = facets
    shown = {
        "interactionId": str(row["interaction_id"]),
        "interactionNumber": row["number"],
        "resourceId": row["resource_id"],
        "resourceTypeId": resource_type.id,
        "actionId": action.id,
        "originId": origin.id,
        **_badge(tenant_id, RESOURCE_TYPE, _TYPE_KEYS, resource_type, catalog),
        **_badge(tenant_id, ACTION, _ACTION_KEYS, action, catalog),
        **_badge(tenant_id, ORIGIN, _ORIGIN_KEYS, origin, catalog),
        "interaction": as_sent(row["interaction"]),
        "externalReference": row["external_reference"],
        "externalResponse": as_sent(row["external_response"]),
        "uowId": row["uow_id"],
        "userId": row["user_id"],
        "createdDate": format_time(row["created_at"]),
        "interactionTimestamp": format_time_if_any(at),
        "spanId": row["span_id"],
        "parentSpanId": row["parent_span_id"],
        "sequenceIndex": row["sequence_index"],
    }
    return shown if row["long_texts"] is None else shown | row["long_texts"]


def recorded_json(tenant_id: str, row: Row | Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Return as `interaction_json` from a row that has ids and recorded mnemonics of type, action and origin itself."""
    facets = Facets(
        FacetName(row["type_id"], row["resource_type"]),
        FacetName(row["action_id"], row["action"]),
        FacetName(row["origin_id"], row["origin"]),
    )
    return interaction_json(tenant_id, row, facets, catalog)


def shown_interaction(row: RecordedRow, catalog: Catalog) -> dict[str, Any]:
    """Return an interaction that was read from the log as `interaction_json` does one that was read from a table."""
    long_texts = None if row.long_texts is None else orjson.loads(row.long_texts)
    return recorded_json(row.tenant_id, row._asdict() | {"long_texts": long_texts}, catalog)


def event_json(
    tenant_id: str, correlation_id: str | None, row: Row | Mapping[str, Any], *, to_admin: bool
) -> dict[str, Any]:
    """Return an event as the events API shows it; `dataschema` and `cloudEvent` only where it has one.

    The payload of a confidential one is shown `to_admin` alone, and empty to others.
    """
    is_hidden = not to_admin and is_confidential(tenant_id, row["source"])
    shown = {
        "actorId": row["actor_id"],
        "actorType": row["actor_type"],
        "causationId": row["causation_id"],
        "correlationId": correlation_id,
        "eventType": row["event_type"],
        "id": str(row["event_id"]),
        "occurredAt": format_time(row["event_at"]),
        "payload": {} if is_hidden else as_sent(row["payload"]),
        "resourceId": row["resource_id"],
        "resourceType": row["resource_type"],
        "source": source_of(tenant_id, row["source"]),
        "tenantId": tenant_id,
    }
    if row["dataschema"] is not None:
        shown["dataschema"] = row["dataschema"]
    if row["cloud_event"] is not None:
        shown["cloudEvent"] = cloud_event_json(row["cloud_event"], row["dataschema"])
    return shown


def shown_event(event: EventRow, *, to_admin: bool) -> dict[str, Any]:
    """Return an event that was read from the log as `event_json` does one that was read from a table."""
    row = event._asdict() | {"event_at": event.occurred_at}
    return event_json(event.tenant_id, event.correlation_id, row, to_admin=to_admin)


def cloud_event_json(cloud_event: str, dataschema: str | None) -> dict[str, Any]:
    """Return a CloudEvent as its sender described it, for the events API; `cloud_event` is a row's text."""
    sender = msgspec.json.decode(cloud_event, type=Sender)
    return {
        "id": sender.id,
        "source": sender.source,
        "subject": sender.subject,
        "datacontenttype": None if sender.datacontenttype is msgspec.UNSET else sender.datacontenttype,
        "dataschema": dataschema if sender.dataschema is msgspec.UNSET else sender.dataschema,
        "extensions": sender.extensions,
    }


def mnemonic_of(tenant_id: str, kind: str, name: FacetName, catalog: Catalog) -> str:
    """Return the mnemonic as it is now."""
    item = catalog.item(tenant_id, kind, name.id)
    return item.mnemonic if item else name.mnemonic


def as_sent(text: str | None) -> orjson.Fragment | None:
    """Return the sender's own JSON text; None is null."""
    return None if text is None else orjson.Fragment(text)


def _badge(
    tenant_id: str, kind: str, keys: tuple[str, str, str, str], name: FacetName, catalog: Catalog
) -> dict[str, str | None]:
    item = catalog.item(tenant_id, kind, name.id)
    mnemonic, icon, font_color, bg_color = keys
    if item is None:
        return {mnemonic: name.mnemonic, icon: None, font_color: None, bg_color: None}
    return {
        mnemonic: item.mnemonic,
        icon: item.icon,
        font_color: item.font_color_hex,
        bg_color: item.bg_color_hex,
    }


def _keys(prefix: str) -> tuple[str, str, str, str]:
    return f"{prefix}Mnemonic", f"{prefix}Icon", f"{prefix}FontColorHex", f"{prefix}BgColorHex"


_TYPE_KEYS, _ACTION_KEYS, _ORIGIN_KEYS = _keys("resourceType"), _keys("action"), _keys("origin")
