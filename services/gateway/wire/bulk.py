"""Bulk bodies taken apart: a JSON array or NDJSON, whose every item stays its own text and is judged by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from libs.httpkit.errors import ApiError, MalformedBody, Unprocessable, UnsupportedMediaType, Violation
from libs.httpkit.media_types import essence_of, require_json, require_utf_8
from services.gateway.wire.arrays import Text, TooManyElements, elements, split_array

MAX_ITEMS: Final = 10_000
NDJSON_TYPES: Final = frozenset(
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
)
_FIRST = re.compile(rb"[ \t\r\n]*+(.?)", re.DOTALL)
_LINE = re.compile(rb"\S[^\n]*+")  # looked for from each byte on, so it begins with none that it may skip
_KINDS: Final = {b"{": "an object", b'"': "text", b"t": "a boolean", b"f": "a boolean", b"n": "null", b"-": "a number"}


def is_ndjson(content_type: str | None) -> bool:
    """Return whether the body is NDJSON; 415 when it is not JSON either."""
    kind = essence_of(content_type)
    if kind in NDJSON_TYPES:
        require_utf_8(content_type)
        return True
    try:
        require_json(content_type)
    except ApiError:
        expected = f"application/json or {sorted(NDJSON_TYPES)[-1]}"
        raise UnsupportedMediaType(f"the body must be {expected}, not {kind}") from None
    return False


def is_array(body: bytes) -> bool:
    """Return whether the first character of a JSON text begins an array."""
    return _first(body) == b"["


async def split_elements(body: bytes) -> Sequence[Text]:
    """Return the elements of a JSON array, each still its own text, also where one of them is no JSON that can be kept.

    Raises 400 for what is no JSON, 422 for what is no array, is empty or has more than `MAX_ITEMS` elements.
    """
    _require_array(body)
    try:
        return _not_empty(elements(body, MAX_ITEMS))
    except TooManyElements:
        raise _too_many() from None
    except (msgspec.DecodeError, RecursionError) as error:
        reason = str(error)
    try:
        texts = await split_array(body, MAX_ITEMS)
    except TooManyElements:
        raise _too_many() from None
    if texts is None:
        raise MalformedBody(f"not valid JSON: {reason}")
    return _not_empty(texts)


async def split_lines(body: bytes) -> Sequence[Text]:
    """Return the lines of NDJSON; empty ones do not count."""
    view = memoryview(body)
    lines = [view[slice(*line.span())] for line in islice(_LINE.finditer(body), MAX_ITEMS + 1)]
    if len(lines) > MAX_ITEMS:
        raise _too_many()
    return _not_empty(lines)


def _require_array(body: bytes) -> None:
    """Raise unless the body's first character begins an array: 422 for another JSON value, 400 for what is none."""
    first = _first(body)
    if first == b"[":
        return
    kind = "a number" if first.isdigit() else _KINDS.get(first)
    if kind is None:
        raise MalformedBody("not valid JSON: an array is expected")
    raise Unprocessable(Violation(("body",), f"an array is expected, not {kind}", "type_error"))


def _first(body: bytes) -> bytes:
    match = _FIRST.match(body)
    return b"" if match is None else match[1]


def _not_empty(items: Sequence[Text]) -> Sequence[Text]:
    if not items:
        raise Unprocessable(Violation(("body",), "at least one item is expected", "too_few_items"))
    return items


def _too_many() -> Unprocessable:
    return Unprocessable(Violation(("body",), f"at most {MAX_ITEMS:,} items are taken", "too_many_items"))
