"""What records come to by a definition as it is posted, worked out from the rules alone and with none of the product's
code: every record of a key at once, in their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """A record: its name and properties, its event time, and its unit of work."""

    name: str
    at_ms: int
    uow_id: str | None
    properties: Mapping[str, str]


class Met(NamedTuple):
    """A required step, and the record it was met by."""

    step: int
    name: str
    at_ms: int
    uow_id: str | None


class Told(NamedTuple):
    """A result, its ids aside."""

    key: str
    outcome: str
    cause: str
    ended_at: int
    steps: tuple[Met, ...]
    expected: int | None
    received_at: int | None


@dataclass
class Plain:
    """What records came to: results in the order of their keys, and how many matches stay open."""

    results: list[Told] = field(default_factory=list)
    open: int = 0


def plain(definition: Mapping[str, Any], facts: Iterable[Fact]) -> Plain:
    """Walk the facts, which stand in the order in which they were accepted, by a definition with its own key."""
    by_key: defaultdict[str, list[Fact]] = defaultdict(list)
    key = definition["correlationProperty"]
    for fact in facts:
        if fact.properties.get(key):
            by_key[f"{key}:{fact.properties[key]}"].append(fact)
    found = Plain()
    for name, its in sorted(by_key.items()):
        walk = _Walk(definition, name)
        for fact in sorted(its, key=lambda one: one.at_ms):
            walk.meet(fact)
        found.results += walk.results
        found.open += bool(walk.steps)
    return found


def told(result: Mapping[str, Any]) -> Told:
    """Return a result of the API without its ids."""
    steps = tuple(Met(one["step"], one["name"], one["time"], one["uowId"]) for one in result["steps"])
    return Told(
        result["key"],
        result["outcome"],
        result["cause"] or "",
        result["endedAt"],
        steps,
        None if result["expected"] is None else result["expected"]["step"],
        None if result["received"] is None else result["received"]["time"],
    )


class _Walk:
    """One key's."""

    def __init__(self, definition: Mapping[str, Any], key: str) -> None:
        self._events: Sequence[Mapping[str, Any]] = definition["events"]
        self._globals: Sequence[Mapping[str, Any]] = definition.get("globalBlacklistedEvents", ())
        self._threshold_ms: int = definition["thresholdInMs"]
        self._key = key
        self._at = 0
        self.steps: list[Met] = []
        self.results: list[Told] = []

    def meet(self, fact: Fact) -> None:
        hits = {place for place, event in enumerate(self._events) if _fits(event, fact)}
        is_global = any(_fits(event, fact) for event in self._globals)
        if not hits and not is_global:
            return
        if self.steps and fact.at_ms - self.steps[-1].at_ms > self._threshold_ms:
            self._end("errored", "timeout", self.steps[-1].at_ms + self._threshold_ms)
        if not self.steps:
            self._begin(fact, hits)
        elif is_global:
            self._end("aborted", "global", fact.at_ms, fact)
        else:
            self._go_on(fact, hits)

    def _begin(self, fact: Fact, hits: set[int]) -> None:
        if 0 in hits:
            self._advance(fact, 0)

    def _go_on(self, fact: Fact, hits: set[int]) -> None:
        required = self._required(self._at)
        if any(place in hits for place in range(self._at, required)):
            self._end("aborted", "forbidden", fact.at_ms, fact)
        elif required in hits:
            self._advance(fact, required)
        else:
            self._end("errored", "sequence_violation", fact.at_ms, fact)
            self._begin(fact, hits)

    def _advance(self, fact: Fact, place: int) -> None:
        self.steps.append(Met(place, fact.name, fact.at_ms, fact.uow_id))
        self._at = place + 1
        if self._at == len(self._events):
            self._end("completed", "", fact.at_ms)

    def _required(self, place: int) -> int:
        while self._events[place].get("isBlacklisted"):
            place += 1
        return place

    def _end(self, outcome: str, cause: str, at_ms: int, received: Fact | None = None) -> None:
        expected = None if outcome == "completed" else self._required(self._at)
        received_at = None if received is None else received.at_ms
        self.results.append(Told(self._key, outcome, cause, at_ms, tuple(self.steps), expected, received_at))
        self.steps = []
        self._at = 0


def _fits(event: Mapping[str, Any], fact: Fact) -> bool:
    if event["name"] != fact.name:
        return False
    return all(
        one["name"] in fact.properties and _OPERATORS[one["operator"]](fact.properties[one["name"]], one["value"])
        for one in event.get("props", ())
    )


_OPERATORS = {
    "EQUALS": lambda text, value: text == value,
    "NOTEQUALS": lambda text, value: text != value,
    "STARTSWITH": lambda text, value: text.lower().startswith(value.lower()),
}
