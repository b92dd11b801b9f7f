"""Whether the parts of a definition fit each other; each part by itself is checked where it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from libs.httpkit.errors import Loc, Violation
from services.monitoring.definitions.model import MAX_DEFINITION_BYTES, Definition, EventPattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a definition that have to fit each other, as far as they are known.

    `size_bytes` is the whole definition's as JSON, 0 when that is not known.
    """

    lower_ms: int | None = None
    mid_ms: int | None = None
    upper_ms: int | None = None
    events: Sequence[EventPattern] | None = None
    global_events: Sequence[EventPattern] | None = None
    size_bytes: int = 0

    @classmethod
    def of(cls, definition: Definition) -> Parts:
        """Return the parts of a whole definition."""
        return cls(
            lower_ms=definition.uptime_lower_limit_in_ms,
            mid_ms=definition.uptime_mid_limit_in_ms,
            upper_ms=definition.uptime_upper_limit_in_ms,
            events=definition.events,
            global_events=definition.global_blacklisted_events,
            size_bytes=len(msgspec.json.encode(definition)),
        )


def inconsistencies(parts: Parts, loc: Loc = ()) -> list[Violation]:
    """Return a violation for each part that does not fit another; `loc` is the place of the definition."""
    found = [*_limits(parts), *_ends(parts.events or ()), *_contradictions(parts), *_size(parts)]
    return [Violation((*loc, *one.loc), one.msg, "inconsistent") for one in found]


def _limits(parts: Parts) -> Iterator[Violation]:
    limits = [
        ("uptimeLowerLimitInMs", parts.lower_ms),
        ("uptimeMidLimitInMs", parts.mid_ms),
        ("uptimeUpperLimitInMs", parts.upper_ms),
    ]
    known = [(name, limit) for name, limit in limits if limit is not None]
    for (below, low), (name, limit) in pairwise(known):
        if limit < low:
            yield Violation((name,), f"at least {below} ({low}) is expected")


def _ends(events: Sequence[EventPattern]) -> Iterator[Violation]:
    for index in sorted({0, len(events) - 1} & set(range(len(events)))):
        if events[index].is_blacklisted:
            words = "the first and the last event begin and complete a match: they cannot be blacklisted"
            yield Violation(("events", index, "isBlacklisted"), words)


def _contradictions(parts: Parts) -> Iterator[Violation]:
    """A record that fits a required event must not fit a global one each time."""
    required = [(index, event) for index, event in enumerate(parts.events or ()) if not event.is_blacklisted]
    for place, forbidden in enumerate(parts.global_events or ()):
        for index, event in required:
            if event.name == forbidden.name and set(forbidden.props) <= set(event.props):
                words = f"every record that fits events[{index}] would end the match"
                yield Violation(("globalBlacklistedEvents", place), words)


def _size(parts: Parts) -> Iterator[Violation]:
    """Name the longer list of a definition that is too large: all else in it is short."""
    if parts.size_bytes > MAX_DEFINITION_BYTES:
        lists = {"events": parts.events, "globalBlacklistedEvents": parts.global_events}
        longest = max(lists, key=lambda name: len(msgspec.json.encode(lists[name])))
        words = f"a definition takes at most {MAX_DEFINITION_BYTES} bytes as JSON, and this one {parts.size_bytes}"
        yield Violation((longest,), words)
