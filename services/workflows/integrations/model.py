"""Providers, applications registered elsewhere, and integrations, accounts with them or with a server."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec

from libs.contracts.times import format_time

AccountKind: TypeAlias = Literal["provider", "integration"]
PROVIDER: Final = "provider"
INTEGRATION: Final = "integration"
MAX_ACCOUNTS: Final = 500
"""The most providers of a tenant; the most integrations."""
MAX_SECRET_CHARS: Final = 16_384
MAX_SETTINGS_BYTES: Final = 16_384


class StoredSecret(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A secret as it is stored: encrypted for its owner, and when it was set."""

    token: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A provider or an integration as an object of a tenant; only an integration may name a provider."""

    kind: AccountKind
    tenant_id: str
    id: uuid.UUID
    name: str
    type: str
    provider: str | None = None
    version: int
    settings: Mapping[str, Any]
    secrets: Mapping[str, StoredSecret] = field(repr=False)
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str

    def owner_of(self, key: str) -> tuple[str, str, str, str]:
        """Return the owner under whose name the secret `key` is encrypted."""
        return secret_owner(self.tenant_id, self.kind, self.id, key)


def secret_owner(tenant_id: str, kind: AccountKind, account_id: uuid.UUID, key: str) -> tuple[str, str, str, str]:
    """Return the path to a secret, which is bound into its token."""
    return tenant_id, kind, str(account_id), key


def secrets_json(secrets: Mapping[str, StoredSecret]) -> dict[str, Any]:
    """Return what may be known of secrets: that they are set, and since when."""
    return {key: {"set": True, "updatedAt": format_time(one.updated_at)} for key, one in sorted(secrets.items())}
