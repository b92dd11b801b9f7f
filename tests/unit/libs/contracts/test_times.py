"""Times are written alike from a datetime and from milliseconds, as the standard library would write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.times import format_ms, format_time, parse_time, read_rfc_3339, to_ms

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime) -> None:
    expected = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert format_time(moment) == format_ms(to_ms(moment)) == expected


@given(st.datetimes(datetime(2, 1, 1), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_what_is_written_is_read(moment: datetime) -> None:
    read = {parse_time(format_time(moment)), read_rfc_3339(format_time(moment))}
    assert read == {moment.replace(microsecond=moment.microsecond // 1000 * 1000)}


def test_a_leap_second_in_a_record_is_the_second_after_it() -> None:
    assert format_time(parse_time("2016-12-31T23:59:60.5Z")) == "2017-01-01T00:00:00.500Z"


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60", "2016-12-31T22:59:60Z", "2016-12-31", "2016-12-31T24:00:00Z"])
def test_a_record_has_times_of_rfc_3339_alone(text: str) -> None:
    with pytest.raises(ValueError, match="2016"):
        parse_time(text)
