"""Reads the times and dates that requests carry, and turns them into half-open ranges of aware UTC datetimes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from libs.contracts.times import ACCEPTED, END, format_time, read_rfc_3339
from libs.httpkit.errors import Loc, Unprocessable, Violation

__all__ = ["format_time", "is_date", "parse_end_exclusive", "parse_range", "parse_start", "parse_time", "read_time"]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(?:(:[0-9]{2})(?:[.,]([0-9]+))?)?"
    r"([Zz]|[+\- ][0-9]{2}:?[0-9]{2})?"
)
_MILLISECOND = timedelta(milliseconds=1)


def is_date(text: str) -> bool:
    """Return whether the text is a date without a time."""
    return _DATE.fullmatch(text) is not None


def parse_time(text: str, loc: Loc) -> datetime:
    """Return the instant that `read_time` reads; 422 naming `loc` when there is none."""
    try:
        return read_time(text)
    except (ValueError, OverflowError):
        expected = f"a date or an RFC 3339 time such as 2026-01-15T10:30:00.000Z is expected, from {ACCEPTED}"
        raise Unprocessable(Violation(loc, f"{text[:40]!r} is no valid time: {expected}", "datetime_parsing")) from None


def parse_start(text: str, loc: Loc) -> datetime:
    """Return the inclusive start of a range, to the millisecond."""
    moment = parse_time(text, loc)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def parse_end_exclusive(text: str, loc: Loc) -> datetime:
    """Return the exclusive end of a range given its inclusive one: the next millisecond, or the end of a date's day."""
    moment = parse_start(text, loc)
    step = timedelta(days=1) if is_date(text) else _MILLISECOND
    return moment + step if END - moment > step else END


def parse_range(start: str | None, end: str | None, *, part: str = "query") -> tuple[datetime | None, datetime | None]:
    """Parse `startDate` and `endDate`, both inclusive, as the half-open range `[start, end)`.

    422 when either cannot be read or nothing lies between them; `part` is where in the request they stood.
    """
    since = None if start is None else parse_start(start, (part, "startDate"))
    until = None if end is None else parse_end_exclusive(end, (part, "endDate"))
    if since is not None and until is not None and since >= until:
        raise Unprocessable(Violation((part, "startDate"), "startDate is after endDate"))
    return since, until


def read_time(text: str) -> datetime:
    """Return the instant of an RFC 3339 time (no offset means UTC) or of a date's midnight.

    A `+` that a query string turned into a space is read as the `+` it was. Also read are times without seconds, with
    a comma before the fraction, and offsets without a colon. Raises ValueError, and OverflowError when the instant is
    before `EARLIEST` or after `LATEST` of `libs/contracts/times.py`.
    """
    if is_date(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    try:
        return read_rfc_3339(text)
    except ValueError:
        return read_rfc_3339(_to_the_letter(text))


def _to_the_letter(text: str) -> str:
    """Return a time that is written more freely as RFC 3339 has it."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    date, clock, second, fraction, offset = match.groups()
    return f"{date}T{clock}{second or ':00'}{f'.{fraction}' if fraction else ''}{_offset(offset)}"


def _offset(offset: str | None) -> str:
    if offset is None or offset in "Zz":
        return "Z"
    sign = "+" if offset[0] == " " else offset[0]
    return f"{sign}{offset[1:3]}:{offset[-2:]}"
