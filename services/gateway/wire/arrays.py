"""JSON arrays taken apart while their elements stay text; elements are counted as they are split off, so one array of
millions costs no more than one of the most that are taken.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from typing import Any, Final

import msgspec

from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.json_values import MAX_DEPTH
from libs.httpkit.limits import RECORD_BODY_BYTES

Text = bytes | memoryview | msgspec.Raw
"""A part of a body as it was sent."""
_ABSENT: Final = msgspec.Raw()
_TURN_BYTES: Final = 256 * 1024
_MAX_TOKENS: Final = 200_000
_any_number = msgspec.json.Decoder(list[msgspec.Raw])

STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'


def nested(levels: int) -> bytes:
    """Return the pattern of a bracketed value whose brackets nest at most `levels` deep."""
    inner = rb"|" + nested(levels - 1) if levels > 1 else rb""
    return rb'[\[{](?:[^"\[\]{}]++|' + STRING + inner + rb")*+[\]}]"


_ELEMENT = re.compile(rb'(?:[^"\[\]{},]++|' + STRING + rb"|" + nested(MAX_DEPTH) + rb")*+", re.DOTALL)
_TOKEN = re.compile(STRING + rb'|["\[\]{},]', re.DOTALL)


class TooManyElements(Exception):
    """An array holds more elements than are taken."""


def elements(text: Text, limit: int) -> Sequence[msgspec.Raw]:
    """Return the elements of an array. Raises msgspec.DecodeError for anything else, TooManyElements beyond `limit`."""
    if len(text) <= 2 * limit:  # an element takes two bytes
        return _any_number.decode(text)
    try:
        found = msgspec.structs.astuple(_bounded(limit).decode(text))
    except msgspec.ValidationError as error:
        if "at most" in str(error):
            raise TooManyElements from None
        raise
    return list(takewhile(lambda element: element is not _ABSENT, found))


@cache
def _bounded(limit: int) -> msgspec.json.Decoder[Any]:
    """Return the decoder of arrays of at most `limit` elements, which ends at the first one more.

    A struct in array form with a field for each element: of all that the library offers, it alone counts as it reads.
    """
    fields = [(f"element_{number}", msgspec.Raw, _ABSENT) for number in range(limit)]
    kind = msgspec.defstruct("Elements", fields, array_like=True, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(kind)


async def split_array(text: bytes, limit: int) -> list[bytes] | None:
    """Split an array at its commas, whatever its elements are; None when the brackets are not an array's.

    Raises TooManyElements beyond `limit`, 422 for an element that is nested too deep to find its end.
    """
    begin = text.find(b"[") + 1
    if not begin or text[: begin - 1].strip():
        return None
    found: list[bytes] = []
    turn = begin
    while (end := _element_end(text, begin)) is not None and (element := text[begin:end].strip()):
        if len(found) == limit:
            raise TooManyElements
        found.append(element)
        if text[end] == ord("]"):
            return None if text[end + 1 :].strip() else found
        begin = end + 1
        if begin - turn > _TURN_BYTES:
            turn = begin
            await asyncio.sleep(0)
    return None


def _element_end(text: bytes, begin: int) -> int | None:
    """Return the place of the comma or bracket that ends the element beginning there."""
    bound = min(begin + RECORD_BODY_BYTES + 1, len(text))
    match = _ELEMENT.match(text, begin, bound)
    end = bound if match is None else match.end()
    return end if end < bound and text[end] in b",]" else _odd_element_end(text, begin)


def _odd_element_end(text: bytes, begin: int) -> int | None:
    """Return the same for an element that is larger or nested deeper than any that is taken, token by token.

    Raises 422 for one that is nested so deep and so long that its end is not looked for.
    """
    depth = deepest = 0
    for count, token in enumerate(_TOKEN.finditer(text, begin)):
        mark = token[0]
        if depth == 0 and mark in (b",", b"]"):
            return token.start()
        depth += (mark in (b"[", b"{")) - (mark in (b"]", b"}"))
        deepest = max(deepest, depth)
        if depth < 0 or mark == b'"' or count > _MAX_TOKENS:
            break
    if deepest > MAX_DEPTH:
        raise Unprocessable(Violation(("body",), "the JSON is nested too deep", "json_depth"))
    return None
