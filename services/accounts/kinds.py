"""Accounts' objects: their events, and the credential records that every service reads.

Nothing secret goes there: no key, no password, no private half, and of a key and a refresh token not more than a hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from libs.contracts import credentials
from libs.contracts.credentials import PLATFORM_TENANT
from libs.contracts.paths import ACCOUNTS
from libs.contracts.times import format_time, format_time_if_any, to_ms, to_ms_if_any
from libs.objects.kinds import CREDENTIAL_RECORDS, Latest, ObjectId, ObjectKind
from libs.pg.database import Connection
from services.accounts.model import TICK, StoredKey, Tenant, User
from services.accounts.store.api_keys import every_key, lock_key, take_up_keys
from services.accounts.store.sessions import Session, every_ended_session, take_up_ended_sessions
from services.accounts.store.signing_keys import (
    StoredSigningKey,
    every_signing_key,
    lock_signing_key,
    take_up_signing_keys,
)
from services.accounts.store.tenants import every_tenant, lock_tenant, take_up_tenants
from services.accounts.store.users import every_user_with_refused_tokens, lock_user, take_up_refused_tokens

USER, SESSION = "user", "session"
"""The scopes of revocations."""


def tenant_json(tenant: Tenant) -> dict[str, Any]:
    """Return a tenant as its events show it."""
    return {"tenantId": tenant.tenant_id, "status": tenant.status, "createdAt": format_time(tenant.created_at)}


def user_json(user: User) -> dict[str, Any]:
    """Return a user as the API and the user's events show it."""
    return {
        "userId": str(user.user_id),
        "tenantId": user.tenant_id,
        "email": user.email,
        "name": user.name,
        "roles": list(user.roles),
        "status": user.status,
        "createdAt": format_time(user.created_at),
    }


def key_json(key: StoredKey) -> dict[str, Any]:
    """Return a key as the API's lists and the key's events show it."""
    return {
        "id": str(key.key_id),
        "prefix": key.prefix,
        "label": key.label,
        "roles": list(key.roles),
        "rateLimitPerMinute": key.rate_limit_per_minute,
        "createdAt": format_time(key.created_at),
        "createdBy": key.created_by,
        "expiresAt": format_time_if_any(key.expires_at),
        "lastUsedAt": format_time_if_any(key.last_used_at),
        "revokedAt": format_time_if_any(key.revoked_at),
    }


def session_json(session: Session) -> dict[str, Any]:
    """Return a session as its events show it."""
    reason = {} if session.end_reason is None else {"reason": session.end_reason}
    return {"userId": str(session.user_id), **reason}


def tenant_credential(tenant: Tenant) -> credentials.Tenant:
    """Return what every service must know of a tenant."""
    return credentials.Tenant(tenant_id=tenant.tenant_id, version=tenant.version, status=tenant.status)


def key_credential(key: StoredKey) -> credentials.ApiKey:
    """Return what every service must know of an API key."""
    return credentials.ApiKey(
        tenant_id=key.tenant_id,
        id=str(key.key_id),
        version=key.version,
        hash=key.hash,
        prefix=key.prefix,
        label=key.label,
        roles=key.roles,
        expires_at_ms=to_ms_if_any(key.expires_at),
        revoked_at_ms=to_ms_if_any(key.revoked_at),
        rate_limit_per_minute=key.rate_limit_per_minute,
    )


def signing_key_credential(key: StoredSigningKey) -> credentials.SigningKey:
    """Return what every service must know of a signing key: its public half."""
    return credentials.SigningKey(
        id=key.key_id,
        version=key.version,
        algorithm=key.algorithm,
        public_jwk=key.public_jwk,
        not_before_ms=to_ms(key.not_before),
        retired_at_ms=to_ms_if_any(key.retired_at),
    )


def user_revocation(user: User, token_lifetime: timedelta) -> credentials.Revocation | None:
    """Return what every service must know when tokens of a user issued before `tokens_valid_from` are refused."""
    if user.tokens_valid_from is None:
        return None
    return _revocation(user.tenant_id, USER, str(user.user_id), user.tokens_valid_from, token_lifetime)


