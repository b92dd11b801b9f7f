"""Which burn rules fit each other and their objective's window; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from libs.httpkit.errors import Loc, Violation
from services.monitoring.slos.burn_rate import BurnRule

_TYPE: Final = "inconsistent"


def inconsistencies(rules: Sequence[BurnRule], window_minutes: int, loc: Loc = ()) -> list[Violation]:
    """Return what does not fit, by its place under `loc`."""
    return list(_inconsistencies(rules, window_minutes, (*loc, "burnRules")))


def _inconsistencies(rules: Sequence[BurnRule], window_minutes: int, loc: Loc) -> Iterator[Violation]:
    for number, rule in enumerate(rules):
        if rule.short_minutes >= rule.long_minutes:
            yield Violation((*loc, number, "shortMinutes"), "less than longMinutes is expected", _TYPE)
        if rule.long_minutes > window_minutes:
            yield Violation(
                (*loc, number, "longMinutes"), f"at most windowMinutes, {window_minutes}, is expected", _TYPE
            )
        if rule in rules[:number]:
            yield Violation((*loc, number), f"the same as burnRules[{rules.index(rule)}]", _TYPE)
