"""Totals and pages from counts per block of consecutive numbers, so that neither depends on how much lies before.

A block is `1 << shift` numbers. Whole blocks come with their stored counts; only the blocks that a range cuts are
counted row by row. Everything here is newest first, as the lists are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

FACET_SHIFT = 14
USER_SHIFT = 18


class NumberRange(NamedTuple):
    """Numbers from `first` to `last`, both included; empty when `first` is the greater."""

    first: int
    last: int


ALL_NUMBERS = NumberRange(0, 2**63 - 1)
_NONE = NumberRange(1, 0)


class Piece(NamedTuple):
    """A part of one block (mostly all of it), and its number of matching rows."""

    span: NumberRange
    rows: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A block that a range cuts: its numbers in the range (`span`), and its numbers to count (`counted`).

    When the numbers outside are fewer, they are counted instead (`inverted`) and taken from the block's stored count.
    """

    block: int
    span: NumberRange
    counted: NumberRange
    inverted: bool

    def piece(self, stored: int, counted: int) -> Piece:
        """Return the rows of the range in this block, from the block's stored count and the rows counted."""
        return Piece(self.span, stored - counted if self.inverted else counted)


@dataclass(frozen=True, slots=True)
class Cut:
    """A range of numbers laid over blocks: every block it touches, and those of them (at most two) that it cuts."""

    blocks: NumberRange
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a page's rows: within the numbers `span`, after the newest `skip` matching rows."""

    span: NumberRange
    skip: int


def block_span(block: int, shift: int) -> NumberRange:
    """Return the numbers of a block."""
    return NumberRange(block << shift, ((block + 1) << shift) - 1)


def cut(span: NumberRange, shift: int) -> Cut:
    """Lay a range over blocks."""
    if span.first > span.last:
        return Cut(_NONE, ())
    lowest, highest = span.first >> shift, span.last >> shift
    edges = []
    for block in sorted({lowest, highest}):
        whole = block_span(block, shift)
        inside = NumberRange(max(span.first, whole.first), min(span.last, whole.last))
        if inside != whole:
            edges.append(_edge(block, inside, whole))
    return Cut(NumberRange(lowest, highest), tuple(edges))


def _edge(block: int, inside: NumberRange, whole: NumberRange) -> Edge:
    outside = inside
    if inside.first == whole.first:
        outside = NumberRange(inside.last + 1, whole.last)
    elif inside.last == whole.last:
        outside = NumberRange(whole.first, inside.first - 1)
    inverted = outside.last - outside.first < inside.last - inside.first
    return Edge(block, inside, outside if inverted else inside, inverted)


class Tally:
    """The counted pieces of one filter's range, newest first."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = [piece for piece in pieces if piece.rows > 0]
        self._running = list(accumulate(piece.rows for piece in self._pieces))

    @classmethod
    def of(cls, blocks: Sequence[int], counts: Sequence[int], cut_pieces: Mapping[int, Piece], shift: int) -> Tally:
        """Tally stored `counts` of `blocks`, newest first, with `cut_pieces` for the blocks that the range cuts."""
        stored = zip(blocks, counts, strict=True)
        return cls([cut_pieces.get(block) or Piece(block_span(block, shift), n) for block, n in stored])

    @property
    def total(self) -> int:
        """The number of matching rows."""
        return self._running[-1] if self._running else 0

    def at(self, offset: int, limit: int) -> Place | None:
        """Return where the rows `offset` to `offset + limit` are, counted from the newest; None past the end."""
        if offset >= self.total:
            return None
        start = bisect_right(self._running, offset)
        end = min(bisect_left(self._running, offset + limit), len(self._pieces) - 1)
        before = self._running[start - 1] if start else 0
        return Place(NumberRange(self._pieces[end].span.first, self._pieces[start].span.last), offset - before)

    def below(self, position: int, limit: int) -> Place | None:
        """Return where the `limit` newest rows that follow one at this position are; None when there is none.

        How many rows of the position's own piece follow it is not known: it is taken for none, so the place may be
        wider than it has to be, and the caller leaves out what does not follow.
        """
        start = next((at for at, piece in enumerate(self._pieces) if piece.span.first <= position), None)
        if start is None:
            return None
        cut_short = self._pieces[start].span.last >= position
        before = self._running[start] if cut_short else self._running[start] - self._pieces[start].rows
        end = min(bisect_left(self._running, before + limit), len(self._pieces) - 1)
        last = min(self._pieces[start].span.last, position)
        return Place(NumberRange(self._pieces[max(start, end)].span.first, last), 0)
