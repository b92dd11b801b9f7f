"""The operator's work with the database alone, no HTTP key: tenants, users, admin keys, the first start.

Records go to the outbox like anybody's; the service's relay carries them once it runs.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from libs.auth import keys
from libs.auth.passwords import Passwords, check_new_password
from libs.auth.principal import ADMIN
from libs.contracts.paths import ACCOUNTS
from libs.httpkit.errors import Unprocessable, Violation
from libs.objects.changes import Change, Changes
from libs.pg.database import Connection, Database
from libs.pg.locks import session_lock
from libs.pg.roles import projector_role
from services.accounts import rules
from services.accounts.credentials_file import Credentials, CredentialsStore
from services.accounts.errors import NoSuchTenant
from services.accounts.kinds import token_kinds
from services.accounts.model import (
    DEFAULT_TENANT,
    KeyDraft,
    StoredKey,
    Tenant,
    User,
    is_email,
    is_tenant_id,
    known_roles,
)
from services.accounts.rules import UserRules
from services.accounts.store import api_keys, tenants, users
from services.accounts.store.users import NewUser

FIRST_EMAIL = "admin@waymark.local"
FIRST_KEY_LABEL = "first key"
_GENERATED_PASSWORD_BYTES = 18
_TOKEN_LIFETIME = timedelta(days=1)


@asynccontextmanager
async def open_operator(database_url: str) -> AsyncIterator[Operator]:
    """Open an operator over a small pool of its own; the schema must be there (`setup`)."""
    db = await Database.connect(
        database_url,
        role=projector_role(ACCOUNTS),
        application_name="waymark-operator",
        max_size=2,
        search_path=(ACCOUNTS,),
    )
    async with db:
        yield Operator(db)


class Operator:
    """`db` connects as the projector role with the service's schema on the search path."""

    def __init__(self, db: Database, *, passwords: Passwords | None = None) -> None:
        self._db = db
        self._passwords = passwords or Passwords()
        self._changes = Changes()
        self._users = UserRules(token_kinds(_TOKEN_LIFETIME))

    async def create_tenant(self, tenant_id: str) -> Tenant:
        """Create a tenant; its starter set follows when the catalog reads of it.

        Raises Unprocessable for an id that is no slug, TenantExists.
        """
        if not is_tenant_id(tenant_id):
            raise Unprocessable(Violation(("body", "tenantId"), "1 to 63 of a-z, 0-9 and - are expected", "tenant_id"))
        async with self._db.transaction() as conn:
            return await rules.create_tenant(self._begin(conn, tenant_id))

    async def list_tenants(self) -> Sequence[Tenant]:
        """Return all tenants, by id."""
        async with self._db.transaction(readonly=True) as conn:
            return [tenant async for tenant in tenants.every_tenant(conn)]

    async def create_user(
        self, tenant_id: str, email: str, password: str, *, roles: Sequence[str] = (ADMIN,), name: str | None = None
    ) -> User:
        """Create a user; raises NoSuchTenant, EmailTaken, Unprocessable for an e-mail or password that will not do."""
        if not is_email(email):
            raise Unprocessable(Violation(("body", "email"), "an e-mail address is expected", "email"))
        check_new_password(password, email=email)
        await self._require_tenant(tenant_id)
        password_hash = await self._passwords.hash(password)
        new = NewUser(email=email, name=name, password_hash=password_hash, roles=_roles(roles))
        async with self._db.transaction() as conn:
            return await self._users.create(self._begin(conn, tenant_id), new)

    async def create_key(
        self, tenant_id: str, *, label: str, roles: Sequence[str] = (ADMIN,), expires_at: datetime | None = None
    ) -> tuple[StoredKey, str]:
        """Create a key; return it with its text, which is nowhere else. Raises NoSuchTenant, Unprocessable."""
        await self._require_tenant(tenant_id)
        draft = KeyDraft(label=label, roles=_roles(roles), expires_at=expires_at)
        new = keys.generate()
        async with self._db.transaction() as conn:
            return await rules.create_key(self._begin(conn, tenant_id), new, draft), new.plain

    async def create_admin_key(self, tenant_id: str, *, label: str = FIRST_KEY_LABEL) -> str:
        """Create an admin key and return its text; raises NoSuchTenant."""
        return (await self.create_key(tenant_id, label=label))[1]

    async def list_keys(self, tenant_id: str, *, limit: int = 1000, offset: int = 0) -> Sequence[StoredKey]:
        """Return a tenant's keys, newest first; raises NoSuchTenant."""
        await self._require_tenant(tenant_id)
        async with self._db.transaction(readonly=True) as conn:
            return await api_keys.list_keys(conn, tenant_id, limit=limit, offset=offset)

    async def revoke_key(self, tenant_id: str, key_id: uuid.UUID) -> StoredKey:
        """End a key and return it; raises NotFound."""
        async with self._db.transaction() as conn:
            return await rules.revoke_key(self._begin(conn, tenant_id), key_id)

    async def first_start(self, store: CredentialsStore) -> Credentials | None:
        """Make the first tenant with an admin and a key, and keep them in `store`; None when `store` has some.

        When the tenant exists already, only a new admin key is made and the password is None. Starters that come
        together take turns; whoever dies in between leaves at worst a key that nobody knows.
        """
        async with self._db.acquire() as lock_holder, session_lock(lock_holder, "waymark.accounts.first_start"):
            if store.exists():
                return None
            credentials = await self._first_credentials()
            store.save(credentials)
            return credentials

    async def _first_credentials(self) -> Credentials:
        password = secrets.token_urlsafe(_GENERATED_PASSWORD_BYTES)
        password_hash = await self._passwords.hash(password)
        admin = NewUser(email=FIRST_EMAIL, name="Administrator", password_hash=password_hash, roles=(ADMIN,))
        key, key_draft = keys.generate(), KeyDraft(label=FIRST_KEY_LABEL, roles=(ADMIN,))
        async with self._db.transaction() as conn:
            change = self._begin(conn, DEFAULT_TENANT)
            if await tenants.get_tenant(conn, DEFAULT_TENANT) is not None:
                await rules.create_key(change, key, key_draft)
                email = await users.first_admin_email(conn, DEFAULT_TENANT)
                return Credentials(tenant_id=DEFAULT_TENANT, api_key=key.plain, email=email, password=None)
            await rules.create_tenant(change)
            await rules.create_key(change, key, key_draft)
            await self._users.create(change, admin)
        return Credentials(tenant_id=DEFAULT_TENANT, api_key=key.plain, email=FIRST_EMAIL, password=password)

    def _begin(self, conn: Connection, tenant_id: str) -> Change:
        return self._changes.begin_by_itself(conn, tenant_id)

    async def _require_tenant(self, tenant_id: str) -> None:
        async with self._db.transaction(readonly=True) as conn:
            if await tenants.get_tenant(conn, tenant_id) is None:
                raise NoSuchTenant(tenant_id=tenant_id)


def _roles(roles: Sequence[str]) -> tuple[str, ...]:
    try:
        return known_roles(roles)
    except ValueError as error:
        raise Unprocessable(Violation(("body", "roles"), str(error), "roles")) from None
