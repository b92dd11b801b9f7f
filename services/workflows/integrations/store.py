"""Reads and writes of providers and integrations; each function is one statement of `queries.sql`.

Every statement for requests names the tenant, and the request role's policy would keep the others out all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from libs.objects.names import fold_name
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.workflows.integrations.model import Account, AccountKind, StoredSecret

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))


class AccountFilter(NamedTuple):
    """Accounts whose name holds `search`, in any case, and of a type; None for any."""

    search: str | None = None
    type: str | None = None

    @property
    def values(self) -> tuple[str | None, str | None]:
        """The filter as statements take it."""
        return (None if self.search is None else fold_name(self.search), self.type)


ALL_ACCOUNTS: Final = AccountFilter()


class ProviderFound(NamedTuple):
    """A provider as an integration refers to it."""

    id: uuid.UUID
    name: str
    type: str


class HeldSecrets(NamedTuple):
    """The secrets of an account whose row is held."""

    tenant_id: str
    id: uuid.UUID
    secrets: Mapping[str, StoredSecret]


class AccountStore:
    """One tenant's providers or integrations, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str, kind: AccountKind) -> None:
        self._conn = conn
        self._of = (tenant_id, kind)

    async def insert(self, one: Account, provider_id: uuid.UUID | None) -> None:
        """Insert an account."""
        await self._conn.execute(
            QUERIES.insert_account,
            *(*self._of, one.id, one.name, fold_name(one.name), one.type, provider_id, one.version),
            *(one.settings, _stored(one.secrets), one.created_at, one.created_by, one.updated_at, one.updated_by),
        )

    async def update(self, one: Account, provider_id: uuid.UUID | None) -> None:
        """Make the row as `one` is; name and type stay."""
        await self._conn.execute(
            QUERIES.update_account,
            *(*self._of, one.id, one.version, provider_id, one.settings, _stored(one.secrets)),
            *(one.updated_at, one.updated_by),
        )

    async def delete(self, account_id: uuid.UUID) -> None:
        """Remove the account."""
        await self._conn.execute(QUERIES.delete_account, *self._of, account_id)

    async def get(self, name: str) -> Account | None:
        """Return the account of that name, in any case."""
        return _account(await self._conn.fetchrow(QUERIES.get_account, *self._of, fold_name(name)))

    async def get_by_id(self, account_id: uuid.UUID) -> Account | None:
        """Return the account of that id."""
        return _account(await self._conn.fetchrow(QUERIES.get_account_of_id, *self._of, account_id))

    async def lock(self, name: str) -> Account | None:
        """Hold the account of that name against other writers, and return it."""
        return _account(await self._conn.fetchrow(QUERIES.lock_account, *self._of, fold_name(name)))

    async def list(self, among: AccountFilter, *, limit: int, offset: int) -> Sequence[Account]:
        """Return a part of the accounts, by name."""
        rows = await self._conn.fetch(QUERIES.list_accounts, *self._of, *among.values, limit, offset)
        return [one for row in rows if (one := _account(row)) is not None]

    async def count(self, among: AccountFilter = ALL_ACCOUNTS) -> int:
        """Return how many accounts there are."""
        found: int = await self._conn.fetchval(QUERIES.count_accounts, *self._of, *among.values)
        return found


async def lock_provider(conn: Connection, tenant_id: str, name: str) -> ProviderFound | None:
    """Return the provider of a name, which stays until the transaction ends."""
    row = await conn.fetchrow(QUERIES.lock_provider, tenant_id, fold_name(name))
    return None if row is None else ProviderFound(**row)


async def integrations_of_provider(conn: Connection, tenant_id: str, provider_id: uuid.UUID) -> Sequence[str]:
    """Return the names of integrations, the first 20, that use a provider."""
    rows = await conn.fetch(QUERIES.integrations_of_provider, tenant_id, provider_id)
    return [row["name"] for row in rows]


async def known_integrations(
    conn: Connection, tenant_id: str, names: Collection[str], *, held: bool
) -> Mapping[str, str]:
    """Return the types of those of `names` that are integrations, by folded name; when `held`, nobody removes them."""
    statement = QUERIES.known_integrations if held else QUERIES.named_integrations
    rows = await conn.fetch(statement, tenant_id, sorted(map(fold_name, names)))
    return {row["name_folded"]: row["type"] for row in rows}


async def lock_secrets(conn: Connection) -> Sequence[HeldSecrets]:
    """Hold the accounts of all tenants against other writers, and return their secrets (projector role)."""
    rows = await conn.fetch(QUERIES.lock_secrets)
    return [HeldSecrets(row["tenant_id"], row["id"], read_secrets(row["secrets"])) for row in rows]


async def encrypt_secrets(conn: Connection, held: HeldSecrets, secrets: Mapping[str, StoredSecret]) -> None:
    """Replace the secrets of a held account by the same ones, encrypted anew (projector role)."""
    await conn.execute(QUERIES.encrypt_secrets, held.tenant_id, held.id, _stored(secrets))


def read_secrets(stored: Any) -> dict[str, StoredSecret]:
    """Return the secrets of a row."""
    return msgspec.convert(stored, dict[str, StoredSecret])


def _stored(secrets: Mapping[str, StoredSecret]) -> Any:
    return msgspec.to_builtins(secrets)


def _account(row: Row | None) -> Account | None:
    if row is None:
        return None
    columns = {name: value for name, value in row.items() if name not in ("name_folded", "provider_id")}
    return Account(**{**columns, "secrets": read_secrets(columns["secrets"])})
