"""Checks of every value of a record before it may become a row: text a database holds, readable ids and times."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from functools import lru_cache

from libs.contracts.errors import InvalidRecord
from libs.contracts.times import parse_time
from libs.httpkit.errors import ApiError
from libs.httpkit.json_values import MAX_DEPTH, MAX_INTEGER, MIN_INTEGER, check_json

_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RECORD_DEPTH = MAX_DEPTH + 1


def check_value(value: bytes) -> None:
    """Refuse NUL, lone surrogates and what is not UTF-8; a plain ASCII text without escapes holds none of them."""
    if value.isascii() and b"\\u" not in value:
        return
    try:
        check_json(value, max_depth=_RECORD_DEPTH)
    except ApiError as error:
        raise InvalidRecord(error.detail) from None


def check_integer(field: str, value: int | None) -> int | None:
    """Return the number, which 64 bits must hold."""
    if value is not None and not MIN_INTEGER <= value <= MAX_INTEGER:
        raise InvalidRecord(f"{field} is {value}, beyond 64 bits")
    return value


def time_of(field: str, text: str) -> datetime:
    """Return the aware UTC datetime of an RFC 3339 text, to the millisecond."""
    try:
        moment = parse_time(text)
    except (ValueError, OverflowError):
        raise InvalidRecord(f"{field} is {text!r}, expected a time") from None
    if moment.microsecond % 1000:
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return moment


def uuid_of(field: str, text: str) -> str:
    """Return the canonical form of a UUID."""
    if _CANONICAL_UUID.fullmatch(text):
        return text
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise InvalidRecord(f"{field} is {text!r}, expected a UUID") from None


@lru_cache(maxsize=4096)
def catalog_uuid_of(field: str, text: str) -> str:
    """Return as `uuid_of`, remembered: a catalog's ids come again and again."""
    return uuid_of(field, text)
