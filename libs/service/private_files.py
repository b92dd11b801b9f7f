"""Files of the data directory that only their owner can read: what they are called, and how they are written."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

CREDENTIALS_FILE = "credentials.json"
SECRET_KEY_FILE = "secret.key"  # noqa: S105  # a file name
LOGINS_FILE = "logins.json"
_SECRET_BYTES = 32


def kept_secret(path: Path, given: str | None = None) -> str:
    """Return the secret in the file, written now if there is none: the given one, else one made by chance."""
    if not path.exists():
        write_private(path, given or secrets.token_urlsafe(_SECRET_BYTES))
    return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 600, whole or not at all; its directory is made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
