"""API keys: `wm_<prefix>_<secret><checksum>` in base 62. Only the SHA-256 of the whole text is ever stored.

The prefix is public (it tells keys apart in lists and logs); the checksum refuses a mistyped key without a look-up.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MARK = "wm_"
PREFIX_LENGTH = 8
SECRET_LENGTH = 32
"""190 random bits."""

CHECKSUM_LENGTH = 6
_SHAPE = re.compile(rf"wm_([0-9A-Za-z]{{{PREFIX_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `plain` is shown once and then forgotten."""

    plain: str = field(repr=False)
    prefix: str
    hash: str


def generate() -> NewKey:
    """Return a new random key."""
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(PREFIX_LENGTH))
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    body = f"{MARK}{prefix}_{secret}"
    plain = body + _checksum(body)
    return NewKey(plain, prefix, hash_key(plain))


def parse(text: str) -> str | None:
    """Return the prefix of a text that can be a key (shape and checksum are right), else None."""
    match = _SHAPE.fullmatch(text)
    if match is None or _checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return match.group(1)


def hash_key(plain: str) -> str:
    """Return the SHA-256 of a key's text in lower-case hex. The key's entropy makes a slow hash needless."""
    return hashlib.sha256(plain.encode()).hexdigest()


def looks_like_key(text: str) -> bool:
    """Return whether a bearer credential is meant to be an API key rather than a token."""
    return text.startswith(MARK)


def _checksum(body: str) -> str:
    value = zlib.crc32(body.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
