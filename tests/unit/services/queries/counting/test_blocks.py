"""The laws of counted blocks: total and page of any filter equal those of the rows looked at one by one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.queries.counting.blocks import ALL_NUMBERS, Cut, NumberRange, Place, Tally, block_span, cut

SHIFT = 3
NUMBERS = st.sets(st.integers(1, 120), max_size=80)
BOUND = st.integers(0, 130)
SPANS = st.one_of(
    st.just(ALL_NUMBERS),
    st.builds(NumberRange, BOUND, BOUND),
    st.builds(lambda first: NumberRange(first, ALL_NUMBERS.last), BOUND),
    st.builds(lambda last: NumberRange(0, last), BOUND),
)
LIMITS = st.integers(1, 20)


def newest_first(numbers: set[int], span: NumberRange) -> list[int]:
    return sorted((number for number in numbers if span.first <= number <= span.last), reverse=True)


def tally_of(numbers: set[int], span: NumberRange) -> Tally:
    """As the store makes it: stored counts of whole blocks, and rows counted where the range cuts a block."""
    laid = cut(span, SHIFT)
    stored = Counter(number >> SHIFT for number in numbers)
    touched = sorted((block for block in stored if laid.blocks.first <= block <= laid.blocks.last), reverse=True)
    pieces = {
        edge.block: edge.piece(stored[edge.block], len(newest_first(numbers, edge.counted)))
        for edge in laid.edges
        if edge.block in stored
    }
    return Tally.of(touched, [stored[block] for block in touched], pieces, SHIFT)


def read(numbers: set[int], span: NumberRange, place: Place | None, limit: int) -> list[int]:
    """What the page's statement returns."""
    if place is None:
        return []
    inside = NumberRange(max(span.first, place.span.first), min(span.last, place.span.last))
    return newest_first(numbers, inside)[place.skip : place.skip + limit]


@given(NUMBERS, SPANS)
def test_the_total_is_exact(numbers: set[int], span: NumberRange) -> None:
    assert tally_of(numbers, span).total == len(newest_first(numbers, span))


@given(NUMBERS, SPANS, st.integers(0, 100), LIMITS)
def test_a_page_holds_the_rows_at_its_place(numbers: set[int], span: NumberRange, offset: int, limit: int) -> None:
    place = tally_of(numbers, span).at(offset, limit)
    assert read(numbers, span, place, limit) == newest_first(numbers, span)[offset : offset + limit]


@given(NUMBERS, SPANS, st.integers(1, 130), LIMITS)
def test_a_cursor_goes_on_below_its_number(numbers: set[int], span: NumberRange, number: int, limit: int) -> None:
    place = tally_of(numbers, span).below(number, limit)
    expected = [found for found in newest_first(numbers, span) if found < number][:limit]
    assert read({found for found in numbers if found < number}, span, place, limit) == expected


@given(NUMBERS, SPANS, st.integers(0, 100), LIMITS)
def test_a_page_looks_no_further_than_the_blocks_it_needs(
    numbers: set[int], span: NumberRange, offset: int, limit: int
) -> None:
    place = tally_of(numbers, span).at(offset, limit)
    if place is not None:
        inside = newest_first(numbers, NumberRange(max(span.first, place.span.first), min(span.last, place.span.last)))
        assert len(inside) < limit + 2 * (1 << SHIFT)
        newest = newest_first(numbers, span)[offset]
        assert place.span.last >> SHIFT == newest >> SHIFT


@given(SPANS)
def test_at_most_half_of_a_cut_block_is_counted(span: NumberRange) -> None:
    laid = cut(span, SHIFT)
    assert len(laid.edges) <= 2
    for edge in laid.edges:
        whole = block_span(edge.block, SHIFT)
        touches_a_side = edge.span.first == whole.first or edge.span.last == whole.last
        if touches_a_side:
            assert edge.counted.last - edge.counted.first + 1 <= (1 << SHIFT) // 2


def test_a_range_without_bounds_cuts_no_block() -> None:
    assert cut(ALL_NUMBERS, SHIFT) == Cut(NumberRange(0, ALL_NUMBERS.last >> SHIFT), ())


def test_an_empty_range_touches_nothing() -> None:
    laid = cut(NumberRange(5, 4), SHIFT)
    assert laid.edges == ()
    assert laid.blocks.first > laid.blocks.last
