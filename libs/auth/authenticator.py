"""Turns presented credentials into a `Principal`, or refuses.

Order: `x-api-key`, bearer (token or key), cookie; the first present decides. A credential nobody knows is refused only
after the source has caught up, so one just made works at once; a source that cannot catch up is a 503, never a 401.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from libs.auth.credentials import CredentialSource
from libs.auth.defaults import DEFAULT_AUDIENCE, DEFAULT_ISSUER
from libs.auth.key_use import KeyUses
from libs.auth.keys import hash_key, looks_like_key, parse
from libs.auth.presented import Presented
from libs.auth.principal import API_KEY, USER, Principal
from libs.auth.tokens import InvalidToken, TokenVerifier, UnknownSigningKey
from libs.contracts.credentials import ApiKey
from libs.contracts.times import to_ms
from libs.httpkit.errors import Forbidden, Unauthenticated, unauthenticated

_NOT_VALID = "the credential is not valid"


class _TenantUnknown(InvalidToken):
    """The token is good, its tenant is not known (yet)."""


class Authenticator:
    """Authenticates for one service. `key_uses`, when given, is told of every accepted key."""

    def __init__(
        self,
        source: CredentialSource,
        *,
        issuer: str = DEFAULT_ISSUER,
        audience: str = DEFAULT_AUDIENCE,
        allowed_origins: frozenset[str] = frozenset(),
        key_uses: KeyUses | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._clock = clock
        self._allowed_origins = allowed_origins
        self._key_uses = key_uses
        self._verifier = TokenVerifier(issuer=issuer, audience=audience, find_key=source.signing_key, clock=clock)
        self._principals: dict[str, tuple[ApiKey, Principal]] = {}

    async def authenticate(self, presented: Presented) -> Principal:
        """Return the caller. Raises 401, 403 for a write by cookie from elsewhere, or what the source's `catch_up`
        raises.
        """
        if presented.api_key is not None:
            return await self._by_key(presented.api_key)
        if presented.bearer is not None:
            by_key = looks_like_key(presented.bearer)
            return await (self._by_key(presented.bearer) if by_key else self._by_token(presented.bearer))
        if presented.cookie_token is None:
            raise unauthenticated("an API key, a bearer token or the login cookie is needed")
        if presented.is_write and not presented.is_same_origin(self._allowed_origins):
            raise Forbidden("a write with the login cookie must come from the same origin")
        return await self._by_token(presented.cookie_token)

    def try_key(self, plain: str) -> Principal | None:
        """Return the principal of a key that is known and valid now: one hash and two look-ups.

        None needs the long way.
        """
        key_hash = hash_key(plain)
        record = self._source.find_key(key_hash)
        if record is None or not self._is_usable(record):
            return None
        cached = self._principals.get(key_hash)
        principal = cached[1] if cached is not None and cached[0] is record else self._remember(key_hash, record)
        if self._key_uses is not None:
            self._key_uses.note(record.tenant_id, record.id, self._clock())
        return principal

    async def _by_key(self, plain: str) -> Principal:
        principal = self.try_key(plain)
        if principal is None and parse(plain) is not None:
            await self._source.catch_up()
            principal = self.try_key(plain)
        if principal is None:
            raise _refused()
        return principal

    async def _by_token(self, token: str) -> Principal:
        try:
            return self._of_token(token)
        except (UnknownSigningKey, _TenantUnknown):
            await self._source.catch_up()
        except InvalidToken:
            raise _refused() from None
        try:
            return self._of_token(token)
        except InvalidToken:
            raise _refused() from None

    def _of_token(self, token: str) -> Principal:
        claims = self._verifier.verify(token)
        if not self._source.is_active(claims.tenant_id):
            raise _TenantUnknown("no such tenant, or suspended")
        if self._source.is_revoked(claims.tenant_id, claims.subject, claims.session_id, claims.issued_at):
            raise InvalidToken("revoked")
        return Principal(
            tenant_id=claims.tenant_id,
            subject=claims.subject,
            roles=claims.roles,
            actor_type=USER,
            email=claims.email,
            scopes=claims.scopes,
            session_id=claims.session_id,
        )

    def _is_usable(self, record: ApiKey) -> bool:
        expired = record.expires_at_ms is not None and record.expires_at_ms <= to_ms(self._clock())
        return record.revoked_at_ms is None and not expired and self._source.is_active(record.tenant_id)

    def _remember(self, key_hash: str, record: ApiKey) -> Principal:
        principal = Principal(
            tenant_id=record.tenant_id,
            subject=record.id,
            roles=frozenset(record.roles),
            actor_type=API_KEY,
            key_id=record.id,
            rate_limit_per_minute=record.rate_limit_per_minute,
        )
        self._principals[key_hash] = (record, principal)
        return principal


def _refused() -> Unauthenticated:
    return unauthenticated(_NOT_VALID)


def check_tenant_header(principal: Principal, header: str | None) -> None:
    """Raise 403 when `X-Tenant-Id` is sent and disagrees with the credential."""
    if header is not None and header != principal.tenant_id:
        raise Forbidden("X-Tenant-Id is not the credential's tenant")


def check_user_email(principal: Principal, header: str | None) -> None:
    """Raise 401 when `user-email` is absent, 403 when it disagrees with the credential."""
    if not header:
        raise unauthenticated("the user-email header is needed")
    if principal.email is None or header.strip().lower() != principal.email.lower():
        raise Forbidden("user-email is not the credential's user")
