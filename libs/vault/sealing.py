"""Secrets that can be read under the name of their owner alone: a row copied to another owner is of no use there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from libs.vault.vault import Vault, WrongSecretKey

_NOT_ITS: Final = "a stored secret is not its owner's: rows were exchanged"
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(tuple[tuple[str, ...], str]).decode


def seal(vault: Vault, owner: Sequence[str], secret: str) -> str:
    """Return the token to store; `owner` is the path to the secret: tenant, object, name."""
    return vault.encrypt(_encode((tuple(owner), secret))).decode("ascii")


def unseal(vault: Vault, owner: Sequence[str], token: str) -> str:
    """Return the secret. Raises WrongSecretKey for a token that is another owner's, or under no secret key known."""
    plain = vault.decrypt(token.encode("ascii"))
    try:
        sealed_for, secret = _decode(plain)
    except msgspec.DecodeError:
        raise WrongSecretKey(_NOT_ITS) from None
    if sealed_for != tuple(owner):
        raise WrongSecretKey(_NOT_ITS)
    return secret


def resealed(vault: Vault, token: str) -> str | None:
    """Return the token to store instead, under the newest secret key; None when it is under it already.

    Raises WrongSecretKey.
    """
    renewed = vault.renewed(token.encode("ascii"))
    return None if renewed is None else renewed.decode("ascii")
