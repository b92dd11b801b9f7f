"""Results are compared by their ids and contents; what lies at the edge may be on one side alone."""

from __future__ import annotations

from libs.contracts.critical_interactions import Result
from services.monitoring.verify.comparison import MAX_SHOWN, Comparison
from tests.support.monitoring.health import result


def compared(
    stored: list[Result], walked: list[Result], edge: tuple[list[Result], list[Result]] = ([], [])
) -> Comparison:
    comparison = Comparison()
    for results, required in ((stored, True), (edge[0], False)):
        for one in results:
            comparison.store(one, required=required)
    for results, required in ((walked, True), (edge[1], False)):
        for one in results:
            comparison.come_to(one, required=required)
    comparison.end()
    return comparison


def test_each_result_is_equal_missing_unexpected_or_different() -> None:
    both, only_stored, only_walked = result("both"), result("stored"), result("walked")
    comparison = compared([both, both, only_stored, result("other", 1)], [both, only_walked, result("other", 2)])
    assert comparison.equal == 1
    assert comparison.shown == {
        "missing": [only_walked.id],
        "unexpected": [only_stored.id],
        "different": [result("other").id],
    }
    assert not comparison.is_equal


def test_one_that_is_stored_in_two_ways_is_different() -> None:
    comparison = compared([result("one", 1), result("one", 2)], [result("one", 1)])
    assert comparison.counts == {"different": 1}


def test_at_the_edge_one_side_is_enough() -> None:
    one, two, both = result("one"), result("two"), result("both")
    comparison = compared([], [], edge=([one, both], [two, both]))
    assert (comparison.equal, comparison.is_equal) == (1, True)
    assert compared([both], [], edge=([], [both])).is_equal


def test_so_many_ids_are_shown() -> None:
    comparison = compared([result(number) for number in range(50)], [])
    assert (comparison.counts["unexpected"], len(comparison.shown["unexpected"])) == (50, MAX_SHOWN)
