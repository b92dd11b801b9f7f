"""Opaque URL-safe texts: how cursors and positions are written, so that nobody is tempted to read them."""

from __future__ import annotations

import base64
import binascii


def to_opaque(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_opaque(text: str) -> bytes:
    """Return the bytes of an opaque text; ValueError when it is none."""
    try:
        raw = text.encode("ascii")
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not an opaque token") from error
