"""Takes a JSON array or object apart at its commas by brackets and quotes alone, whatever lies between them.

So a part that is no JSON costs itself and not its neighbours.
"""

from __future__ import annotations

import re
import sys
from typing import Final

import orjson

from libs.httpkit.json_values import MAX_DEPTH
from services.gateway.wire.arrays import STRING, nested

MAX_BRACKETS: Final = 300_000
"""Opening brackets of all texts of one request together: a few tenths of a second's work."""
_MARKS_PER_BRACKET: Final = 5
"""Quotes and backslashes that cost as much as a bracket."""
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + STRING + rb")*+[\[\]{}]", re.DOTALL)
_GROUPS_END_EARLY = sys.version_info >= (3, 11, 5)
"""Before, a possessive group whose last turn fails goes on where that turn failed: brackets are then taken singly."""
_NESTED = rb"|" + nested(MAX_DEPTH) if _GROUPS_END_EARLY else b""
_TO_END_OF_PART = re.compile(rb'(?:[^",\[\]{}]++|' + STRING + _NESTED + rb")*+[,\[\]{}]", re.DOTALL)
_MEMBER = re.compile(rb"(" + STRING + rb")[ \t\r\n]*:[ \t\r\n]*(.*)", re.DOTALL)
_COMMA, _OPENING = ord(","), frozenset(b"[{")


class TooManyBrackets(Exception):
    """A request has more brackets than are looked at."""


class BracketCount:
    """Counts the brackets of one request's texts; a text within another is counted each time one of them is split."""

    __slots__ = ("_left",)

    def __init__(self, limit: int = MAX_BRACKETS) -> None:
        self._left = limit

    def take(self, text: bytes) -> None:
        """Count a text's opening brackets and marks in before they are looked at; TooManyBrackets beyond the limit."""
        self._left -= text.count(b"[") + text.count(b"{")
        self._left -= (text.count(b'"') + text.count(b"\\")) // _MARKS_PER_BRACKET
        if self._left < 0:
            raise TooManyBrackets


def elements_of(text: bytes, limit: int, brackets: BracketCount) -> list[bytes] | None:
    """Return the elements of an array, `limit` and one more at most; None when the brackets are not an array's.

    Raises TooManyBrackets.
    """
    return _parts(text.strip(), b"[", b"]", limit, brackets)


def members_of(text: bytes, limit: int, brackets: BracketCount) -> dict[str, bytes] | None:
    """Return the members of an object, without what is no member; of a name that is there twice the last.

    None when the brackets are not an object's, or for more than `limit` members. Raises TooManyBrackets.
    """
    parts = _parts(text.strip(), b"{", b"}", limit, brackets)
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


def _parts(text: bytes, opening: bytes, closing: bytes, limit: int, brackets: BracketCount) -> list[bytes] | None:
    if not (text.startswith(opening) and text.endswith(closing)):
        return None
    brackets.take(text)
    parts: list[bytes] = []
    at = start = depth = 1
    while depth:
        match = (_TO_END_OF_PART if depth == 1 else _TO_BRACKET).match(text, at)
        if match is None:
            return None
        at = match.end()
        mark = text[at - 1]
        if mark == _COMMA:
            parts.append(text[start : at - 1].strip())
            start = at
            if len(parts) > limit:
                return parts
        else:
            depth += 1 if mark in _OPENING else -1
    if at != len(text):
        return None
    last = text[start : at - 1].strip()
    return [*parts, last] if last or parts else parts
