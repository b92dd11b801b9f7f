"""Rows as the JSON the API shows; the sender's own JSON goes out as it came in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import repeat
from typing import Any

import orjson

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_time
from libs.pg.database import Record
from services.queries.catalog import Catalog
from services.queries.codes import FacetName
from services.queries.gaps import Gap
from services.queries.model import ActivityGroup, Timeline
from services.queries.timeline import Window

_RESOLUTION = timedelta(milliseconds=1)


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


def timeline_json(window: Window, timeline: Timeline) -> dict[str, Any]:
    """A timeline; groups, where it is grouped, in every bucket and the largest first."""
    by_bucket = zip(*timeline.groups.values(), strict=True) if timeline.groups else repeat(())
    data: list[dict[str, Any]] = [
        {"bucket": format_time(bucket), "count": sum(counts)}
        for bucket, counts in zip(window.buckets, by_bucket, strict=False)
    ]
    if timeline.is_grouped:
        largest_first = sorted(timeline.groups, key=lambda key: (-sum(timeline.groups[key]), key))
        for index, shown in enumerate(data):
            shown["groups"] = [{"key": key, "count": timeline.groups[key][index]} for key in largest_first]
    return {
        "granularity": window.granularity.value,
        "startDate": format_time(window.start),
        "endDate": format_time(window.end - _RESOLUTION),
        "data": data,
        "total": sum(shown["count"] for shown in data),
    }


def group_json(group: ActivityGroup) -> dict[str, Any]:
    """What one user did within one unit of work."""
    return {
        "userId": group.user_id,
        "uowId": group.uow_id,
        "interactionCount": group.count,
        "firstInteraction": format_time(group.first),
        "lastInteraction": format_time(group.last),
        "actions": group.actions,
        "resources": [{"resourceId": id_, "resourceType": mnemonic} for mnemonic, id_ in group.resources],
        "resourceCount": group.resource_count,
    }


def mnemonic_of(tenant_id: str, kind: str, name: FacetName, catalog: Catalog) -> str:
    """The mnemonic as the catalog has it now, else as it was first recorded."""
    item = catalog.item(tenant_id, kind, name.id)
    return item.mnemonic if item else name.mnemonic


def _badge(tenant_id: str, kind: str, prefix: str, name: FacetName, catalog: Catalog) -> dict[str, str | None]:
    item = catalog.item(tenant_id, kind, name.id)
    return {
        f"{prefix}Mnemonic": mnemonic_of(tenant_id, kind, name, catalog),
        f"{prefix}Icon": item.icon if item else None,
        f"{prefix}FontColorHex": item.font_color_hex if item else None,
        f"{prefix}BgColorHex": item.bg_color_hex if item else None,
    }


def _as_sent(text: str | None) -> orjson.Fragment | None:
    return None if text is None else orjson.Fragment(text)
