"""Matching of LIKE patterns in time linear in the text, however many `%` and `_` a pattern has.

A pattern is a row of *runs* between its `%`. The first and the last are anchored; each of the others is looked for from
where the one before ended, leftmost first, and no other choice could match more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_ANY: Final = None
"""A character of a run that may be any."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters in a row, `_ANY` for any. `find` returns where they next begin in a text from a place on, or -1."""

    length: int
    find: Callable[[str, int], int]
    fits_at: Callable[[str, int], bool]


def is_complete(pattern: str, escape: str) -> bool:
    """Return whether every escape character of the pattern has a character to escape."""
    stands_alone = False
    for character in pattern:
        stands_alone = not stands_alone and character == escape
    return not stands_alone


def compile_like(pattern: str, escape: str, fold: Callable[[str], str]) -> Callable[[str], bool]:
    """Return the test of a pattern. `fold` maps the pattern's own characters; the text to test is folded already."""
    runs = [_run(run) for run in _split(pattern, escape, fold)]
    if len(runs) == 1:
        only = runs[0]
        return lambda text: len(text) == only.length and only.fits_at(text, 0)
    first, *middle, last = runs
    shortest = first.length + last.length

    def matches(text: str) -> bool:
        end = len(text) - last.length
        if len(text) < shortest or not first.fits_at(text, 0) or not last.fits_at(text, end):
            return False
        at = first.length
        for run in middle:
            begin = run.find(text, at)
            if begin < 0:
                return False
            at = begin + run.length
        return at <= end

    return matches


def _split(pattern: str, escape: str, fold: Callable[[str], str]) -> list[list[str | None]]:
    runs: list[list[str | None]] = [[]]
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            runs[-1].append(fold(next(characters)))
        elif character == "%":
            runs.append([])
        else:
            runs[-1].append(_ANY if character == "_" else fold(character))
    return runs


def _run(characters: list[str | None]) -> _Run:
    length = len(characters)
    pieces = _pieces(characters)

    def fits_at(text: str, at: int) -> bool:
        return all(text.startswith(piece, at + offset) for offset, piece in pieces)

    if len(pieces) == 1 and len(pieces[0][1]) == length:
        whole = pieces[0][1]
        return _Run(length, lambda text, at: text.find(whole, at), fits_at)
    if not pieces:
        return _Run(length, lambda text, at: at if at + length <= len(text) else -1, fits_at)
    return _Run(length, _shift_and(characters), fits_at)


def _pieces(characters: list[str | None]) -> list[tuple[int, str]]:
    """Return the texts between characters that may be any, each with its offset."""
    gaps = [-1, *(at for at, one in enumerate(characters) if one is _ANY), len(characters)]
    spans = [(start + 1, end) for start, end in pairwise(gaps) if end > start + 1]
    return [(start, "".join(one or "" for one in characters[start:end])) for start, end in spans]


def _shift_and(characters: list[str | None]) -> Callable[[str, int], int]:
    """Return a search that keeps, in one integer, which beginnings of the run end at the character it looks at."""
    anywhere = sum(1 << at for at, one in enumerate(characters) if one is _ANY)
    masks = {
        one: anywhere | sum(1 << at for at, other in enumerate(characters) if other == one)
        for one in set(characters)
        if one is not _ANY
    }
    whole = 1 << (len(characters) - 1)

    def find(text: str, start: int) -> int:
        state = 0
        for at in range(start, len(text)):
            state = (state << 1 | 1) & masks.get(text[at], anywhere)
            if state & whole:
                return at - len(characters) + 1
        return -1

    return find
