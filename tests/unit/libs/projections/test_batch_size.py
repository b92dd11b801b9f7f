"""Batches get smaller while they take long, and grow again."""

from __future__ import annotations

from libs.projections.batch_size import LONG_S, BatchSize


def test_a_batch_that_takes_long_makes_the_next_smaller_down_to_a_bound() -> None:
    size = BatchSize(5_000)
    sizes = []
    for _ in range(9):
        size.note(LONG_S + 1)
        sizes.append(size.records)
    assert sizes == [2_500, 1_250, 625, 312, 156, 78, 50, 50, 50]


def test_batches_grow_again_when_they_are_quick_and_stay_when_they_are_neither() -> None:
    size = BatchSize(300)
    size.note(LONG_S + 1)
    size.note(LONG_S / 2)
    assert size.records == 150
    size.note(0.1)
    size.note(0.1)
    assert size.records == 300


def test_a_small_limit_is_no_obstacle() -> None:
    size = BatchSize(10)
    size.note(LONG_S + 1)
    assert size.records == 10
