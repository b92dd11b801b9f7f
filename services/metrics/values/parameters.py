"""Reads instants, dimensions and places from query parameters; the first that is wrong is a 422 that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from libs.contracts.times import EARLIEST_MS, LATEST_MS, to_ms
from libs.expressions.numbers import parse_number
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor
from libs.httpkit.times import parse_time
from services.metrics.values.model import CountedRecord

_RECORDS: Final = "records of a value"
_decode_object = msgspec.json.Decoder(dict[str, Any], float_hook=parse_number).decode


def instant_ms(name: str, text: str | None) -> int | None:
    """Return the instant of the query parameter `name` in milliseconds since the epoch, None where it is absent."""
    return None if text is None else to_ms(parse_time(text, ("query", name)))


def dimensions_of(text: str | None) -> Mapping[str, object] | None:
    """Return the members of the JSON object `dimensions`, numbers exact."""
    if text is None:
        return None
    try:
        return _decode_object(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        words = "a JSON object of the dimensions' values is expected"
        raise Unprocessable(Violation(("query", "dimensions"), words)) from None


def cursor_after(at_ms: int, last: CountedRecord) -> str:
    """Return the cursor that goes on after a record of the value as of `at_ms`."""
    return encode_cursor(_RECORDS, at_ms, last.event_at, last.record_id)


def place_of(cursor: str | None) -> tuple[int, CountedRecord] | None:
    """Return the instant of the pages, and the record after which the next begins."""
    if cursor is None:
        return None
    match decode_cursor(_RECORDS, cursor):
        case (int(at_ms), int(event_at), str(record_id)) if _is_time(at_ms) and _is_time(event_at):
            return at_ms, CountedRecord(record_id, event_at, None)
    raise NoCursor


def _is_time(ms: int) -> bool:
    return EARLIEST_MS <= ms <= LATEST_MS