def session_revocation(session: Session, token_lifetime: timedelta) -> credentials.Revocation | None:
    """Return what every service must know when a session is over: none of its tokens is good any more."""
    if session.ended_at is None:
        return None
    before = session.ended_at + TICK
    return _revocation(session.tenant_id, SESSION, str(session.session_id), before, token_lifetime)


def _revocation(
    tenant_id: str, scope: str, subject: str, before: datetime, token_lifetime: timedelta
) -> credentials.Revocation:
    return credentials.Revocation(
        tenant_id=tenant_id,
        scope=scope,
        subject=subject,
        version=to_ms(before),
        before_ms=to_ms(before),
        expires_at_ms=to_ms(before + token_lifetime),
    )


def _is_revocation(record: credentials.CredentialRecord, *, scope: str) -> bool:
    return isinstance(record, credentials.Revocation) and record.scope == scope


async def _as_it_ended(_: Connection, session: Session) -> Session:
    """Return the session: one that ended never changes."""
    return session


TENANTS: ObjectKind[Tenant] = ObjectKind(
    service=ACCOUNTS,
    name="tenant",
    identify=lambda tenant: ObjectId(tenant.tenant_id, tenant.tenant_id),
    payload=tenant_json,
    latest=Latest(
        CREDENTIAL_RECORDS,
        tenant_credential,
        holds=lambda record: isinstance(record, credentials.Tenant),
        every=every_tenant,
        lock=lock_tenant,
        take_up=take_up_tenants,
    ),
)
API_KEYS: ObjectKind[StoredKey] = ObjectKind(
    service=ACCOUNTS,
    name="api_key",
    identify=lambda key: ObjectId(key.tenant_id, str(key.key_id)),
    payload=key_json,
    latest=Latest(
        CREDENTIAL_RECORDS,
        key_credential,
        holds=lambda record: isinstance(record, credentials.ApiKey),
        every=every_key,
        lock=lock_key,
        take_up=take_up_keys,
    ),
)
SIGNING_KEYS: ObjectKind[StoredSigningKey] = ObjectKind(
    service=ACCOUNTS,
    name="signing_key",
    identify=lambda key: ObjectId(PLATFORM_TENANT, key.key_id),
    payload=lambda key: {"id": key.key_id, "algorithm": key.algorithm},
    latest=Latest(
        CREDENTIAL_RECORDS,
        signing_key_credential,
        holds=lambda record: isinstance(record, credentials.SigningKey),
        every=every_signing_key,
        lock=lock_signing_key,
        take_up=take_up_signing_keys,
    ),
)


@dataclass(frozen=True, slots=True)
class TokenKinds:
    """The kinds of objects that tokens are issued for: a change may have every service refuse those issued before."""

    users: ObjectKind[User]
    sessions: ObjectKind[Session]


def token_kinds(token_lifetime: timedelta) -> TokenKinds:
    """Make the kinds for tokens that live for `token_lifetime`; revocations from longer ago concern nobody."""
    revoked_user = partial(user_revocation, token_lifetime=token_lifetime)
    revoked_session = partial(session_revocation, token_lifetime=token_lifetime)
    users = partial(every_user_with_refused_tokens, since=token_lifetime)
    sessions = partial(every_ended_session, since=token_lifetime)
    return TokenKinds(
        users=ObjectKind(
            service=ACCOUNTS,
            name="user",
            identify=lambda user: ObjectId(user.tenant_id, str(user.user_id)),
            payload=user_json,
            latest=Latest(
                CREDENTIAL_RECORDS,
                revoked_user,
                holds=partial(_is_revocation, scope=USER),
                every=users,
                lock=lock_user,
                take_up=take_up_refused_tokens,
            ),
        ),
        sessions=ObjectKind(
            service=ACCOUNTS,
            name="session",
            identify=lambda session: ObjectId(session.tenant_id, str(session.session_id)),
            payload=session_json,
            latest=Latest(
                CREDENTIAL_RECORDS,
                revoked_session,
                holds=partial(_is_revocation, scope=SESSION),
                every=sessions,
                lock=_as_it_ended,
                take_up=take_up_ended_sessions,
            ),
        ),
    )


def every_kind(tokens: TokenKinds) -> tuple[ObjectKind[Any], ...]:
    """Return the kinds of all objects of accounts."""
    return (TENANTS, API_KEYS, SIGNING_KEYS, tokens.users, tokens.sessions)
