"""Bulk bodies taken apart: a JSON array or NDJSON, whose every item stays its own text and is judged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import orjson

from libs.httpkit.errors import ApiError, MalformedBody, Unprocessable, UnsupportedMediaType, Violation
from libs.httpkit.json_values import check_json
from libs.httpkit.media_types import essence_of, require_json, require_utf_8
from libs.httpkit.validation import json_type
from services.gateway.wire.json_parts import elements_of

MAX_ITEMS: Final = 10_000
NDJSON_TYPES: Final = frozenset(
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
)
Text = bytes | msgspec.Raw
"""One item as it was sent."""
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])


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


def split_elements(body: bytes) -> Sequence[Text]:
    """Return the elements of a JSON array, each still its own text, also where one of them is no JSON that can be kept.

    Raises 400 for what is no JSON, 422 for what is no array, is empty or has more than `MAX_ITEMS` elements.
    """
    try:
        elements: Sequence[Text] = _array_decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        if (texts := split_array(body)) is not None:
            return _within_limit(texts)
        check_json(body)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as malformed:
            raise MalformedBody(f"not valid JSON: {malformed}") from None
        reason = str(error) if isinstance(value, list) else f"an array is expected, not {json_type(value)}"
        raise Unprocessable(Violation(("body",), reason, "type_error")) from None
    return _within_limit(elements)


def split_array(body: bytes) -> list[bytes] | None:
    """Split an array at its commas, whatever its elements are; None when the brackets are not an array's."""
    elements = elements_of(body, MAX_ITEMS)
    return elements if elements and all(elements) else None


def split_lines(body: bytes) -> Sequence[bytes]:
    """Return the lines of NDJSON; empty ones do not count."""
    return _within_limit([line for line in body.split(b"\n") if line.strip()])


def _within_limit(items: Sequence[Any]) -> Sequence[Any]:
    if not items:
        raise Unprocessable(Violation(("body",), "at least one item is expected", "too_few_items"))
    if len(items) > MAX_ITEMS:
        raise Unprocessable(Violation(("body",), f"{len(items)} items are more than {MAX_ITEMS}", "too_many_items"))
    return items
