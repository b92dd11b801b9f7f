"""Milliseconds of UTC, the one resolution of the platform, in the three forms it is carried in, and which are accepted.

Every time that comes from outside lies between `EARLIEST` and `LATEST`, whichever door it comes by, and every model
holds all of them.
"""

from __future__ import annotations

import re
import time
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
DAY_MS = 86_400_000
_MILLISECOND = timedelta(milliseconds=1)
_OFFSET_FROM = -len("+00:00")
_SECOND = timedelta(seconds=1)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_RFC_3339 = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[Tt ]({_CLOCK}):([0-5][0-9]|60)(?:\.([0-9]+))?([Zz]|[+-]{_CLOCK})"
)


def current_ms() -> int:
    """Return the time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """Return whole milliseconds since the epoch, rounded down."""
    return (moment - EPOCH) // _MILLISECOND


EARLIEST_MS, LATEST_MS = to_ms(EARLIEST), to_ms(LATEST)
"""The first and the last time that are accepted, in milliseconds since the epoch."""


def to_ms_if_any(moment: datetime | None) -> int | None:
    """Return what `to_ms` does; None for None."""
    return None if moment is None else to_ms(moment)


def last_ms_before(end: datetime) -> int:
    """Return the last millisecond of a range with this exclusive end; before `END` it is `LATEST`."""
    return to_ms(end - datetime.resolution)


def optional_from_ms(timestamp_ms: int | None) -> datetime | None:
    """Return the instant; None for none."""
    return None if timestamp_ms is None else from_ms(timestamp_ms)


def from_ms(timestamp_ms: int) -> datetime:
    """Return the aware UTC datetime of a count of milliseconds since the epoch."""
    return EPOCH + timedelta(milliseconds=timestamp_ms)


def format_ms(timestamp_ms: int) -> str:
    """Format as RFC 3339 with milliseconds and `Z`, as every time in JSON: `2026-01-15T10:30:00.000Z`."""
    day, rest_ms = divmod(timestamp_ms, DAY_MS)
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


def format_time_if_any(moment: datetime | None) -> str | None:
    """Return what `format_time` does; None for None."""
    return None if moment is None else format_time(moment)


def parse_time(text: str) -> datetime:
    """Return the aware datetime of an RFC 3339 text.

    Raises ValueError when it is malformed or lacks an offset, OverflowError when it is before `EARLIEST` or after
    `LATEST`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return read_rfc_3339(text)
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)


def read_rfc_3339(text: str) -> datetime:
    """Return the instant of a text that is RFC 3339 to the letter; digits beyond microseconds are cut.

    A leap second, the last of a UTC day, is the second that follows it. Raises ValueError, OverflowError.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no time of RFC 3339")
    date, clock, second, fraction, offset = match.groups()
    is_leap = second == "60"
    zone = "+00:00" if offset in "Zz" else offset
    moment = datetime.fromisoformat(f"{date}T{clock}:{'59' if is_leap else second}{zone}").astimezone(UTC)
    if is_leap:
        if (moment.hour, moment.minute) != (23, 59):
            raise ValueError(f"{text[:40]!r} is no leap second")
        moment += _SECOND
    return moment.replace(microsecond=int((fraction or "")[:6].ljust(6, "0")))
