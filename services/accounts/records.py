"""What the log learns of accounts' objects: platform events, and the credential records every service reads.

Nothing secret goes there: no key, no password, no private half, and of a key and a refresh token not more than a hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts import credentials
from libs.contracts.credentials import CredentialRecord, encode_credential
from libs.contracts.events import Cause, PlatformEvent, encode_platform_event
from libs.contracts.times import format_time, to_ms
from libs.contracts.topics import CREDENTIALS, EVENTS
from libs.eventlog.port import Record
from services.accounts.model import StoredKey, Tenant, User
from services.accounts.store.sessions import Session
from services.accounts.store.signing_keys import StoredSigningKey

SERVICE = "accounts"
TICK = timedelta(milliseconds=1)
"""Tokens say when they were issued in whole milliseconds: those of the present one are refused by a time one later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to an object: `tenant.created` is `created` happening to a `tenant`."""

    resource_type: str
    tenant_id: str
    resource_id: str
    happened: str
    payload: dict[str, Any]


def event_record(fact: Fact, cause: Cause, *, event_id: str, timestamp_ms: int) -> Record:
    """The platform event of a fact, as a record of the log."""
    event = PlatformEvent(
        id=event_id,
        type=f"{fact.resource_type}.{fact.happened}",
        tenant_id=fact.tenant_id,
        resource_type=fact.resource_type,
        resource_id=fact.resource_id,
        actor=cause.actor,
        occurred_at_ms=timestamp_ms,
        payload=fact.payload,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
    )
    key, value, headers = encode_platform_event(event, service=SERVICE)
    return Record(EVENTS.name, key, value, headers, timestamp_ms)


def session_fact(tenant_id: str, session_id: UUID, user_id: UUID, happened: str, **payload: str) -> Fact:
    """Something that happened to a session of a user."""
    return Fact(
        resource_type="session",
        tenant_id=tenant_id,
        resource_id=str(session_id),
        happened=happened,
        payload={"userId": str(user_id), **payload},
    )


def credential_record(record: CredentialRecord, *, timestamp_ms: int) -> Record:
    """A credential record as a record of the log."""
    key, value, headers = encode_credential(record, timestamp_ms=timestamp_ms)
    return Record(CREDENTIALS.name, key, value, headers, timestamp_ms)


def tenant_credential(tenant: Tenant) -> credentials.Tenant:
    """What every service must know of a tenant."""
    return credentials.Tenant(tenant_id=tenant.tenant_id, version=tenant.version, status=tenant.status)


def key_credential(key: StoredKey) -> credentials.ApiKey:
    """What every service must know of an API key."""
    return credentials.ApiKey(
        tenant_id=key.tenant_id,
        id=str(key.key_id),
        version=key.version,
        hash=key.hash,
        prefix=key.prefix,
        label=key.label,
        roles=key.roles,
        expires_at_ms=None if key.expires_at is None else to_ms(key.expires_at),
        revoked_at_ms=None if key.revoked_at is None else to_ms(key.revoked_at),
        rate_limit_per_minute=key.rate_limit_per_minute,
    )


def signing_key_credential(key: StoredSigningKey) -> credentials.SigningKey:
    """What every service must know of a signing key: its public half."""
    return credentials.SigningKey(
        id=key.key_id,
        version=key.version,
        algorithm=key.algorithm,
        public_jwk=key.public_jwk,
        not_before_ms=to_ms(key.not_before),
        retired_at_ms=None if key.retired_at is None else to_ms(key.retired_at),
    )


def user_revocation(user: User, token_lifetime: timedelta) -> credentials.Revocation | None:
    """What every service must know when tokens of a user are refused: those issued before `tokens_valid_from`."""
    if user.tokens_valid_from is None:
        return None
    return _revocation(user.tenant_id, "user", str(user.user_id), user.tokens_valid_from, token_lifetime)


def session_revocation(session: Session, token_lifetime: timedelta) -> credentials.Revocation | None:
    """What every service must know when a session is over: none of its tokens is good any more."""
    if session.ended_at is None:
        return None
    before = session.ended_at + TICK
    return _revocation(session.tenant_id, "session", str(session.session_id), before, token_lifetime)


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


def tenant_json(tenant: Tenant) -> dict[str, Any]:
    """A tenant as its events show it."""
    return {"tenantId": tenant.tenant_id, "status": tenant.status, "createdAt": format_time(tenant.created_at)}


def user_json(user: User) -> dict[str, Any]:
    """A user as the API and the user's events show it."""
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
    """A key as the API's lists and the key's events show it."""
    return {
        "id": str(key.key_id),
        "prefix": key.prefix,
        "label": key.label,
        "roles": list(key.roles),
        "rateLimitPerMinute": key.rate_limit_per_minute,
        "createdAt": format_time(key.created_at),
        "createdBy": key.created_by,
        "expiresAt": None if key.expires_at is None else format_time(key.expires_at),
        "lastUsedAt": None if key.last_used_at is None else format_time(key.last_used_at),
        "revokedAt": None if key.revoked_at is None else format_time(key.revoked_at),
    }
