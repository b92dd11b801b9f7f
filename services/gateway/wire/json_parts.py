"""Takes a JSON array or object apart at its commas by brackets and quotes alone, whatever lies between them.

So a part that is no JSON costs itself and not its neighbours.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

MAX_BRACKETS: Final = 1_000_000
"""Of one text; what has more is taken apart by nobody."""
_WHOLE_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _WHOLE_STRING + rb")*+[\[\]{}]", re.DOTALL)
_TO_END_OF_PART = re.compile(rb'(?:[^",\[\]{}]++|' + _WHOLE_STRING + rb")*+[,\[\]{}]", re.DOTALL)
_MEMBER = re.compile(rb"(" + _WHOLE_STRING + rb")[ \t\r\n]*:[ \t\r\n]*(.*)", re.DOTALL)
_COMMA, _OPENING = ord(","), frozenset(b"[{")


def elements_of(text: bytes, limit: int) -> list[bytes] | None:
    """Return the elements of an array, `limit` and one more at most; None when the brackets are not an array's."""
    return _parts(text.strip(), b"[", b"]", limit)


def members_of(text: bytes, limit: int) -> dict[str, bytes] | None:
    """Return the members of an object, without what is no member; of a name that is there twice the last.

    None when the brackets are not an object's, or for more than `limit` members.
    """
    parts = _parts(text.strip(), b"{", b"}", limit)
    if parts is None or len(parts) > limit:
        return None
    members: dict[str, bytes] = {}
    for part in parts:
        match = _MEMBER.fullmatch(part)
        if match is not None and (name := _name(match[1])) is not None:
            members[name] = match[2]
    return members


def _name(text: bytes) -> str | None:
    try:
        name: str = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return name


def _parts(text: bytes, opening: bytes, closing: bytes, limit: int) -> list[bytes] | None:
    if not (text.startswith(opening) and text.endswith(closing)):
        return None
    parts: list[bytes] = []
    at = start = depth = 1
    brackets = 0
    while depth:
        match = (_TO_END_OF_PART if depth == 1 else _TO_BRACKET).match(text, at)
        if match is None or brackets > MAX_BRACKETS:
            return None
        at = match.end()
        mark = text[at - 1]
        if mark == _COMMA:
            parts.append(text[start : at - 1].strip())
            start = at
            if len(parts) > limit:
                return parts
        else:
            brackets += 1
            depth += 1 if mark in _OPENING else -1
    if at != len(text):
        return None
    last = text[start : at - 1].strip()
    return [*parts, last] if last or parts else parts
