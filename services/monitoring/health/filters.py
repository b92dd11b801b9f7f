"""From query parameters to ranges, filters and places; the first thing wrong is a 422 naming it."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Final

from libs.contracts.times import ACCEPTED, EARLIEST_MS, LATEST_MS, to_ms
from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor
from libs.httpkit.times import read_time
from services.monitoring.health.ranges import Period
from services.monitoring.health.scores import ABORTS, CATEGORIES, ERRORS, KINDS
from services.monitoring.health.store import Place, ResultFilter

LAST_HOUR: Final = timedelta(hours=1)
LAST_WEEK: Final = timedelta(days=7)
OUTCOMES: Final = {"completed": CATEGORIES, "errored": ERRORS, "aborted": ABORTS}
"""The kinds of each outcome."""
_EPOCH_MS: Final = re.compile(r"-?[0-9]{1,15}")
_RESULTS: Final = "results"


def read_instant_ms(text: str) -> int:
    """Return the instant of milliseconds since the epoch, or of an RFC 3339 time; ValueError when it is none."""
    try:
        ms = int(text) if _EPOCH_MS.fullmatch(text) else to_ms(read_time(text))
    except (ValueError, OverflowError):
        ms = EARLIEST_MS - 1
    if EARLIEST_MS <= ms <= LATEST_MS:
        return ms
    expected = f"milliseconds since the epoch or an RFC 3339 time are expected, from {ACCEPTED}"
    raise ValueError(f"{text[:40]!r} is no valid time: {expected}")


def instant_ms(text: str, loc: Loc) -> int:
    """Return the instant that `read_instant_ms` reads; 422 naming `loc` when it is none."""
    try:
        return read_instant_ms(text)
    except ValueError as error:
        raise Unprocessable(Violation(loc, str(error), "datetime_parsing")) from None


def bounds(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """Return `from` and `to` in milliseconds since the epoch; 422 when either is no time or nothing lies between."""
    from_ms = None if since is None else instant_ms(since, ("query", "from"))
    to_ms_ = None if until is None else instant_ms(until, ("query", "to"))
    if from_ms is not None and to_ms_ is not None and from_ms >= to_ms_:
        raise Unprocessable(Violation(("query", "from"), "from is not before to"))
    return from_ms, to_ms_


def period_of(since: str | None, until: str | None, now: datetime, length: timedelta) -> Period:
    """Return the minutes that the range lies in; without `to` it ends `now`, without `from` it is of this length."""
    from_ms, end_ms = bounds(since, until)
    if end_ms is None:
        end_ms = to_ms(now)
    if from_ms is None:
        from_ms = max(EARLIEST_MS, end_ms - length // timedelta(milliseconds=1))
    if from_ms >= end_ms:
        raise Unprocessable(Violation(("query", "from"), "from is not before to, or before now"))
    return Period.between(from_ms, end_ms)


def result_filter(
    *,
    outcome: str | None,
    cause: str | None,
    category: str | None,
    key: str | None,
    version: int | None,
    since: str | None,
    until: str | None,
) -> ResultFilter:
    """Return the filter of a list of results; an outcome, cause or category that there is not is a 422."""
    kinds = set(KINDS)
    for name, value, known in (
        ("outcome", outcome, OUTCOMES),
        ("cause", cause, {kind: (kind,) for kind in (*ERRORS, *ABORTS)}),
        ("category", category, {kind.capitalize(): (kind,) for kind in CATEGORIES}),
    ):
        if value is None:
            continue
        if value not in known:
            raise Unprocessable(
                Violation(("query", name), f"{value[:40]!r} is no {name}; expected {', '.join(known)}", "enum")
            )
        kinds &= set(known[value])
    from_ms, end_ms = bounds(since, until)
    return ResultFilter(
        kinds=sorted(kinds),
        from_ms=EARLIEST_MS if from_ms is None else from_ms,
        to_ms=LATEST_MS + 1 if end_ms is None else end_ms,
        key=key,
        version=version,
    )


def place_of(cursor: str | None) -> Place | None:
    """Return where a page of results goes on."""
    if cursor is None:
        return None
    match decode_cursor(_RESULTS, cursor):
        case (int(ended_at), str(result_id)) if EARLIEST_MS <= ended_at <= LATEST_MS:
            try:
                return Place(ended_at, str(uuid.UUID(result_id)))
            except ValueError:
                pass
    raise NoCursor


def cursor_after(place: Place) -> str:
    """Return the cursor that goes on after a result."""
    return encode_cursor(_RESULTS, *place)
