"""The wire shapes of `waymark.credentials.v1`: what every service must know to tell who is asking.

Only hashes and public keys travel here. Every record carries its object's version and a reader keeps the highest it
has seen; the topic is compacted, so the latest record of each key is all there is.
"""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.envelope import Headers
from libs.contracts.latest import encode_latest
from libs.contracts.topics import object_key
from libs.contracts.values import decode_value

CHANGED = "waymark.credentials.changed.v1"
ACTIVE = "active"
SUSPENDED = "suspended"
PLATFORM_TENANT = "waymark"
"""Stands where a record's tenant would, in what belongs to the installation: signing keys, the passing of time."""


class Tenant(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="tenant"):
    """A tenant, by its slug. Credentials of a tenant that is not `active` are refused."""

    tenant_id: str
    version: int
    status: str = ACTIVE

    @property
    def id(self) -> str:
        """The object's id within its tenant."""
        return self.tenant_id


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="api_key"):
    """An API key without the key: `hash` is the SHA-256 of its text in lower-case hex. Times in ms since the epoch."""

    tenant_id: str
    id: str
    version: int
    hash: str
    prefix: str
    label: str
    roles: tuple[str, ...]
    expires_at_ms: int | None = None
    revoked_at_ms: int | None = None
    rate_limit_per_minute: int | None = None


class SigningKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="signing_key"):
    """The public half of a key that signs tokens, as a JWK, with the one algorithm it may be used with."""

    id: str
    version: int
    algorithm: str
    public_jwk: dict[str, Any]
    not_before_ms: int
    retired_at_ms: int | None = None
    tenant_id: str = PLATFORM_TENANT


class Revocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="revocation"):
    """Tokens of a `user` or a `session` (`scope`, its id in `subject`) issued before `before_ms` are refused.

    `expires_at_ms` is when the last such token would have expired by itself; a reader may forget the record then.
    """

    tenant_id: str
    scope: str
    subject: str
    version: int
    before_ms: int
    expires_at_ms: int

    @property
    def id(self) -> str:
        """The object's id within its tenant."""
        return f"{self.scope}/{self.subject}"


CredentialRecord = Tenant | ApiKey | SigningKey | Revocation

_decoder: msgspec.json.Decoder[CredentialRecord] = msgspec.json.Decoder(CredentialRecord)


def kind_of(record: CredentialRecord) -> str:
    """Return the record's kind: `tenant`, `api_key`, `signing_key` or `revocation`."""
    return str(record.__struct_config__.tag)


def record_key(record: CredentialRecord) -> str:
    """Return the record's key in the log: `<kind>:<tenant>:<id>`."""
    return object_key(kind_of(record), record.tenant_id, record.id)


def encode_credential(record: CredentialRecord, *, timestamp_ms: int) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a credential record."""
    kind = kind_of(record)
    return encode_latest(record, kind, record_type=CHANGED, source="credentials", timestamp_ms=timestamp_ms)


def decode_credential(value: bytes) -> CredentialRecord:
    """Return the credential record of a value; InvalidRecord says what is wrong with it."""
    return decode_value(_decoder.decode, value)
