"""Every change of a tenant, user or API key: its rule, its row and its records, within the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from libs.auth import keys
from libs.auth.principal import ADMIN
from libs.contracts.events import Cause
from libs.httpkit.errors import not_found
from libs.pg.database import Connection
from services.accounts.errors import EmailTaken, LastAdmin, TenantExists
from services.accounts.model import ACTIVE, KeyDraft, StoredKey, Tenant, User
from services.accounts.publisher import Publisher
from services.accounts.records import (
    TICK,
    Fact,
    key_credential,
    key_json,
    session_fact,
    tenant_credential,
    tenant_json,
    user_json,
    user_revocation,
)
from services.accounts.store import api_keys, sessions, tenants, users

OutboxIds = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What an admin may change of a user; None leaves a field as it is."""

    name: str | None = None
    roles: tuple[str, ...] | None = None
    status: str | None = None


class Changes:
    """The changes. `token_lifetime` is how long a token that was just issued can live on."""

    def __init__(self, publisher: Publisher, *, token_lifetime: timedelta) -> None:
        self._publisher = publisher
        self._token_lifetime = token_lifetime

    async def create_tenant(self, conn: Connection, tenant_id: str, cause: Cause) -> tuple[Tenant, OutboxIds]:
        """A new tenant (projector role); raises TenantExists."""
        tenant = await tenants.insert_tenant(conn, tenant_id, at=self._publisher.now())
        if tenant is None:
            raise TenantExists(tenant_id)
        fact = Fact(
            resource_type="tenant",
            tenant_id=tenant_id,
            resource_id=tenant_id,
            happened="created",
            payload=tenant_json(tenant),
        )
        return tenant, await self._publisher.tell(conn, fact, cause, tenant_credential(tenant))

    async def create_user(
        self, conn: Connection, tenant_id: str, new: users.NewUser, cause: Cause
    ) -> tuple[User, OutboxIds]:
        """A new user; raises EmailTaken."""
        user_id = self._publisher.new_id()
        user = await users.insert_user(conn, tenant_id, user_id, new, at=self._publisher.now())
        if user is None:
            raise EmailTaken(new.email)
        return user, await self._publisher.tell(conn, _user_fact(user, "registered"), cause)

    async def change_user(
        self, conn: Connection, tenant_id: str, user_id: uuid.UUID, change: UserChange, cause: Cause
    ) -> tuple[User, OutboxIds]:
        """The user, changed; raises NotFound, LastAdmin. Tokens that say something else are refused from now on."""
        everybody = await users.lock_users(conn, tenant_id)
        user = next((user for user in everybody if user.user_id == user_id), None)
        if user is None:
            raise not_found("user", str(user_id))
        wanted = replace(
            user,
            name=user.name if change.name is None else change.name,
            roles=user.roles if change.roles is None else change.roles,
            status=user.status if change.status is None else change.status,
        )
        if wanted == user:
            return user, ()
        if _is_admin(user) and not _is_admin(wanted) and not _others_are_admin(everybody, user):
            raise LastAdmin
        outdated = (wanted.roles, wanted.status) != (user.roles, user.status)
        return await self._update_user(conn, wanted, cause, refuse_tokens=outdated)

    async def _update_user(
        self, conn: Connection, wanted: User, cause: Cause, *, refuse_tokens: bool
    ) -> tuple[User, OutboxIds]:
        now = self._publisher.now()
        if refuse_tokens:
            wanted = replace(wanted, tokens_valid_from=now + TICK)
        user = await users.update_user(conn, wanted, at=now)
        revocation = user_revocation(user, self._token_lifetime) if refuse_tokens else None
        event_id = str(self._publisher.new_id())
        told = await self._publisher.tell(conn, _user_fact(user, "updated"), cause, revocation, event_id=event_id)
        if user.status != ACTIVE:
            told += await self._end_sessions(conn, user, "disabled", replace(cause, causation_id=event_id))
        return user, told

    async def set_password(
        self, conn: Connection, user: User, *, old_hash: str, new_hash: str, cause: Cause
    ) -> OutboxIds | None:
        """Another password: all sessions end and all tokens are refused. None when the old hash is no longer theirs."""
        now = self._publisher.now()
        changed = await users.set_password_hash(
            conn, user, old=old_hash, new=new_hash, at=now, tokens_valid_from=now + TICK
        )
        if changed is None:
            return None
        revocation, event_id = user_revocation(changed, self._token_lifetime), str(self._publisher.new_id())
        fact = _user_fact(changed, "password_changed")
        told = await self._publisher.tell(conn, fact, cause, revocation, event_id=event_id)
        return told + await self._end_sessions(conn, changed, "password changed", replace(cause, causation_id=event_id))

    async def _end_sessions(self, conn: Connection, user: User, reason: str, cause: Cause) -> OutboxIds:
        """End all of the user's sessions; their tokens are refused by the user's own revocation."""
        told: OutboxIds = ()
        now = self._publisher.now()
        ended = await sessions.end_sessions_of_user(conn, user.tenant_id, user.user_id, at=now, reason=reason)
        for session_id in ended:
            fact = session_fact(user.tenant_id, session_id, user.user_id, "ended", reason=reason)
            told += await self._publisher.tell(conn, fact, cause)
        return told

    async def create_key(
        self, conn: Connection, tenant_id: str, draft: KeyDraft, cause: Cause
    ) -> tuple[StoredKey, str, OutboxIds]:
        """A new key as stored, and its text, which exists nowhere else."""
        new = keys.generate()
        key = await api_keys.insert_key(
            conn,
            tenant_id,
            self._publisher.new_id(),
            api_keys.KeySecret(prefix=new.prefix, hash=new.hash),
            draft,
            created_by=cause.actor.id,
            at=self._publisher.now(),
        )
        return key, new.plain, await self._publisher.tell(conn, _key_fact(key, "created"), cause, key_credential(key))

    async def revoke_key(
        self, conn: Connection, tenant_id: str, key_id: uuid.UUID, cause: Cause
    ) -> tuple[StoredKey, OutboxIds]:
        """The key, ended; one that was stays as it is. Raises NotFound."""
        key = await api_keys.revoke_key(conn, tenant_id, key_id, at=self._publisher.now())
        if key is not None:
            return key, await self._publisher.tell(conn, _key_fact(key, "revoked"), cause, key_credential(key))
        known = await api_keys.get_key(conn, tenant_id, key_id)
        if known is None:
            raise not_found("API key", str(key_id))
        return known, ()


def _user_fact(user: User, happened: str) -> Fact:
    return Fact(
        resource_type="user",
        tenant_id=user.tenant_id,
        resource_id=str(user.user_id),
        happened=happened,
        payload=user_json(user),
    )


def _key_fact(key: StoredKey, happened: str) -> Fact:
    return Fact(
        resource_type="api_key",
        tenant_id=key.tenant_id,
        resource_id=str(key.key_id),
        happened=happened,
        payload=key_json(key),
    )


def _is_admin(user: User) -> bool:
    return user.status == ACTIVE and ADMIN in user.roles


def _others_are_admin(everybody: Sequence[User], user: User) -> bool:
    return any(_is_admin(other) and other.user_id != user.user_id for other in everybody)
