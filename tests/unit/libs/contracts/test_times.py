"""Times are written alike from a datetime and from milliseconds, as the standard library would write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import format_ms, format_time, to_ms

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime) -> None:
    expected = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert format_time(moment) == format_ms(to_ms(moment)) == expected
