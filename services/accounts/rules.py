"""Changes of tenants, users and API keys, each by its rule and within the caller's change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from libs.auth.keys import NewKey
from libs.auth.principal import ADMIN
from libs.httpkit.errors import require_found
from libs.objects.changes import Change
from services.accounts.errors import EmailTaken, LastAdmin, TenantExists, WrongPassword
from services.accounts.kinds import API_KEYS, TENANTS, TokenKinds
from services.accounts.model import ACTIVE, TICK, KeyDraft, StoredKey, Tenant, User
from services.accounts.reads import existing_key
from services.accounts.store import api_keys, sessions, tenants, users


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """The fields of a user that an admin may change; None leaves a field as it is."""

    name: str | None = None
    roles: tuple[str, ...] | None = None
    status: str | None = None

    def applied_to(self, user: User) -> User:
        """Return the user as it should be."""
        return replace(
            user,
            name=user.name if self.name is None else self.name,
            roles=user.roles if self.roles is None else self.roles,
            status=user.status if self.status is None else self.status,
        )


async def create_tenant(change: Change) -> Tenant:
    """Create the tenant that the change is about (projector role); raises TenantExists."""
    tenant = await tenants.insert_tenant(change.conn, change.tenant_id, at=change.now())
    if tenant is None:
        raise TenantExists(tenant_id=change.tenant_id)
    await change.publish(TENANTS, tenant, "created")
    return tenant


async def create_key(change: Change, new: NewKey, draft: KeyDraft) -> StoredKey:
    """Store a new key; its text exists nowhere else."""
    key = await api_keys.insert_key(
        change.conn,
        change.tenant_id,
        change.new_id(),
        new,
        draft,
        created_by=change.cause.actor.id,
        at=change.now(),
    )
    await change.publish(API_KEYS, key, "created")
    return key


async def revoke_key(change: Change, key_id: uuid.UUID) -> StoredKey:
    """End a key; one that was ended stays as it is. Raises NotFound."""
    key = await api_keys.revoke_key(change.conn, change.tenant_id, key_id, at=change.now())
    if key is not None:
        await change.publish(API_KEYS, key, "revoked")
        return key
    return await existing_key(change.conn, change.tenant_id, key_id)


class UserRules:
    """Changes of users, with the consequences for their sessions and tokens."""

    def __init__(self, kinds: TokenKinds) -> None:
        self.kind = kinds.users
        self._sessions = kinds.sessions

    async def create(self, change: Change, new: users.NewUser) -> User:
        """Create a user; raises EmailTaken."""
        user = await users.insert_user(change.conn, change.tenant_id, change.new_id(), new, at=change.now())
        if user is None:
            raise EmailTaken(email=new.email)
        await change.publish(self.kind, user, "registered")
        return user

    async def update(self, change: Change, user_id: uuid.UUID, wanted: UserChange) -> User:
        """Change a user; raises NotFound, LastAdmin. Tokens that say something else are refused from now on."""
        everybody = await users.lock_users(change.conn, change.tenant_id)
        before = require_found(next((user for user in everybody if user.user_id == user_id), None), "user", user_id)
        after = wanted.applied_to(before)
        if after == before:
            return before
        if _is_admin(before) and not _is_admin(after) and not _others_are_admin(everybody, before):
            raise LastAdmin
        now = change.now()
        if (after.roles, after.status) != (before.roles, before.status):
            after = replace(after, tokens_valid_from=now + TICK)
        user = await users.update_user(change.conn, after, at=now)
        event_id = await change.publish(self.kind, user, "updated")
        if user.status != ACTIVE:
            await self._end_sessions(change.because_of(event_id), user, "disabled")
        return user

    async def set_password(self, change: Change, user: User, *, old_hash: str, new_hash: str) -> None:
        """Set another password: all sessions end and all tokens are refused.

        Raises WrongPassword when the hash of the password is no longer `old_hash`.
        """
        now = change.now()
        changed = await users.set_password_hash(
            change.conn, user, old=old_hash, new=new_hash, at=now, tokens_valid_from=now + TICK
        )
        if changed is None:
            raise WrongPassword
        event_id = await change.publish(self.kind, changed, "password_changed")
        await self._end_sessions(change.because_of(event_id), changed, "password changed")

    async def _end_sessions(self, change: Change, user: User, reason: str) -> None:
        at = change.now()
        ended = await sessions.end_sessions_of_user(change.conn, user.tenant_id, user.user_id, at=at, reason=reason)
        for session in ended:
            await change.publish(self._sessions, session, "ended")


def _is_admin(user: User) -> bool:
    return user.status == ACTIVE and ADMIN in user.roles


def _others_are_admin(everybody: Sequence[User], user: User) -> bool:
    return any(_is_admin(other) and other.user_id != user.user_id for other in everybody)
