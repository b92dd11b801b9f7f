"""Definitions of critical interactions made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.monitoring.definitions.model import Definition, EventPattern, Operator, PropertyFilter, VersionInForce


def pattern(name: str, *props: PropertyFilter, is_blacklisted: bool = False) -> EventPattern:
    """Return an entry of a definition."""
    return EventPattern(name=name, props=props, is_blacklisted=is_blacklisted)


def having(name: str, value: str, operator: Operator = "EQUALS") -> PropertyFilter:
    """Return a filter."""
    return PropertyFilter(name=name, value=value, operator=operator)


def definition(*events: EventPattern | str, **changes: Any) -> Definition:
    """Return a definition of these events, or of the records of these names."""
    fields: dict[str, Any] = {
        "name": "checkout",
        "uptime_lower_limit_in_ms": 100,
        "uptime_mid_limit_in_ms": 200,
        "uptime_upper_limit_in_ms": 300,
        "threshold_in_ms": 60_000,
        **changes,
    }
    return Definition(events=tuple(pattern(one) if isinstance(one, str) else one for one in events), **fields)


def in_force(what: Definition, **changes: Any) -> VersionInForce:
    """Return a version that has always been in force, unless `changes` say otherwise."""
    fields: dict[str, Any] = {"tenant_id": "default", "definition_id": 1, "version": 1, "from_ms": 0, **changes}
    return VersionInForce(definition=what, **fields)


def succession(*definitions: Definition, starts_ms: Sequence[int], **changes: Any) -> list[VersionInForce]:
    """Return versions that follow each other, each from its start on."""
    ends = [*starts_ms[1:], None]
    return [
        in_force(one, version=number, from_ms=start, to_ms=end, **changes)
        for number, (one, start, end) in enumerate(zip(definitions, starts_ms, ends, strict=True), start=1)
    ]
