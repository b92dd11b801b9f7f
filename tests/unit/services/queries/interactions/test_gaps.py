"""When a missing number may be called lost."""

from __future__ import annotations

from libs.contracts.reference import Frontier
from services.queries.interactions.gaps import settled_below

FRONTIER = Frontier(below=10, positions={"0": 5, "1": 7}, at="2026-01-15T10:30:00.000Z")


def test_without_a_frontier_nothing_is_lost() -> None:
    assert settled_below(None, {0: 100}) == 0


def test_behind_the_frontier_nothing_is_lost() -> None:
    assert settled_below(FRONTIER, {0: 5, 1: 6}) == 0
    assert settled_below(FRONTIER, {0: 5}) == 0


def test_at_the_frontier_everything_below_it_is_settled() -> None:
    assert settled_below(FRONTIER, {0: 5, 1: 7}) == 10
    assert settled_below(FRONTIER, {0: 6, 1: 9}) == 10
