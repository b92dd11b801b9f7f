"""What alert rules come to, worked out with none of the service's code: figures over results, states, notices.

The results of a critical interaction are counted in the order of the log. So a figure is one of some first results:
at least of all that were decided by records accepted before its `asOf`, at most of those sent before it was read.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from libs.contracts.times import to_ms

_MINUTE_MS = 60_000
_MILLIONTHS = 1_000_000
_COMPARED = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_EQUAL": operator.le,
}


class Counted(NamedTuple):
    """A result that completed or errored: its category or `errored`, and when its last record was on its way."""

    ended_ms: int
    kind: str
    score_millionths: int
    sent_ms: int
    acknowledged_ms: int


class Look(NamedTuple):
    """A rule as a transaction left it: after an evaluation, or after a change by its owner."""

    rule_id: str
    at: datetime
    is_evaluation: bool
    is_enabled: bool
    as_of_ms: int
    value: float | None
    state: str
    incident_id: str | None
    snoozed_until: datetime | None
    due_at: datetime | None


class Change(NamedTuple):
    """A change of state; of one that no figure led to, the last three are None."""

    before: str
    after: str
    incident_id: str | None
    at_ms: int | None
    value: float | None
    as_of_ms: int | None


class Figure(NamedTuple):
    """A figure and whether it meets the condition; None where there are too few events."""

    value: float | None
    is_met: bool | None


@dataclass
class Course:
    """The way of a rule, from look to look: `rule` is as the API shows it, `target` that of its objective."""

    rule: Mapping[str, Any]
    results: Sequence[Counted]
    target: str | None = None
    state: str = "NO_DATA"
    held_from_ms: int | None = None
    incident_id: str | None = None
    counted: int = 0
    history: list[Change] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    told_resolved: list[str] = field(default_factory=list)
    told_no_data_ms: list[int] = field(default_factory=list)

    def follow(self, look: Look) -> None:
        """Go one look further; what the rule came to must be what follows from the figures and the looks before."""
        if look.is_evaluation:
            self._evaluate(look)
        elif not look.is_enabled:
            self._move(Change(self.state, "NO_DATA", self.incident_id, None, None, None))
            self._close()
            self.held_from_ms = None
        assert look.state == self.state, (look, self)
        assert look.incident_id == self.incident_id, (look, self)

    def _evaluate(self, look: Look) -> None:
        figure = self._figure(look)
        state = self._next(figure, look)
        if state == "FIRING" and self.incident_id is None:
            assert look.incident_id is not None
            assert look.incident_id not in self.opened
            self.incident_id = look.incident_id
            self.opened.append(look.incident_id)
        incident_id = self.incident_id
        is_snoozed = look.snoozed_until is not None and look.snoozed_until > look.at
        if state == "FIRING" and not is_snoozed and incident_id is not None and incident_id not in self.told:
            self.told.append(incident_id)
        if state == "NO_DATA" != self.state and self.rule["notifyNoData"] and not is_snoozed:
            self.told_no_data_ms.append(to_ms(look.at))
        if state == "OK":
            self._close()
        self._move(Change(self.state, state, incident_id, to_ms(look.at), figure.value, look.as_of_ms))

    def _next(self, figure: Figure, look: Look) -> str:
        held_from_ms, self.held_from_ms = self.held_from_ms, None
        if figure.is_met is None:
            return "NO_DATA"
        if not figure.is_met:
            return "OK"
        if self.incident_id is not None:
            return "FIRING"
        since_ms = look.as_of_ms if held_from_ms is None else held_from_ms
        if look.as_of_ms - since_ms >= 1_000 * self.rule["forSeconds"]:
            return "FIRING"
        self.held_from_ms = since_ms
        return "PENDING"

    def _figure(self, look: Look) -> Figure:
        """Return the figure of the first results that are as many as before or more, and give what the rule had."""
        least = next((n for n in range(len(self.results), 0, -1) if self._is_decided(n - 1, look)), 0)
        seen = []
        for count, figure in self._figures(max(least, self.counted), look):
            if figure.value == look.value:
                self.counted = count
                return figure
            seen.append(figure.value)
        raise AssertionError(f"{look} of {self.rule['name']} has none of the figures {seen}")

    def _is_decided(self, place: int, look: Look) -> bool:
        return self.results[place].acknowledged_ms < look.as_of_ms

    def _figures(self, least: int, look: Look) -> Iterator[tuple[int, Figure]]:
        """Yield the figures of the first results, `least` of them, then one more each time."""
        lengths = (self.rule["windowMinutes"], self.rule["shortMinutes"])
        windows = [minutes_up_to(look.as_of_ms, length) for length in lengths if length is not None]
        tallies = [tally(self.results[:least], window) for window in windows]
        yield least, self._read(tallies)
        for count, result in enumerate(self.results[least:], start=least + 1):
            if result.sent_ms > to_ms(look.at):
                return
            tallies = [before + tally([result], window) for before, window in zip(tallies, windows, strict=True)]
            yield count, self._read(tallies)

    def _read(self, tallies: Sequence[Counter[str]]) -> Figure:
        if self.target is None:
            return metric(self.rule, tallies[0])
        return burning(self.rule, Fraction(self.target), tallies)

    def _close(self) -> None:
        if self.incident_id is not None:
            self.closed.append(self.incident_id)
            if self.incident_id in self.told:
                self.told_resolved.append(self.incident_id)
        self.incident_id = None

    def _move(self, change: Change) -> None:
        if change.after != self.state:
            self.history.append(change)
        self.state = change.after


def metric(rule: Mapping[str, Any], counts: Counter[str]) -> Figure:
    """Return the figure of a rule of the kind `metric`."""
    completed = sum(counts[kind] for kind in ("Excellent", "Good", "Average", "Poor"))
    total = completed + counts["errored"]
    shares = {
        "errorRate": (Fraction(counts["errored"]), total),
        "poorRate": (Fraction(counts["Poor"]), completed),
        "apdex": (Fraction(counts["score"], _MILLIONTHS), completed),
        "strictApdex": (Fraction(counts["score"], _MILLIONTHS), total),
    }
    numbers = {"errored": Fraction(counts["errored"]), "throughputPerMinute": Fraction(total, rule["windowMinutes"])}
    if (number := numbers.get(rule["metric"])) is None:
        part, among = shares[rule["metric"]]
        if among < max(1, rule["minEvents"]):
            return Figure(None, None)
        number = part / among
    return Figure(float(number), _COMPARED[rule["operator"]](float(number), rule["threshold"]))


def burning(rule: Mapping[str, Any], target: Fraction, windows: Sequence[Counter[str]]) -> Figure:
    """Return the figure of an objective's rule, whose windows both have to burn: an event is good that completed."""
    totals = [sum(count for kind, count in counts.items() if kind != "score") for counts in windows]
    if totals[0] < max(1, rule["minEvents"]):
        return Figure(None, None)
    rates = [
        Fraction(counts["errored"], total) / (1 - target) if total else Fraction(0)
        for counts, total in zip(windows, totals, strict=True)
    ]
    return Figure(float(rates[0]), min(rates) > Fraction(str(rule["threshold"])))


def tally(results: Sequence[Counted], window: range) -> Counter[str]:
    """Return how many of the results that ended in the window are of which kind, and the sum of their scores."""
    counts: Counter[str] = Counter()
    for result in results:
        if result.ended_ms in window:
            counts.update({result.kind: 1, "score": result.score_millionths})
    return counts


def minutes_up_to(at_ms: int, minutes: int) -> range:
    """Return the whole minutes up to and with the one that an instant lies in, in milliseconds."""
    end_ms = (at_ms // _MINUTE_MS + 1) * _MINUTE_MS
    return range(end_ms - minutes * _MINUTE_MS, end_ms)
