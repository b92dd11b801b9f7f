"""From what a caller asks for to `Criteria`, `PageRequest` and `Window`; the first thing wrong is a 422 naming it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from libs.contracts.times import EARLIEST, END, from_ms, to_ms
from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.httpkit.paging import NoCursor, Page, decode_cursor, encode_cursor
from libs.httpkit.times import parse_range, parse_start
from services.queries.interactions.model import DateField, InteractionCursor, PageRequest
from services.queries.interactions.timeline import (
    DAY,
    MAX_COUNTS,
    Granularity,
    Window,
    granularity_of,
    last_days,
)

DEFAULT_DAYS = 90
_CURSOR_KINDS = {DateField.CREATED: "interactions", DateField.EVENT: "interactions-by-event-time"}


def parse_uuid(text: str, loc: Loc) -> str:
    """Return the canonical form of a UUID; 422 for anything else."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Unprocessable(Violation(loc, f"{text[:40]!r} is not a UUID", "uuid_parsing")) from None


def timeline_window(
    start: str | None, end: str | None, days: int | None, granularity: Granularity | None, *, now: datetime
) -> Window:
    """Return the range of a timeline, both dates inclusive, in buckets.

    A bound that is not given is the nearest sensible one.

    Without an end it is the end of today (UTC), without a start 90 days before the end.
    """
    if days is not None and (start is not None or end is not None):
        raise Unprocessable(Violation(("query", "days"), "either days or dates are expected, not both"))
    since, until = parse_range(start, end)
    if days is not None or (since is None and until is None):
        since, until = last_days(days or DEFAULT_DAYS, now)
    elif until is None:
        assert since is not None
        until = max(last_days(1, now)[1], since + min(DAY, END - since))
    elif since is None:
        since = until - min(DEFAULT_DAYS * DAY, until - EARLIEST)
    given = _length(start, end)
    window = Window(since, until, granularity or granularity_of(until - since if given is None else given))
    if window.bucket_count > MAX_COUNTS:
        message = (
            f"{window.bucket_count} buckets are more than {MAX_COUNTS}: ask for a shorter range or coarser buckets"
        )
        raise Unprocessable(Violation(("query", "granularity"), message, "too_many_buckets"))
    return window


def _length(start: str | None, end: str | None) -> timedelta | None:
    """Return `endDate` less `startDate` as given: the day that a date as `endDate` includes does not count."""
    if start is None or end is None:
        return None
    return parse_start(end, ("query", "endDate")) - parse_start(start, ("query", "startDate"))


def page_request(page: Page, cursor: str | None, date_field: DateField) -> PageRequest:
    """Return the page by its number or, when a cursor is given, by the cursor."""
    if cursor is None:
        return PageRequest(page.offset, page.limit)
    match decode_cursor(_CURSOR_KINDS[date_field], cursor):
        case (int(number), int(at), None) if date_field is DateField.CREATED and number > 0 and at > 1:
            return PageRequest(0, page.limit, InteractionCursor(number, page=at))
        case (int(number), int(at), int(event_ms)) if date_field is DateField.EVENT and number > 0 and at > 1:
            return PageRequest(0, page.limit, InteractionCursor(number, _event_time(event_ms), page=at))
    raise NoCursor


def next_cursor(date_field: DateField, number: int, event_at: datetime, page: int) -> str:
    """Return the cursor that goes on after a row, with the number of the page it leads to."""
    event_ms = to_ms(event_at) if date_field is DateField.EVENT else None
    return encode_cursor(_CURSOR_KINDS[date_field], number, page, event_ms)


def _event_time(event_ms: int) -> datetime:
    try:
        return from_ms(event_ms)
    except OverflowError:
        raise NoCursor from None
