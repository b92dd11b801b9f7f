"""Texts of any length as keys of rows: a long one is stood for by its digest."""

from __future__ import annotations

from hashlib import sha256

MAX_TEXT_CHARS = 200
"""How long a value can be within a key or a dimension; a longer one is hashed."""


def short_text(text: str) -> str:
    """Return the text, or a digest of one that is too long for an index or that no database holds."""
    return text if len(text) <= MAX_TEXT_CHARS and "\0" not in text else digest(text)


def digest(text: str) -> str:
    """Return a text of 71 characters that stands for `text`."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"
