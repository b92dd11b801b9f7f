"""Rows as the JSON the API shows; the sender's own JSON goes out as it came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_time
from libs.pg.database import Record
from services.queries.catalog import Catalog
from services.queries.codes import FacetName
from services.queries.gaps import Gap


def interaction_json(tenant_id: str, row: Record, names: Mapping[int, FacetName], catalog: Catalog) -> dict[str, Any]:
    """One interaction, with mnemonic, icon and colours of its type, action and origin as the catalog has them now."""
    at = row["interaction_at"]
    resource_type, action, origin = (names[row[column]] for column in ("type_code", "action_code", "origin_code"))
    shown = {
        "interactionId": str(row["interaction_id"]),
        "interactionNumber": row["number"],
        "resourceId": row["resource_id"],
        "resourceTypeId": resource_type.id,
        "actionId": action.id,
        "originId": origin.id,
        **_badge(tenant_id, RESOURCE_TYPE, "resourceType", resource_type, catalog),
        **_badge(tenant_id, ACTION, "action", action, catalog),
        **_badge(tenant_id, ORIGIN, "origin", origin, catalog),
        "interaction": _as_sent(row["interaction"]),
        "externalReference": row["external_reference"],
        "externalResponse": _as_sent(row["external_response"]),
        "uowId": row["uow_id"],
        "userId": row["user_id"],
        "createdDate": format_time(row["created_at"]),
        "interactionTimestamp": None if at is None else format_time(at),
        "spanId": row["span_id"],
        "parentSpanId": row["parent_span_id"],
        "sequenceIndex": row["sequence_index"],
    }
    return shown if row["long_texts"] is None else shown | row["long_texts"]


def gap_json(gap: Gap) -> dict[str, Any]:
    """One run of missing numbers."""
    shown = {
        "first": gap.first,
        "last": gap.last,
        "state": gap.state,
        "reason": gap.reason,
        "at": None if gap.at is None else format_time(gap.at),
    }
    return shown if gap.duplicate_of is None else {**shown, "duplicateOf": gap.duplicate_of}


def _badge(tenant_id: str, kind: str, prefix: str, name: FacetName, catalog: Catalog) -> dict[str, str | None]:
    item = catalog.item(tenant_id, kind, name.id)
    return {
        f"{prefix}Mnemonic": item.mnemonic if item else name.mnemonic,
        f"{prefix}Icon": item.icon if item else None,
        f"{prefix}FontColorHex": item.font_color_hex if item else None,
        f"{prefix}BgColorHex": item.bg_color_hex if item else None,
    }


def _as_sent(text: str | None) -> orjson.Fragment | None:
    return None if text is None else orjson.Fragment(text)
