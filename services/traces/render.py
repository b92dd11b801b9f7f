"""Rows of traces as the JSON the API shows. Mnemonics are those of the catalog now, else as they were recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from libs.contracts.events import source_of
from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_ms, format_time, to_ms
from libs.pg.database import Row
from libs.records.catalog import Catalog
from libs.records.render import FacetName, mnemonic_of
from libs.rollups.histogram import Part, quantiles_ms
from services.traces.model import EVENT, INTERACTION, LAST_NUMBER, SERVICE, SPAN, USER, Place
from services.traces.tree import Entry, Tree

Namer = Callable[[str, str, str], str]
"""Returns the mnemonic for a kind of the catalog, an id, and the name it was recorded under."""


def place_of(row: Row) -> Place:
    """Return the place of a row in its trace."""
    if is_event(row):
        return Place(row["event_at"], LAST_NUMBER, str(row["event_id"]))
    return Place(row["event_at"], row["number"], str(row["interaction_id"]))


def is_event(row: Row) -> bool:
    """Return whether the row is an event's."""
    return "event_id" in row


def summary_json(tenant_id: str, row: Row, members: Iterable[Row], catalog: Catalog) -> dict[str, Any]:
    """Return the summary of a whole trace; sets are sorted."""
    names: dict[str, set[str]] = {kind: set() for kind in (ACTION, RESOURCE_TYPE, ORIGIN, USER, SERVICE, SPAN)}
    for member in members:
        name = FacetName(member["value"], member["name"])
        names[member["kind"]].add(mnemonic_of(tenant_id, member["kind"], name, catalog))
    return {
        "uowId": row["whole_uow_id"],
        "totalInteractions": row["interactions"],
        "totalEvents": row["events"],
        "startedAt": format_time(row["started_at"]),
        "endedAt": format_time(row["ended_at"]),
        "durationMs": row["duration_ms"],
        "uniqueActions": sorted(names[ACTION]),
        "resourceTypes": sorted(names[RESOURCE_TYPE]),
        "origins": sorted(names[ORIGIN]),
        "resourceCount": row["resources"],
        "users": sorted(names[USER]),
        "services": sorted(names[SERVICE]),
        "errorCount": row["errors"],
    }


def namer(tenant_id: str, catalog: Catalog) -> Namer:
    """Return what gives the mnemonic of a kind's id, recorded under a name, as it is now; looked up once for each."""
    return cache(lambda kind, object_id, name: mnemonic_of(tenant_id, kind, FacetName(object_id, name), catalog))


def key_fields(tenant_id: str, row: Row, named: Namer) -> dict[str, Any]:
    """Return what identifies a record at a glance; what its kind does not have is null."""
    if is_event(row):
        return {
            "kind": EVENT,
            "id": str(row["event_id"]),
            "number": None,
            "at": format_time(row["event_at"]),
            "resourceType": row["resource_type"],
            "resourceId": row["resource_id"],
            "action": None,
            "origin": None,
            "userId": None,
            "eventType": row["event_type"],
            "actorId": row["actor_id"],
            "actorType": row["actor_type"],
            "source": source_of(tenant_id, row["source"]),
            "status": row["status"],
        }
    long_texts = row["long_texts"] or {}
    return {
        "kind": INTERACTION,
        "id": str(row["interaction_id"]),
        "number": row["number"],
        "at": format_time(row["event_at"]),
        "resourceType": named(RESOURCE_TYPE, row["type_id"], row["resource_type"]),
        "resourceId": long_texts.get("resourceId", row["resource_id"]),
        "action": named(ACTION, row["action_id"], row["action"]),
        "origin": named(ORIGIN, row["origin_id"], row["origin"]),
        "userId": long_texts.get("userId", row["user_id"]),
        "eventType": None,
        "actorId": None,
        "actorType": None,
        "source": None,
        "status": row["status"],
    }


def ending_fields(row: Row) -> dict[str, Any]:
    """Return what a record tells of its end: a span's own status, the exceptions of a span or a log record."""
    told: dict[str, Any] = (row["ending"] or {}) if is_event(row) else {}
    is_span = is_event(row) and row["span_id"] is not None
    return {
        "spanStatus": told.get("code") or ("UNSET" if is_span else None),
        "statusMessage": told.get("message"),
        "exceptions": told.get("exceptions", []),
        "isError": row["status"] == "error",
    }


