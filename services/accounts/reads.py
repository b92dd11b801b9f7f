"""Reads of one tenant's users and API keys for requests, which see no other tenant."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from libs.httpkit.errors import require_found
from libs.httpkit.paging import Page
from libs.pg.database import Connection, Database
from services.accounts.model import StoredKey, User
from services.accounts.store import api_keys, users


class Directory:
    """Reads users and API keys; `db` connects as the request role."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_keys(self, tenant_id: str, page: Page) -> tuple[Sequence[StoredKey], int]:
        """Return a page of the keys, newest first, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            found = await api_keys.list_keys(conn, tenant_id, limit=page.limit, offset=page.offset)
            return found, await api_keys.count_keys(conn, tenant_id)

    async def list_users(self, tenant_id: str, page: Page) -> tuple[Sequence[User], int]:
        """Return a page of the users, by e-mail, and how many there are."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            found = await users.list_users(conn, tenant_id, limit=page.limit, offset=page.offset)
            return found, await users.count_users(conn, tenant_id)

    async def get_user(self, tenant_id: str, user_id: uuid.UUID) -> User:
        """Return one user; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await existing_user(conn, tenant_id, user_id)

    async def get_login(self, tenant_id: str, user_id: uuid.UUID) -> tuple[User, str]:
        """Return one user and the hash of the password; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            user = await existing_user(conn, tenant_id, user_id)
            password_hash = await users.get_password_hash(conn, tenant_id, user_id)
        assert password_hash is not None
        return user, password_hash


async def existing_user(conn: Connection, tenant_id: str, user_id: uuid.UUID) -> User:
    """Return one user; raises NotFound."""
    return require_found(await users.get_user(conn, tenant_id, user_id), "user", user_id)


async def existing_key(conn: Connection, tenant_id: str, key_id: uuid.UUID) -> StoredKey:
    """Return one key, revoked or not; raises NotFound."""
    return require_found(await api_keys.get_key(conn, tenant_id, key_id), "API key", key_id)
