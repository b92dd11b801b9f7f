"""Pauses between attempts grow, stay within their bounds, and respect the receiver's wish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.webhooks.retries import LONGEST_DELAY_S, RetryPolicy, retry_after_s

NOW = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


def test_nine_attempts_are_made_over_four_times_longer_pauses() -> None:
    policy = RetryPolicy()
    pauses = [policy.delay_s(made, jitter=0) for made in range(1, 10)]
    assert pauses == [5, 20, 80, 320, 1_280, 5_120, 20_480, 21_600, None]


@given(st.integers(1, 8), st.floats(-1, 1), st.floats(0.001, 60), st.none() | st.floats(0, 1e6))
def test_a_pause_is_within_a_tenth_of_its_length_or_what_the_receiver_wants(
    made: int, jitter: float, first_s: float, wanted_s: float | None
) -> None:
    delay_s = RetryPolicy(first_s).delay_s(made, jitter=jitter, retry_after_s=wanted_s)
    plain_s = first_s * 4 ** (made - 1)
    assert delay_s is not None
    assert delay_s <= LONGEST_DELAY_S
    assert delay_s >= min(LONGEST_DELAY_S, max(plain_s * 0.899, wanted_s or 0))
    assert delay_s <= max(plain_s * 1.101, wanted_s or 0)


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        (None, None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 40, LONGEST_DELAY_S),
        ("Thu, 15 Jan 2026 09:31:00 GMT", 60.0),
        ("Thu, 15 Jan 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("Thu, 99 Jan 2026 09:31:00 GMT", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, expected_s: float | None) -> None:
    assert retry_after_s(header, NOW) == expected_s


def test_a_date_in_another_zone_is_the_same_instant() -> None:
    later = (NOW + timedelta(seconds=90)).astimezone(tz=None).strftime("%a, %d %b %Y %H:%M:%S %z")
    assert retry_after_s(later, NOW) == 90.0