def timeline_json(
    shown: Sequence[dict[str, Any]], times_ms: Sequence[int], *, started_ms: int, before_ms: int | None
) -> list[dict[str, Any]]:
    """Return entries with their distance from the trace's start and from the entry before.

    `times_ms` has one time more than `shown` when an entry follows; `before_ms` is that of the one before the first.
    """
    entries = []
    for index, entry in enumerate(shown):
        at_ms = times_ms[index]
        gap_ms = None if before_ms is None else at_ms - before_ms
        following = times_ms[index + 1] if index + 1 < len(times_ms) else None
        timing = {"offsetMs": at_ms - started_ms, "gapMs": gap_ms, "parallel": gap_ms == 0 or following == at_ms}
        entries.append(entry | timing)
        before_ms = at_ms
    return entries


def tree_entry(row: Row) -> Entry:
    """Return a row as the tree takes it."""
    if is_event(row):
        return Entry(
            kind=EVENT,
            id=str(row["event_id"]),
            started_ms=to_ms(row["started_at"]),
            ended_ms=to_ms(row["ended_at"]),
            span_id=row["span_id"],
            causation_id=row["causation_id"],
        )
    at_ms = to_ms(row["event_at"])
    return Entry(
        kind=INTERACTION,
        id=str(row["interaction_id"]),
        started_ms=at_ms,
        ended_ms=at_ms,
        span_id=row["span_id"],
        parent_span_id=row["parent_span_id"],
    )


class _Times(dict[int, str]):
    """Times of an answer as text, each written once."""

    def __missing__(self, timestamp_ms: int) -> str:
        text = self[timestamp_ms] = format_ms(timestamp_ms)
        return text


def tree_json(tree: Tree, entries: Sequence[Entry], fields: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the nodes, each before its children. A flat list, because a tree may be deeper than a JSON reader allows.

    `fields` are the records' key fields; they become the nodes.
    """
    shown = []
    times = _Times()
    ids = [entry.id for entry in entries]
    for index in tree.order:
        node, entry, item = tree.nodes[index], entries[index], fields[index]
        if entry.kind == INTERACTION:
            times[entry.started_ms] = item["at"]
        item["spanId"] = entry.span_id
        item["parentSpanId"] = entry.parent_span_id
        item["causationId"] = entry.causation_id
        item["parentId"] = None if node.parent is None else ids[node.parent]
        item["depth"] = node.depth
        item["children"] = [ids[child] for child in node.children]
        item["startedAt"] = times[node.started_ms]
        item["endedAt"] = times[node.ended_ms]
        item["durationMs"] = node.duration_ms
        item["ownStartedAt"] = times[node.own_started_ms]
        item["ownEndedAt"] = times[node.own_ended_ms]
        item["ownDurationMs"] = node.own_duration_ms
        item["selfTimeMs"] = node.self_ms
        item["onCriticalPath"] = node.on_critical_path
        item["missingParent"] = node.missing_parent
        item["cycle"] = node.cycle
        shown.append(item)
    return shown


def graph_json(tenant_id: str, counts: Iterable[Row], links: Iterable[Row], catalog: Catalog) -> dict[str, Any]:
    """Return origins with their counts, and links with counts and latencies, the most frequent first.

    `links` are the parts of the links' histograms, those of one link after each other.
    """
    names = {
        row["origin_id"]: mnemonic_of(tenant_id, ORIGIN, FacetName(row["origin_id"], row["name"]), catalog)
        for row in counts
    }
    nodes = [{"origin": names[row["origin_id"]], "count": row["n"]} for row in counts]
    edges = [
        _edge(tenant_id, ends, list(parts), names, catalog)
        for ends, parts in groupby(links, key=itemgetter("from_id", "to_id"))
    ]
    return {
        "nodes": sorted(nodes, key=lambda node: (-node["count"], node["origin"])),
        "edges": sorted(edges, key=lambda edge: (-edge["count"], edge["from"], edge["to"])),
    }


def _edge(
    tenant_id: str, ends: tuple[str, str], rows: Sequence[Row], names: Mapping[str, str], catalog: Catalog
) -> dict[str, Any]:
    parts = [Part(row["part"], row["n"], row["counts"]) for row in rows]
    count = sum(part.n for part in parts)
    p50_ms, p95_ms = quantiles_ms(parts, (0.5, 0.95))

    def named(origin_id: str) -> str:
        return names.get(origin_id) or mnemonic_of(tenant_id, ORIGIN, FacetName(origin_id, origin_id), catalog)

    return {
        "from": named(ends[0]),
        "to": named(ends[1]),
        "count": count,
        "p50Ms": round(p50_ms, 1),
        "p95Ms": round(p95_ms, 1),
        "avgMs": round(sum(row["latency_ms"] for row in rows) / count, 1),
    }
