"""Encrypts what is stored under an older secret key anew, when a process starts."""

from __future__ import annotations

import msgspec

from libs.pg.database import Database
from libs.vault.sealing import resealed
from libs.vault.vault import Vault
from services.workflows.integrations.model import StoredSecret
from services.workflows.integrations.store import encrypt_secrets, lock_secrets


async def renew_secrets(db: Database, vault: Vault) -> None:
    """Encrypt every secret under the newest of the vault's; `db` connects as the projector role.

    Raises WrongSecretKey when one cannot be read.
    """
    async with db.transaction() as conn:
        for held in await lock_secrets(conn):
            renewed = {key: _renewed(vault, secret) for key, secret in held.secrets.items()}
            if renewed != held.secrets:
                await encrypt_secrets(conn, held, renewed)


def _renewed(vault: Vault, secret: StoredSecret) -> StoredSecret:
    token = resealed(vault, secret.token)
    return secret if token is None else msgspec.structs.replace(secret, token=token)
