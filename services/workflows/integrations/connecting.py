"""Gives a task the integration that it uses: its settings, its secrets in plain text, and its provider's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from libs.objects.names import fold_name
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.vault.sealing import unseal
from libs.vault.vault import Vault, WrongSecretKey
from services.workflows.integrations.model import (
    INTEGRATION,
    PROVIDER,
    AccountKind,
    secret_owner,
)
from services.workflows.integrations.store import QUERIES, read_secrets
from services.workflows.task_types.model import Connected, TaskFailed


class Connections:
    """The integrations of all tenants, read anew for each task: what was changed holds for the next one."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    async def connected(self, tenant_id: str, name: str) -> Connected:
        """Return an integration by its name, in any case.

        Raises TaskFailed: `integration_missing`, `integration_unusable`, and `integration_unavailable`, which passes.
        """
        try:
            found = await self.find(tenant_id, INTEGRATION, name)
        except DatabaseUnavailable:
            raise TaskFailed(
                "integration_unavailable", "the integration cannot be read now", retryable=True, is_undone=True
            ) from None
        if found is None:
            raise TaskFailed("integration_missing", f"there is no integration {name!r}")
        return found

    async def find(self, tenant_id: str, kind: AccountKind, name: str) -> Connected | None:
        """Return a provider or an integration. Raises TaskFailed (`integration_unusable`), DatabaseUnavailable."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            row = await conn.fetchrow(QUERIES.connect, tenant_id, kind, fold_name(name))
        if row is None:
            return None
        try:
            return Connected(
                name=row["name"],
                type=row["type"],
                settings=row["settings"],
                secrets=self._secrets(tenant_id, kind, row["id"], row["secrets"]),
                provider_settings=row["provider_settings"] or {},
                provider_secrets=self._secrets(tenant_id, PROVIDER, row["provider_id"], row["provider_secrets"]),
            )
        except WrongSecretKey:
            raise TaskFailed("integration_unusable", f"the secrets of {name!r} cannot be read; set them anew") from None

    def _secrets(
        self, tenant_id: str, kind: AccountKind, account_id: uuid.UUID | None, stored: Mapping[str, Any] | None
    ) -> dict[str, str]:
        if account_id is None:
            return {}
        return {
            key: unseal(self._vault, secret_owner(tenant_id, kind, account_id, key), one.token)
            for key, one in read_secrets(stored or {}).items()
        }
