"""Keys that stand in indexed columns for texts that may be longer than an index entry can hold.

A text that fits stands for itself. A longer one is stood for by a digest behind a mark, and so is any text that begins
with the mark, so that no two texts share a key. Whoever filters by a text looks for its key.
"""

from __future__ import annotations

from hashlib import blake2b

# A B-tree entry takes 2,704 bytes, and a tenant and the facets' codes share it.
MAX_BYTES = 1_000
MARK = "\x01"
# So few characters never take more bytes than that.
_SURELY_FITS = MAX_BYTES // 4


def index_key(text: str) -> str:
    """Return the text itself, or a digest when it is too long for an index."""
    if len(text) <= _SURELY_FITS and text[:1] != MARK:
        return text
    encoded = text.encode()
    if len(encoded) <= MAX_BYTES and not text.startswith(MARK):
        return text
    return MARK + blake2b(encoded, digest_size=32).hexdigest()


def optional_key(text: str | None) -> str | None:
    """Return as `index_key`, where there may be no text."""
    return None if text is None else index_key(text)
