"""What records are to definitions, worked out the plain way: every definition, every entry, every filter, each anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from services.monitoring.definitions.model import EventPattern, PropertyFilter, VersionInForce

Found = tuple[int, int, bool, set[int], set[int], tuple[str | None, ...]]
"""Definition, version, whether it is current, the steps and the global entries that match, dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A record: its names, its data as Python has it, and its attributes."""

    tenant_id: str
    names: tuple[str, ...]
    data: Any
    attributes: Mapping[str, str | None]
    accepted_ms: int


def judge(versions: Sequence[VersionInForce], record: Judged, *, watermark_ms: int) -> dict[str, list[Found]]:
    """Return what the record is to the versions, by match key."""
    found: dict[str, list[Found]] = {}
    for one in sorted(versions, key=lambda v: (v.definition_id, v.version)):
        if one.tenant_id != record.tenant_id or not _judges(one, record.accepted_ms, watermark_ms):
            continue
        steps = {at for at, entry in enumerate(one.definition.events) if _matches(entry, record)}
        globals_ = {at for at, entry in enumerate(one.definition.global_blacklisted_events) if _matches(entry, record)}
        key = _key(one.definition.correlation_property, record)
        if key is None or not (steps or globals_):
            continue
        dimensions = tuple(_short(text_at(record, path)) for path in one.definition.dimensions)
        is_current = one.to_ms is None or record.accepted_ms < one.to_ms
        found.setdefault(key, []).append((one.definition_id, one.version, is_current, steps, globals_, dimensions))
    return found


def text_at(record: Judged, path: str) -> str | None:
    """Return a property: the first way to take the path apart that leads to a text, else the attribute."""
    texts = (_walk(record.data, keys) for keys in _ways(path.split(".")))
    return next((text for text in texts if text is not None), record.attributes.get(path))


def _judges(one: VersionInForce, accepted_ms: int, watermark_ms: int) -> bool:
    if accepted_ms < one.from_ms:
        return False
    if one.to_ms is None or accepted_ms < one.to_ms:
        return True
    pause_ms = one.definition.threshold_in_ms + watermark_ms
    longest_ms = (len(one.definition.events) - 1) * pause_ms
    is_over = one.ended_ms is not None and accepted_ms >= one.ended_ms
    return not is_over and accepted_ms - one.to_ms < longest_ms


def _matches(entry: EventPattern, record: Judged) -> bool:
    return entry.name in record.names and all(_fits(one, text_at(record, one.name)) for one in entry.props)


def _fits(one: PropertyFilter, text: str | None) -> bool:
    if text is None:
        return False
    value, folded, part = one.value, text.casefold(), one.value.casefold()
    return {
        "EQUALS": text == value,
        "NOTEQUALS": text != value,
        "CONTAINS": part in folded,
        "NOTCONTAINS": part not in folded,
        "STARTSWITH": folded[: len(part)] == part,
        "ENDSWITH": folded.endswith(part),
    }[one.operator]


def _ways(segments: Sequence[str]) -> Iterator[list[str]]:
    """Yield the ways to make keys of the segments, those with the longest first key first."""
    for count in range(len(segments), 0, -1):
        head = ".".join(segments[:count])
        if count == len(segments):
            yield [head]
        else:
            yield from ([head, *rest] for rest in _ways(segments[count:]))


def _walk(value: Any, keys: Sequence[str]) -> str | None:
    for key in keys:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key in {str(at) for at in range(len(value))}:
            value = value[int(key)]
        else:
            return None
    return _text(value)


def _text(value: Any) -> str | None:
    if isinstance(value, dict | list):
        return None
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(correlation_property: str | None, record: Judged) -> str | None:
    has = record.attributes
    session = _text(record.data["sessionId"]) if isinstance(record.data, dict) and "sessionId" in record.data else None
    wanted = (
        [(correlation_property, text_at(record, correlation_property))]
        if correlation_property
        else [
            ("user", has["userId"]),
            ("session", session),
            ("uow", has["uowId"]),
            (f"resource:{has['resourceType']}", has["resourceId"]),
        ]
    )
    return next((f"{kind}:{_short(text)}" for kind, text in wanted if text), None)


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= 200 else "sha256:" + sha256(text.encode()).hexdigest()
