"""The credentials that a service knows: an index in memory folded from `waymark.credentials.v1`.

The highest version of each object wins, in whatever order and however often its records come; a tombstone ends it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from libs.auth.tokens import VerificationKey, verification_key
from libs.contracts.credentials import (
    ACTIVE,
    ApiKey,
    CredentialRecord,
    Revocation,
    SigningKey,
    Tenant,
    decode_credential,
    record_key,
)
from libs.contracts.errors import InvalidRecord
from libs.contracts.key_uses import is_key_use
from libs.contracts.times import from_ms, optional_from_ms, to_ms


class CredentialSource(Protocol):
    """Looks credentials up for an authenticator: in the replica, or the tables of the service that owns them."""

    def find_key(self, key_hash: str) -> ApiKey | None:
        """Return the API key with this hash, revoked and expired ones too."""

    def signing_key(self, kid: str) -> VerificationKey | None:
        """Return the public key with this id."""

    def is_active(self, tenant_id: str) -> bool:
        """Return whether the tenant exists and is not suspended."""

    def is_revoked(self, tenant_id: str, subject: str, session_id: str | None, issued_at: datetime) -> bool:
        """Return whether a token of this user and session, issued then, has been revoked."""

    async def catch_up(self) -> None:
        """Return once everything written before the call is known; raises (→ 503) when that is uncertain."""


class CredentialIndex:
    """The state behind `CredentialSource`, without the catching up. `apply` takes records as the replica hands them."""

    def __init__(self) -> None:
        self._records: dict[str, CredentialRecord] = {}
        self._keys_by_hash: dict[str, ApiKey] = {}
        self._signing_keys: dict[str, VerificationKey] = {}

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one record in; None is a tombstone. Raises InvalidRecord and changes nothing when it is not valid.

        Key uses, which earlier releases wrote among the credentials, are passed over.
        """
        if is_key_use(key):
            return
        if value is None:
            self._forget(self._records.pop(key, None))
            return
        record = decode_credential(value)
        if record_key(record) != key:
            raise InvalidRecord(f"key: {key!r} is not the key of its value")
        known = self._records.get(key)
        if known is not None and known.version > record.version:
            return
        verifier = _verifier(record) if isinstance(record, SigningKey) else None
        self._forget(known)
        self._records[key] = record
        if isinstance(record, ApiKey):
            self._keys_by_hash[record.hash] = record
        elif verifier is not None:
            self._signing_keys[verifier.kid] = verifier

    def find_key(self, key_hash: str) -> ApiKey | None:
        return self._keys_by_hash.get(key_hash)

    def signing_key(self, kid: str) -> VerificationKey | None:
        return self._signing_keys.get(kid)

    def is_active(self, tenant_id: str) -> bool:
        tenant = self._records.get(f"tenant:{tenant_id}:{tenant_id}")
        return isinstance(tenant, Tenant) and tenant.status == ACTIVE

    def tenant_ids(self) -> list[str]:
        """Return the tenants that are not suspended, by id."""
        return sorted(r.id for r in self._records.values() if isinstance(r, Tenant) and r.status == ACTIVE)

    def is_revoked(self, tenant_id: str, subject: str, session_id: str | None, issued_at: datetime) -> bool:
        issued_ms = to_ms(issued_at)
        ids = [f"user/{subject}"] if session_id is None else [f"user/{subject}", f"session/{session_id}"]
        revocations = (self._records.get(f"revocation:{tenant_id}:{object_id}") for object_id in ids)
        return any(isinstance(found, Revocation) and issued_ms < found.before_ms for found in revocations)

    def forget_expired(self, now: datetime) -> None:
        """Drop the revocations that no living token can meet any more."""
        now_ms = to_ms(now)
        expired = [k for k, r in self._records.items() if isinstance(r, Revocation) and r.expires_at_ms <= now_ms]
        for key in expired:
            del self._records[key]

    def __len__(self) -> int:
        return len(self._records)

    def _forget(self, record: CredentialRecord | None) -> None:
        if isinstance(record, ApiKey) and self._keys_by_hash.get(record.hash) is record:
            del self._keys_by_hash[record.hash]
        elif isinstance(record, SigningKey):
            self._signing_keys.pop(record.id, None)


def _verifier(record: SigningKey) -> VerificationKey:
    try:
        key = verification_key(record.id, record.algorithm, record.public_jwk)
    except ValueError as error:
        raise InvalidRecord(f"publicJwk: {error}") from None
    retired_at = optional_from_ms(record.retired_at_ms)
    return VerificationKey(key.kid, key.algorithm, key.public, from_ms(record.not_before_ms), retired_at)
