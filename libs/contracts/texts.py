"""Which texts may stand in a name, an id or a type: one rule for every road in."""

from __future__ import annotations

import re
from typing import Final

_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_printable(text: str) -> bool:
    """Return whether the text has no control character, no line or paragraph separator and no lone surrogate.

    Blanks of any script, joiners and marks of direction occur in names.
    """
    return text.isprintable() or _UNPRINTABLE.search(text) is None


def only_printable(text: str, stand_in: str = "_") -> str:
    """Return the text with `stand_in` for each character that `is_printable` refuses."""
    return text if text.isprintable() else _UNPRINTABLE.sub(stand_in, text)
