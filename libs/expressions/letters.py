"""Lower and upper case, the same in every process: Unicode's simple mapping, one character for one.

PostgreSQL's builtin provider does so under C.UTF-8. No locale, no neighbouring character has a say.
"""

from __future__ import annotations

from typing import Final


class _Mapping(dict[int, int]):
    """Remembers the mapping of every character that it was asked for."""

    def __init__(self, full: str) -> None:
        super().__init__(_EXCEPTIONS[full])
        self._full = full

    def __missing__(self, code: int) -> int:
        character = chr(code)
        mapped = character.lower() if self._full == "lower" else character.upper()
        if len(mapped) > 1:
            # Greek with a iota has a title case of one character; what has none stays as it is.
            mapped = character.title()
        self[code] = result = ord(mapped) if len(mapped) == 1 else code
        return result


_EXCEPTIONS: Final = {"lower": {0x130: 0x69}, "upper": {}}
_LOWER: Final = _Mapping("lower")
_UPPER: Final = _Mapping("upper")


def lower(text: str) -> str:
    """Return the text in lower case; it keeps its length."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper(text: str) -> str:
    """Return the text in upper case; it keeps its length."""
    return text.upper() if text.isascii() else text.translate(_UPPER)
