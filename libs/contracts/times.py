"""Milliseconds of UTC, the one resolution of the platform, in the three forms it is carried in, and which are accepted.

Every time that comes from outside lies between `EARLIEST` and `LATEST`, whichever door it comes by, and every model
holds all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
"""The first time that is accepted."""
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
"""The last time that is accepted."""
ACCEPTED = "0001-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z"
"""From the first to the last, as documents and messages say it."""
END = datetime.max.replace(tzinfo=UTC)
"""The exclusive end of a range with `LATEST` in it: a millisecond after that is more than a datetime can tell."""
_MILLISECOND = timedelta(milliseconds=1)
_OFFSET_FROM = -len("+00:00")


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down."""
    return (moment - EPOCH) // _MILLISECOND


def last_ms_before(end: datetime) -> int:
    """Return the last millisecond of a range with this exclusive end; before `END` it is `LATEST`."""
    return to_ms(end - datetime.resolution)


def from_ms(timestamp_ms: int) -> datetime:
    """Return the aware UTC datetime of a count of milliseconds since the epoch."""
    return EPOCH + timedelta(milliseconds=timestamp_ms)


def format_ms(timestamp_ms: int) -> str:
    """Format as RFC 3339 with milliseconds and `Z`, as every time in JSON: `2026-01-15T10:30:00.000Z`."""
    day, rest_ms = divmod(timestamp_ms, 86_400_000)
    seconds, ms = divmod(rest_ms, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_date_of(day)}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"


@lru_cache(maxsize=4_096)
def _date_of(day: int) -> str:
    return (EPOCH + timedelta(days=day)).date().isoformat()


def format_time(moment: datetime) -> str:
    """Format an aware datetime as RFC 3339 with milliseconds and `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:_OFFSET_FROM]}Z"


def parse_time(text: str) -> datetime:
    """Return the aware datetime of an RFC 3339 text.

    Raises ValueError when it is malformed or lacks an offset, OverflowError when it is before `EARLIEST` or after
    `LATEST`.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)
