"""From query parameters to filters and places of sessions; the first thing wrong is a 422 naming it."""

from __future__ import annotations

import uuid
from typing import Final

from libs.contracts.times import EARLIEST_MS, LATEST_MS, to_ms
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor
from libs.httpkit.times import is_date, parse_end_exclusive, parse_start
from services.workflows.sessions.counts import ALWAYS, Range
from services.workflows.sessions.reads import Place

_KIND: Final = "workflow-sessions"


def range_of(since: str | None, until: str | None) -> Range:
    """Return the range of starts from one time to another; 422 when either is none or nothing lies between."""
    found = Range(
        ALWAYS.from_ms if since is None else to_ms(parse_start(since, ("query", "from"))),
        ALWAYS.to_ms if until is None else _end_ms(until),
    )
    if found.from_ms >= found.to_ms:
        raise Unprocessable(Violation(("query", "from"), "from is not before to"))
    return found


def _end_ms(until: str) -> int:
    """Return the end of a range: a time, or the end of a date's day."""
    parse = parse_end_exclusive if is_date(until) else parse_start
    return to_ms(parse(until, ("query", "to")))


def place_of(cursor: str | None) -> Place | None:
    """Return where a page of sessions goes on."""
    if cursor is None:
        return None
    match decode_cursor(_KIND, cursor):
        case (int(started_at), str(session_id)) if EARLIEST_MS <= started_at <= LATEST_MS:
            try:
                return Place(started_at, str(uuid.UUID(session_id)))
            except ValueError:
                pass
    raise NoCursor


def cursor_after(place: Place) -> str:
    """Return the cursor that goes on after a session."""
    return encode_cursor(_KIND, *place)
