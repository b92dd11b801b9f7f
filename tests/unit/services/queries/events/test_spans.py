"""A range's parts add up to it: every moment of it lies in exactly one, and none lies outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from libs.contracts.times import EPOCH
from services.queries.events.spans import DAY, EARLIEST, HOUR, LATEST, MINUTE, Layout, lay

moments = st.one_of(
    st.integers(-5 * 86_400_000, 5 * 86_400_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms)),
    st.integers(-5 * 1_440, 5 * 1_440).map(lambda minute: EPOCH + minute * MINUTE),
    st.integers(-5 * 24, 5 * 24).map(lambda hour: EPOCH + hour * HOUR),
)


def intervals(layout: Layout) -> list[tuple[datetime, datetime]]:
    """All parts as moments, in order."""

    def after(start: datetime, length: timedelta) -> datetime:
        return start + length if length < LATEST - start else LATEST

    found = [(part.start, part.end) for part in layout.slices]
    found += [(EPOCH + hour * HOUR, after(EPOCH + hour * HOUR, HOUR)) for hour in layout.hours]
    for hour, first, last in layout.minutes:
        start = EPOCH + hour * HOUR
        assert 0 <= first <= last < 60
        found.append((start + first * MINUTE, start + (last + 1) * MINUTE))
    if layout.days[0] <= layout.days[1]:
        start = EPOCH + layout.days[0] * DAY
        found.append((start, after(start, (layout.days[1] - layout.days[0] + 1) * DAY)))
    return sorted(found)


@given(moments, moments)
@example(EPOCH, EPOCH)
@example(EPOCH + MINUTE / 3, EPOCH + MINUTE / 2)
def test_the_parts_of_a_range_add_up_to_it(start: datetime, end: datetime) -> None:
    parts = intervals(lay(start, end))
    if start >= end:
        assert parts == []
        return
    assert (parts[0][0], parts[-1][1]) == (start, end)
    assert all(before[1] == after[0] for before, after in pairwise(parts))


@given(moments)
def test_a_range_without_a_bound_reaches_to_the_end_of_time(moment: datetime) -> None:
    assert intervals(lay(None, moment))[0][0] == EARLIEST
    assert intervals(lay(moment, None))[-1][1] == LATEST
    assert not lay(None, None).slices


@given(moments, moments)
def test_a_range_has_few_parts_besides_its_days(start: datetime, end: datetime) -> None:
    layout = lay(start, end)
    assert len(layout.hours) <= 2 * 23
    assert len(layout.minutes) <= 2
    assert len(layout.slices) <= 2
    assert all(part.end - part.start < MINUTE for part in layout.slices)
