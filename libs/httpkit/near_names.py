"""Names of query parameters and of members: those that are declared, and those that are nearly one of them.

Names of any other kind are ignored, so that clients may send more than a version knows; a misspelt one would be ignored
as well, and the data or the filter lost without a word. It is refused instead, naming what was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from libs.httpkit.errors import Loc, Violation

MISSPELT: Final = "misspelt_name"
MAX_EDITS: Final = 2
_LETTERS_PER_EDIT: Final = 3
_LOOKED_AT: Final = 16
"""Unknown names of one query or object that are compared: a sender of more has data of its own, not a slip."""
_REMEMBERED: Final = 1024
"""Names of no more than about twice the longest known one's length, so what is remembered is small."""


class KnownNames:
    """The names that one query or object may have. Where two are spelt alike, the last is the one that is proposed."""

    def __init__(self, names: Iterable[str]) -> None:
        given = tuple(names)
        self._known = frozenset(given)
        self._folded = {fold(name): name for name in given}
        self._longest = 2 * max(map(len, given), default=0) + MAX_EDITS
        self._letters = {folded: frozenset(folded) for folded in self._folded}
        self._find = lru_cache(maxsize=_REMEMBERED)(self._nearest)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def violations(self, sent: Iterable[str], loc: Loc) -> list[Violation]:
        """Return a violation for each name that is nearly a known one; `loc` is the place of what has the names."""
        return [Violation((*loc, name), words, MISSPELT) for name, words in self.misspelt(sent)]

    def misspelt(self, sent: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield each name that is nearly a known one, with a sentence that proposes this one."""
        looks = 0
        for name in sent:
            if name not in self._known and len(name) <= self._longest and looks < _LOOKED_AT:
                looks += 1
                if (near := self._find(name)) is not None:
                    yield name, f"there is no {name!r}; did you mean {near!r}?"

    def _nearest(self, name: str) -> str | None:
        folded = fold(name)
        if (same := self._folded.get(folded)) is not None:
            return same
        letters = set(folded)
        # An edit changes at most two of the letters that occur; that alone rules out nearly every pair.
        alike = [known for known, its in self._letters.items() if len(letters ^ its) <= 2 * MAX_EDITS]
        for edits in range(1, MAX_EDITS + 1):
            for known in alike:
                if is_near(folded, known, edits):
                    return self._folded[known]
        return None


def fold(name: str) -> str:
    """Return the form in which names are compared: without case and underscores."""
    return name.replace("_", "").casefold()


def is_near(one: str, other: str, edits: int = MAX_EDITS) -> bool:
    """Return whether so many edits lead from one text to the other, and they are no more than a third of its letters.

    An edit adds, removes or replaces a letter; of the two texts the shorter one's letters count.
    """
    allowed = min(edits, min(len(one), len(other)) // _LETTERS_PER_EDIT)
    return allowed > 0 and abs(len(one) - len(other)) <= allowed and _is_within(one, other, allowed)


def _is_within(one: str, other: str, edits: int) -> bool:
    """Return whether so many edits lead from one to the other; the ends that they share are passed over."""
    start = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        start += 1
    one, other = one[start:], other[start:]
    if not one or not other:
        return len(one) + len(other) <= edits
    if edits == 0:
        return False
    return (
        _is_within(one[1:], other[1:], edits - 1)
        or _is_within(one[1:], other, edits - 1)
        or _is_within(one, other[1:], edits - 1)
    )
