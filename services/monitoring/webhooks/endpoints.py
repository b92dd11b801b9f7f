"""Webhooks as the sender needs them: where messages go, under which secrets, and what ends them."""

from __future__ import annotations

import contextlib
import uuid

from libs.httpkit.errors import NotFound
from libs.objects.changes import Changes
from libs.pg.database import Connection, Database
from libs.vault.vault import Vault
from libs.webhooks.endpoints import Endpoint
from services.monitoring.webhooks import rules
from services.monitoring.webhooks.store import WebhookStore, encrypt_secrets, lock_secrets


class WebhookEndpoints:
    """Finds and disables webhooks of all tenants; `db` connects as the projector role."""

    def __init__(self, db: Database, vault: Vault, changes: Changes | None = None) -> None:
        self._db = db
        self._vault = vault
        self._changes = changes or Changes()

    async def find(self, conn: Connection, tenant_id: str, endpoint_id: uuid.UUID) -> Endpoint | None:
        one = await WebhookStore(conn, tenant_id).get(endpoint_id)
        if one is None:
            return None
        secrets = [self._vault.decrypt(secret).decode() for secret in one.signing(self._changes.now())]
        return Endpoint(one.url, is_enabled=one.enabled, secrets=secrets)

    async def disable(self, tenant_id: str, endpoint_id: uuid.UUID) -> None:
        async with self._db.transaction() as conn:
            change = self._changes.begin_by_itself(conn, tenant_id)
            with contextlib.suppress(NotFound):
                await rules.update(change, endpoint_id, {"enabled": False})

    async def renew_secrets(self) -> None:
        """Encrypt every secret under the newest of the vault's. Raises WrongSecretKey when one cannot be read."""
        async with self._db.transaction() as conn:
            for held in await lock_secrets(conn):
                renewed = [self._vault.renewed(secret) or secret for secret in held.secrets]
                if renewed != held.secrets:
                    await encrypt_secrets(conn, held, renewed)
