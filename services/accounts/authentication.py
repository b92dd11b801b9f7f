"""Authenticates accounts' own callers from its tables, so that what was just made or revoked counts at once.

The rules are the library's; only the facts they judge by are read afresh for every request.
"""

from __future__ import annotations

import binascii
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from libs.auth.authenticator import Authenticator
from libs.auth.key_use import KeyUses
from libs.auth.keys import hash_key, looks_like_key
from libs.auth.presented import Presented
from libs.auth.principal import Principal
from libs.auth.tokens import VerificationKey, verification_key
from libs.contracts import credentials
from libs.contracts.texts import is_printable
from libs.contracts.times import to_ms
from libs.objects.changes import utc_now
from libs.pg.database import Connection, Database
from services.accounts.kinds import key_credential
from services.accounts.model import ACTIVE, User
from services.accounts.store import api_keys, sessions, signing_keys, tenants, users
from services.accounts.store.signing_keys import StoredSigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The issuer, audience and origins that the authenticator accepts."""

    issuer: str
    audience: str
    allowed_origins: frozenset[str]


@dataclass(slots=True)
class _Facts:
    """A `CredentialSource` that knows what one request's credential is about, and nothing else."""

    key: credentials.ApiKey | None = None
    signing_keys: Sequence[StoredSigningKey] = ()
    active_tenant: str | None = None
    user: User | None = None
    session_is_going: bool = False

    def find_key(self, key_hash: str) -> credentials.ApiKey | None:
        return self.key if self.key is not None and self.key.hash == key_hash else None

    def signing_key(self, kid: str) -> VerificationKey | None:
        return next((_verifier(key) for key in self.signing_keys if key.key_id == kid), None)

    def is_active(self, tenant_id: str) -> bool:
        return self.active_tenant == tenant_id

    def is_revoked(self, tenant_id: str, subject: str, session_id: str | None, issued_at: datetime) -> bool:
        user = self.user
        if user is None or (user.tenant_id, str(user.user_id)) != (tenant_id, subject) or user.status != ACTIVE:
            return True
        start = user.tokens_valid_from
        is_early = start is not None and to_ms(issued_at) < to_ms(start)
        return is_early or (session_id is not None and not self.session_is_going)

    async def catch_up(self) -> None:
        """Do nothing: the tables are never behind."""


class TableAuthenticator(Authenticator):
    """`db` has the projector role. Sessions that ended, users that were disabled and revoked keys count at once."""

    def __init__(
        self,
        db: Database,
        rules: Rules,
        *,
        key_uses: KeyUses | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(_Facts(), issuer=rules.issuer, audience=rules.audience, clock=clock)
        self._db = db
        self._rules = rules
        self._uses = key_uses
        self._now = clock

    async def authenticate(self, presented: Presented) -> Principal:
        """Return the caller; raises as the library's authenticator does, and DatabaseUnavailable."""
        judge = Authenticator(
            await self._facts(presented),
            issuer=self._rules.issuer,
            audience=self._rules.audience,
            allowed_origins=self._rules.allowed_origins,
            key_uses=self._uses,
            clock=self._now,
        )
        return await judge.authenticate(presented)

    async def _facts(self, presented: Presented) -> _Facts:
        credential = presented.api_key or presented.bearer or presented.cookie_token
        if credential is None:
            return _Facts()
        async with self._db.transaction(readonly=True) as conn:
            if presented.api_key is not None or looks_like_key(credential):
                return await _key_facts(conn, credential)
            return await self._token_facts(conn, claims_to_look_up(credential))

    async def _token_facts(self, conn: Connection, claims: dict[str, Any]) -> _Facts:
        tenant_id, subject, session = (str(claims.get(name, "")) for name in ("tid", "sub", "sid"))
        tenant = await tenants.get_tenant(conn, tenant_id)
        user_id, session_id = _uuid(subject), _uuid(session)
        return _Facts(
            signing_keys=await signing_keys.list_signing_keys(conn),
            active_tenant=tenant_id if tenant is not None and tenant.status == ACTIVE else None,
            user=None if user_id is None else await users.get_user(conn, tenant_id, user_id),
            session_is_going=session_id is not None
            and await sessions.is_session_going(conn, tenant_id, session_id, at=self._now()),
        )


async def _key_facts(conn: Connection, plain: str) -> _Facts:
    found = await api_keys.find_key(conn, hash_key(plain))
    if found is None:
        return _Facts()
    key, tenant_is_active = found
    return _Facts(key=key_credential(key), active_tenant=key.tenant_id if tenant_is_active else None)


def claims_to_look_up(token: str) -> dict[str, Any]:
    """Return the unverified claims of a token, to look its key up; the authenticator verifies them."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, binascii.Error, ValueError, RecursionError):
        return {}
    # Text that PostgreSQL cannot hold names nobody.
    return {name: value for name, value in claims.items() if isinstance(value, str) and is_printable(value)}


def _verifier(key: StoredSigningKey) -> VerificationKey:
    public = verification_key(key.key_id, key.algorithm, key.public_jwk).public
    return VerificationKey(key.key_id, key.algorithm, public, key.not_before, key.retired_at)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
