"""Reads of one tenant's providers and integrations, for requests, which see no other tenant."""

from __future__ import annotations

from collections.abc import Sequence

from libs.httpkit.errors import require_found
from libs.httpkit.paging import Page
from libs.pg.database import Database
from services.workflows.integrations.model import Account, AccountKind
from services.workflows.integrations.store import AccountFilter, AccountStore


class AccountReads:
    """Reads providers and integrations; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, tenant_id: str, kind: AccountKind, name: str) -> Account:
        """Return the account of that name; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return require_found(await AccountStore(conn, tenant_id, kind).get(name), kind, name)

    async def page(
        self, tenant_id: str, kind: AccountKind, among: AccountFilter, page: Page
    ) -> tuple[Sequence[Account], int]:
        """Return a page of the accounts by name, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = AccountStore(conn, tenant_id, kind)
            return await store.list(among, limit=page.limit, offset=page.offset), await store.count(among)
