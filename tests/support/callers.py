"""Callers for tests: users with tokens, and keys, of two tenants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from libs.auth.defaults import DEFAULT_AUDIENCE, DEFAULT_ISSUER
from libs.auth.tokens import Claims, generate_signing_key, issue
from libs.contracts.credentials import SigningKey, Tenant
from libs.eventlog.port import EventLog
from tests.support.gateway.records import api_key, publish_credentials

ROLES = ("viewer", "editor", "admin")
_SIGNER = generate_signing_key("test-1")


@dataclass(frozen=True, slots=True)
class Callers:
    """Keys and tokens by (tenant, role) of the tenants `acme` and `other`."""

    keys: dict[tuple[str, str], str]
    tokens: dict[tuple[str, str], str]

    def user(self, role: str = "editor", tenant_id: str = "acme") -> dict[str, str]:
        """The headers of a user of a role."""
        token = self.tokens[tenant_id, role]
        return {"authorization": f"Bearer {token}", "user-email": email_of(role, tenant_id)}

    def key(self, role: str = "editor", tenant_id: str = "acme") -> dict[str, str]:
        """The headers of a key of a role."""
        return {"x-api-key": self.keys[tenant_id, role]}


def email_of(role: str, tenant_id: str = "acme") -> str:
    """The e-mail of a tenant's user of a role."""
    return f"{role}@{tenant_id}.example"


async def publish_callers(log: EventLog) -> Callers:
    """Make both tenants with a user and a key of each role, in the log."""
    signer = SigningKey(
        id=_SIGNER.kid, version=1, algorithm=_SIGNER.algorithm, public_jwk=_SIGNER.public_jwk(), not_before_ms=0
    )
    callers = Callers({}, {})
    for tenant_id in ("acme", "other"):
        await publish_credentials(log, signer, Tenant(tenant_id=tenant_id, version=1))
        for role in ROLES:
            callers.keys[tenant_id, role], record = api_key(tenant_id, role)
            callers.tokens[tenant_id, role] = _token(tenant_id, role)
            await publish_credentials(log, record)
    return callers


def _token(tenant_id: str, role: str) -> str:
    now = datetime.now(UTC)
    claims = Claims(
        tenant_id=tenant_id,
        subject=f"{tenant_id}-{role}",
        email=email_of(role, tenant_id),
        roles=frozenset((role,)),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return issue(_SIGNER, claims, issuer=DEFAULT_ISSUER, audience=DEFAULT_AUDIENCE)
