"""Encrypts what must be stored but never be readable in the database: private keys, secrets shared with receivers.

`WAYMARK_SECRET_KEY` may hold several secrets, separated by commas: the first encrypts, all decrypt. A store gives each
of its rows to `renewed` when its process starts, so that the others can be left out once every process was restarted.
"""

from __future__ import annotations

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_SECRET_CHARACTERS = 16
# Stored secrets can be read as long as these stay as they are.
_AT_REST = b"waymark secrets at rest v1"
_FINGERPRINTS = b"waymark fingerprints v1"
_NAMES = b"waymark names of secrets v1"


class WrongSecretKey(Exception):
    """`WAYMARK_SECRET_KEY` is missing, too short, or not the one that the stored secrets were encrypted under."""


class Vault:
    """Encrypts and decrypts under the secrets of the setting."""

    def __init__(self, secret_key: str | None) -> None:
        secrets = _secrets_of(secret_key)
        if not secrets:
            raise WrongSecretKey("WAYMARK_SECRET_KEY is not set; stored secrets are encrypted under it")
        if any(len(secret) < MIN_SECRET_CHARACTERS for secret in secrets):
            raise WrongSecretKey(f"WAYMARK_SECRET_KEY needs at least {MIN_SECRET_CHARACTERS} characters")
        self._newest = _cipher(secrets[0])
        self._fingerprint_key = _derive(secrets[0], _FINGERPRINTS)
        self._ciphers = MultiFernet([_cipher(secret) for secret in secrets])

    def encrypt(self, plain: bytes) -> bytes:
        """Return the bytes to store."""
        return self._newest.encrypt(plain)

    def decrypt(self, stored: bytes) -> bytes:
        """Return the decrypted bytes; raises WrongSecretKey when none of the secrets fits."""
        try:
            return self._ciphers.decrypt(stored)
        except InvalidToken:
            raise WrongSecretKey(
                "stored secrets were encrypted under another WAYMARK_SECRET_KEY; start with that one, "
                "or with both, new,old, to change it"
            ) from None

    def fingerprint(self, data: bytes) -> bytes:
        """Return a keyed hash for comparing data that may hold a password; without the secret it reveals nothing."""
        return hmac.digest(self._fingerprint_key, data, "sha256")

    def is_under_newest(self, stored: bytes) -> bool:
        """Return whether the bytes were encrypted under the first secret."""
        try:
            self._newest.decrypt(stored)
        except InvalidToken:
            return False
        return True

    def renewed(self, stored: bytes) -> bytes | None:
        """Return the bytes to store instead, encrypted under the first secret; None when they are under it already.

        Raises WrongSecretKey as `decrypt` does.
        """
        return None if self.is_under_newest(stored) else self.encrypt(self.decrypt(stored))


def names_of(secret_key: str | None) -> tuple[str, ...]:
    """Return a name for each secret of the setting, by which it is known again and which does not tell it."""
    return tuple(_derive(secret, _NAMES)[:8].hex() for secret in _secrets_of(secret_key))


def _secrets_of(secret_key: str | None) -> list[str]:
    return [part.strip() for part in (secret_key or "").split(",") if part.strip()]


def _cipher(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret, _AT_REST)))


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
