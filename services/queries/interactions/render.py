"""The history's rows as the JSON the API shows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from typing import Any

from libs.contracts.times import format_ms, format_time, format_time_if_any, last_ms_before
from libs.pg.database import Row
from libs.records import render
from libs.records.catalog import Catalog
from libs.records.render import FacetName, Facets
from services.queries.interactions.gaps import Gap
from services.queries.interactions.model import ActivityGroup, Timeline
from services.queries.interactions.timeline import Window


def interaction_json(tenant_id: str, row: Row, names: Mapping[int, FacetName], catalog: Catalog) -> dict[str, Any]:
    """Return one interaction, its codes resolved."""
    facets = Facets(names[row["type_code"]], names[row["action_code"]], names[row["origin_code"]])
    return render.interaction_json(tenant_id, row, facets, catalog)


def gap_json(gap: Gap) -> dict[str, Any]:
    """Return one run of missing numbers."""
    shown = {
        "first": gap.first,
        "last": gap.last,
        "state": gap.state,
        "reason": gap.reason,
        "at": format_time_if_any(gap.at),
    }
    return shown if gap.duplicate_of is None else {**shown, "duplicateOf": gap.duplicate_of}


def timeline_json(window: Window, timeline: Timeline) -> dict[str, Any]:
    """Return a timeline; groups, where it is grouped, in every bucket and the largest first."""
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
        "endDate": format_ms(last_ms_before(window.end)),
        "data": data,
        "total": sum(shown["count"] for shown in data),
    }


def group_json(group: ActivityGroup) -> dict[str, Any]:
    """Return what one user did within one unit of work."""
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
    """Return the mnemonic as the catalog has it now, else as it was first recorded."""
    item = catalog.item(tenant_id, kind, name.id)
    return item.mnemonic if item else name.mnemonic
