"""The rules of timelines: buckets of a range, what is cut, and that no granularity loses or invents a count."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import END
from libs.httpkit.errors import ApiError
from services.queries.interactions.filters import timeline_window
from services.queries.interactions.timeline import (
    DAY,
    QUARTER,
    QUARTERS_OF_DAY,
    DayCounts,
    Granularity,
    Window,
    filled,
    granularity_of,
    last_days,
    quarter_of,
    whole,
)

NOW = datetime(2026, 3, 1, 17, 40, 12, tzinfo=UTC)
MOMENTS = st.integers(-3 * 86_400_000, 3 * 86_400_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


def stored(times: list[datetime], window: Window) -> list[DayCounts]:
    """What the counters hold, by quarter hour only where the store would read it."""
    quarters = Counter(quarter_of(at) for at in times)
    first, last = window.days
    days = []
    for day in range(first, last + 1):
        counts = [quarters[day * QUARTERS_OF_DAY + place] for place in range(QUARTERS_OF_DAY)]
        fine = window.granularity is not Granularity.DAY or day in (first, last)
        days.append(DayCounts(0, day, sum(counts), counts if fine else None))
    return days


@given(st.lists(MOMENTS, max_size=60), MOMENTS, st.integers(1, 3 * 86_400_000), st.sampled_from(Granularity))
def test_each_bucket_holds_what_lies_in_it_and_within_the_range(
    times: list[datetime], start: datetime, length_ms: int, granularity: Granularity
) -> None:
    window = Window(start, start + timedelta(milliseconds=length_ms), granularity)
    inside = [at for at in times if window.start <= at < window.end]
    cuts = {part.quarter: {0: sum(part.start <= at < part.end for at in times)} for part in window.cuts}
    counts = filled(window, stored(times, window), cuts).get(0, [0] * window.bucket_count)
    edges = [*window.buckets, window.buckets[-1] + max(DAY, QUARTER)]
    assert counts == [sum(begin <= at < end for at in inside) for begin, end in itertools.pairwise(edges)]


@given(MOMENTS, st.integers(1, 86_400_000))
def test_the_shorter_side_of_a_cut_is_counted_and_both_make_the_quarter_hour(start: datetime, length_ms: int) -> None:
    window = Window(start, start + timedelta(milliseconds=length_ms), Granularity.QUARTER)
    for part in window.cuts:
        assert part.start < part.end
        if part.rest is not None:
            rest_start, rest_end = part.rest
            assert rest_end - rest_start <= part.end - part.start
            assert {(rest_start, rest_end), (part.start, part.end)} == {
                (whole(part.quarter)[0], min(part.end, rest_end)),
                (max(part.start, rest_start), whole(part.quarter)[1]),
            }


@pytest.mark.parametrize(
    ("length", "granularity"),
    [
        (timedelta(minutes=1), Granularity.QUARTER),
        (timedelta(days=1), Granularity.QUARTER),
        (timedelta(days=1, milliseconds=1), Granularity.HOUR),
        (timedelta(days=7), Granularity.HOUR),
        (timedelta(days=8), Granularity.SIX_HOURS),
        (timedelta(days=31), Granularity.SIX_HOURS),
        (timedelta(days=32), Granularity.DAY),
    ],
)
def test_the_granularity_suits_the_range(length: timedelta, granularity: Granularity) -> None:
    assert granularity_of(length) is granularity


def test_days_end_with_today() -> None:
    assert last_days(1, NOW) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    assert last_days(90, NOW)[0] == datetime(2025, 12, 2, tzinfo=UTC)


def window(start: str | None = None, end: str | None = None, days: int | None = None) -> Window:
    return timeline_window(start, end, days, None, now=NOW)


def test_a_bound_that_is_not_given_is_the_nearest_sensible_one() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert (window().start, window().end) == (midnight - 90 * DAY, midnight)
    assert window(days=3).start == midnight - 3 * DAY
    assert window(start="2026-02-20").end == midnight
    assert window(start="2030-01-01").end == datetime(2030, 1, 2, tzinfo=UTC)
    assert window(end="2026-02-20").start == datetime(2026, 2, 21, tzinfo=UTC) - 90 * DAY


def test_both_dates_are_inclusive() -> None:
    both = window("2024-01-01", "2024-01-31")
    assert (both.end - both.start, both.granularity) == (31 * DAY, Granularity.SIX_HOURS)
    assert window("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z").bucket_count == 1


def test_the_ends_of_time_are_no_overflow() -> None:
    last = timeline_window("9999-12-30", "9999-12-31", None, Granularity.HOUR, now=NOW)
    assert (last.end, last.cuts, last.bucket_count) == (END, [], 48)
    first = timeline_window(None, "0001-01-02", None, None, now=NOW)
    assert first.start.year == 1
    assert timeline_window("9999-12-31T23:59:59.999Z", None, None, None, now=NOW).bucket_count == 1


@pytest.mark.parametrize(
    ("start", "end", "granularity"),
    [
        ("2026-01-05", "2026-01-05", Granularity.QUARTER),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z", Granularity.QUARTER),
        ("2026-01-05", "2026-01-06", Granularity.QUARTER),
        ("2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z", Granularity.QUARTER),
        ("2026-01-05T10:00:00Z", "2026-01-06T10:00:00.001Z", Granularity.HOUR),
        ("2026-01-05", "2026-01-07", Granularity.HOUR),
        ("2026-01-05", "2026-01-12", Granularity.HOUR),
        ("2026-01-05T10:00:00Z", "2026-01-12T10:00:00Z", Granularity.HOUR),
        ("2026-01-05T10:00:00Z", "2026-01-12T10:00:00.001Z", Granularity.SIX_HOURS),
        ("2026-01-05", "2026-02-05", Granularity.SIX_HOURS),
        ("2026-01-05T10:00:00+02:00", "2026-02-05T08:00:00Z", Granularity.SIX_HOURS),
        ("2026-01-05T10:00:00Z", "2026-02-05T10:00:00.001Z", Granularity.DAY),
        ("2026-01-05", "2026-02-06", Granularity.DAY),
    ],
)
def test_by_itself_the_granularity_goes_by_the_dates_as_given(start: str, end: str, granularity: Granularity) -> None:
    assert timeline_window(start, end, None, None, now=NOW).granularity is granularity
    assert timeline_window(start, end, None, Granularity.DAY, now=NOW).granularity is Granularity.DAY


@pytest.mark.parametrize(
    ("start", "end", "days", "granularity", "field"),
    [
        ("2026-01-01", None, 3, None, "days"),
        (None, "2026-01-01", 3, None, "days"),
        ("2026-02-01", "2026-01-01", None, None, "startDate"),
        ("2020-01-01", "2026-01-01", None, Granularity.QUARTER, "granularity"),
        ("1900-01-01", "2026-01-01", None, None, "granularity"),
    ],
)
def test_what_cannot_be_answered_is_named(
    start: str | None, end: str | None, days: int | None, granularity: Granularity | None, field: str
) -> None:
    with pytest.raises(ApiError) as caught:
        timeline_window(start, end, days, granularity, now=NOW)
    assert caught.value.status == 422
    assert caught.value.violations[0].field == field
