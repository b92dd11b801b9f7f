"""From query parameters to places, pages and ranges of days; the first thing wrong is a 422 naming it."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

from libs.contracts.times import EPOCH
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import NoCursor, Page, Scalar, decode_cursor, encode_cursor
from libs.httpkit.times import parse_range
from services.traces.model import Criteria, PageRequest, Place, Started

GRAPH_DAYS = 30
"""The number of days that the graph covers when no start is given."""

_RECORDS, _SEARCH = "trace", "traces"
_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)


def place_of(cursor: str | None) -> Place | None:
    """Return where a page of records goes on."""
    if cursor is None:
        return None
    match decode_cursor(_RECORDS, cursor):
        case (int(at), int(number), str(record_id)) if number > 0:
            try:
                return Place(_time(at), number, str(uuid.UUID(record_id)))
            except (ValueError, OverflowError):
                pass
    raise NoCursor


def cursor_after(place: Place) -> str:
    """Return the cursor that goes on after a record."""
    return encode_cursor(_RECORDS, _micros(place.at), place.number, place.id)


def page_request(page: Page, cursor: str | None) -> tuple[PageRequest, int]:
    """Return a page of the search by its number or by a cursor, and its number."""
    if cursor is None:
        return PageRequest(page.offset, page.limit), page.page
    match decode_cursor(_SEARCH, cursor):
        case (int(at), str(uow_id), int(number)) if number > 1 and "\0" not in uow_id:
            try:
                return PageRequest(0, page.limit, Started(_time(at), uow_id)), number
            except OverflowError:
                pass
    raise NoCursor


def next_page_cursor(started: Started, number: int) -> str:
    """Return the cursor of the page `number`, which begins after a trace."""
    values: tuple[Scalar, ...] = (_micros(started.at), started.uow_id, number)
    return encode_cursor(_SEARCH, *values)


def check_durations(criteria: Criteria) -> Criteria:
    """Return the criteria; 422 when no duration can meet them."""
    least, most = criteria.min_duration_ms, criteria.max_duration_ms
    if least is not None and most is not None and least > most:
        raise Unprocessable(Violation(("query", "minDurationMs"), "minDurationMs is above maxDurationMs"))
    return criteria


def days_of(start: str | None, end: str | None, today: date) -> tuple[date, date]:
    """Return the UTC days from `startDate` to `endDate`, both included; by default the last 30 days up to today."""
    since, until = parse_range(start, end)
    last = today if until is None else (until - _MICROSECOND).astimezone(UTC).date()
    if since is not None:
        return since.astimezone(UTC).date(), last
    return max(last, date.min + GRAPH_DAYS * _ONE_DAY) - (GRAPH_DAYS - 1) * _ONE_DAY, last


def _micros(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def _time(micros: int) -> datetime:
    return EPOCH + micros * _MICROSECOND
