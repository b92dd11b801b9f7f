"""Burn rates and budgets: against the fractions worked out by hand, and the default rules of any window."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitoring.slos.burn_rate import (
    Budget,
    BurnRule,
    EventCounts,
    Severity,
    budget_of,
    burn_rate,
    default_rules,
    is_burning,
)

targets = st.decimals(min_value=Decimal("0.1"), max_value=Decimal("0.99999"), places=5)
factors = st.decimals(min_value=Decimal("0.1"), max_value=Decimal("100"), places=1)
counts = st.integers(0, 10**7)
events = st.tuples(counts, counts).map(lambda both: EventCounts(min(both), max(both)))


@given(events, targets)
def test_budgets_are_what_their_fractions_say(found: EventCounts, target: Decimal) -> None:
    may_be_bad = Fraction(100_000 - int(target * 100_000), 100_000)
    bad = found.total - found.good
    budget = budget_of(found, float(target))
    assert budget.allowed_bad == may_be_bad * found.total
    if not found.total:
        assert (budget.sli, budget.spent, budget.remaining) == (None, None, None)
        assert burn_rate(found, float(target)) is None
        return
    assert budget.sli == Fraction(found.good, found.total)
    assert budget.spent == Fraction(bad, 1) / (may_be_bad * found.total)
    assert budget.remaining == 1 - Fraction(bad, 1) / (may_be_bad * found.total)
    assert burn_rate(found, float(target)) == Fraction(bad, found.total) / may_be_bad


@given(events, events, targets, factors)
def test_both_windows_burn_faster_than_the_factor_or_there_is_no_alert(
    long: EventCounts, short: EventCounts, target: Decimal, factor: Decimal
) -> None:
    may_be_bad = 100_000 - int(target * 100_000)
    burning = [
        (found.total - found.good) * 100_000 * 10 > int(factor * 10) * may_be_bad * found.total
        for found in (long, short)
    ]
    assert is_burning((long, short), float(target), float(factor)) == all(burning)


@pytest.mark.parametrize(
    ("target", "factor", "bad", "total"),
    [(0.999, 14.4, 144, 10_000), (0.9, 3, 3, 10), (0.99999, 6, 6, 100_000), (0.1, 1, 9, 10), (0.7, 1, 3, 10)],
)
def test_a_rate_equal_to_the_factor_does_not_burn(target: float, factor: float, bad: int, total: int) -> None:
    at, beyond = EventCounts(total - bad, total), EventCounts(total - bad - 1, total)
    assert burn_rate(at, target) == Fraction(repr(factor))
    assert not is_burning((at, at), target, factor)
    assert not is_burning((beyond, at), target, factor)
    assert not is_burning((at, beyond), target, factor)
    assert is_burning((beyond, beyond), target, factor)


def test_a_budget_may_be_overspent() -> None:
    assert budget_of(EventCounts(90, 100), 0.95) == Budget(
        sli=Fraction(9, 10), allowed_bad=Fraction(5), spent=Fraction(2), remaining=Fraction(-1)
    )


def _rules(*rules: tuple[int, int]) -> tuple[BurnRule, ...]:
    levels: tuple[tuple[float, Severity], ...] = ((14.4, "critical"), (6, "critical"), (3, "warning"), (1, "warning"))
    return tuple(
        BurnRule(long_minutes=long, short_minutes=short, factor=factor, severity=severity)
        for (long, short), (factor, severity) in zip(rules, levels, strict=True)
    )


@pytest.mark.parametrize(
    ("window_minutes", "expected"),
    [
        (43_200, _rules((60, 5), (360, 30), (1_440, 120), (4_320, 360))),
        (40_320, _rules((56, 5), (336, 28), (1_344, 112), (4_032, 336))),
        (10_080, _rules((14, 1), (84, 7), (336, 28), (1_008, 84))),
        (129_600, _rules((180, 15), (1_080, 90), (4_320, 360), (12_960, 1_080))),
        (1_080, _rules((2, 1), (9, 1), (36, 3), (108, 9))),
        (5, _rules((1, 1), (1, 1), (1, 1), (1, 1))),
    ],
)
def test_the_default_rules_scale_with_the_window(window_minutes: int, expected: tuple[BurnRule, ...]) -> None:
    assert default_rules(window_minutes) == expected
