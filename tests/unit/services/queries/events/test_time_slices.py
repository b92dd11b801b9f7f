"""A range's parts add up to it: every moment of it lies in exactly one, and none lies outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.contracts.times import EARLIEST, END, EPOCH
from services.queries.events.time_slices import (
    DAY,
    HOUR,
    MINUTE,
    ActorLayout,
    Layout,
    lay,
    lay_by_days,
    lay_for_actors,
)

Lay = Callable[[datetime | None, datetime | None], Layout]
moments = st.one_of(
    st.integers(-5 * 86_400_000, 5 * 86_400_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms)),
    st.integers(-5 * 1_440, 5 * 1_440).map(lambda minute: EPOCH + minute * MINUTE),
    st.integers(-5 * 24, 5 * 24).map(lambda hour: EPOCH + hour * HOUR),
)


def intervals(layout: Layout) -> list[tuple[datetime, datetime]]:
    """All parts as moments, in order."""

    def after(start: datetime, length: timedelta) -> datetime:
        return start + length if length < END - start else END

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


@pytest.mark.parametrize("laid", [lay, lay_by_days])
@given(start=moments, end=moments)
@example(start=EPOCH, end=EPOCH)
@example(start=EPOCH + MINUTE / 3, end=EPOCH + MINUTE / 2)
def test_the_parts_of_a_range_add_up_to_it(laid: Lay, start: datetime, end: datetime) -> None:
    parts = intervals(laid(start, end))
    if start >= end:
        assert parts == []
        return
    assert (parts[0][0], parts[-1][1]) == (start, end)
    assert all(before[1] == after[0] for before, after in pairwise(parts))


@pytest.mark.parametrize("laid", [lay, lay_by_days])
@given(moment=moments)
def test_a_range_without_a_bound_reaches_to_the_end_of_time(laid: Lay, moment: datetime) -> None:
    assert intervals(laid(None, moment))[0][0] == EARLIEST
    assert intervals(laid(moment, None))[-1][1] == END
    assert not laid(None, None).slices


@given(moments, moments)
def test_a_range_has_few_parts_besides_its_days(start: datetime, end: datetime) -> None:
    layout = lay(start, end)
    assert len(layout.hours) <= 2 * 23
    assert len(layout.minutes) <= 2
    assert len(layout.slices) <= 2
    assert all(part.end - part.start < MINUTE for part in layout.slices)


def covered(layout: ActorLayout) -> list[tuple[datetime, datetime]]:
    """What is left of the stretches after adding and taking away, as moments in order."""
    found = [
        (EPOCH + part.first * part.length_h * HOUR, _capped((part.last + 1) * part.length_h * HOUR))
        for part in layout.stretches
    ]
    for part in layout.parts:
        if part.sign > 0:
            found.append((part.start, part.end))
            continue
        (whole,) = [one for one in found if one[0] <= part.start and part.end <= one[1]]
        found.remove(whole)
        found += [one for one in ((whole[0], part.start), (part.end, whole[1])) if one[0] < one[1]]
    return sorted(found)


def _capped(since_epoch: timedelta) -> datetime:
    return EPOCH + since_epoch if since_epoch < END - EPOCH else END


@given(moments, moments)
@example(EPOCH, EPOCH)
@example(EPOCH - 50 * DAY, EPOCH + 50 * DAY)
@example(EPOCH - HOUR / 4, EPOCH + HOUR / 4)
def test_the_parts_of_a_range_of_actors_add_up_to_it(start: datetime, end: datetime) -> None:
    parts = covered(lay_for_actors(start, end))
    if start >= end:
        assert parts == []
        return
    assert (parts[0][0], parts[-1][1]) == (start, end)
    assert all(before[1] == after[0] for before, after in pairwise(parts))


@given(moments)
def test_a_range_of_actors_without_a_bound_reaches_to_the_end_of_time(moment: datetime) -> None:
    since = covered(lay_for_actors(moment, None))
    assert (since[0][0], since[-1][1]) == (moment, END)
    until = lay_for_actors(None, moment).stretches
    assert min(EPOCH + part.first * part.length_h * HOUR for part in until) == EARLIEST
    assert not lay_for_actors(None, None).parts


@given(moments, moments)
def test_a_range_of_actors_looks_at_few_stretches_and_rows_of_an_hour(start: datetime, end: datetime) -> None:
    layout = lay_for_actors(start, end)
    assert sum(part.last - part.first + 1 for part in layout.stretches if part.length_h < 768) <= 2 * (23 + 31)
    assert len(layout.parts) <= 2
    assert len(layout.parts) < 2 or all(part.end - part.start <= HOUR / 2 for part in layout.parts)
