"""JSON Web Tokens of ours: signed with one key, verified with the one algorithm that key is for, nothing optional.

Whatever is wrong with a token raises `InvalidToken`; its reason is for logs and tests, callers only hear "not valid".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from libs.auth.principal import ROLES

EDDSA: Final = "EdDSA"
ES256: Final = "ES256"
ALGORITHMS = (EDDSA, ES256)
MAX_TOKEN_LENGTH = 4096
LEEWAY_S = 5.0
MAX_LIFETIME = timedelta(days=30)
_REQUIRED = ("exp", "iat", "aud", "iss", "sub", "tid", "roles", "email")
_HEADER_FIELDS = frozenset(("alg", "kid", "typ"))

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


class InvalidToken(Exception):
    """The token is not to be trusted; the message says why, for logs."""


class UnknownSigningKey(InvalidToken):
    """No key of this id is known (yet): worth a second look once the replica has caught up."""


@dataclass(frozen=True, slots=True)
class SigningKeyPair:
    """A private key with its id and the one algorithm it signs with."""

    kid: str
    algorithm: str
    private: PrivateKey = field(repr=False)

    def public_jwk(self) -> dict[str, Any]:
        """Return the public half as a JWK with `kid`, `alg` and `use`."""
        return public_jwk(self.kid, self.algorithm, self.private.public_key())


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key with its id and the one algorithm it may verify. Not valid before or after the given times."""

    kid: str
    algorithm: str
    public: PublicKey
    not_before: datetime | None = None
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a token. `roles` may name only known ones; `session_id` is `sid`."""

    tenant_id: str
    subject: str
    email: str
    roles: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    session_id: str | None = None
    scopes: frozenset[str] = frozenset()


def generate_signing_key(kid: str, algorithm: str = EDDSA) -> SigningKeyPair:
    """Return a new key pair; ValueError for an algorithm we do not use."""
    if algorithm == EDDSA:
        return SigningKeyPair(kid, algorithm, ed25519.Ed25519PrivateKey.generate())
    if algorithm == ES256:
        return SigningKeyPair(kid, algorithm, ec.generate_private_key(ec.SECP256R1()))
    raise ValueError(f"unknown algorithm {algorithm!r}")


def public_jwk(kid: str, algorithm: str, public: PublicKey) -> dict[str, Any]:
    """Return a public key as a JWK."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    else:
        jwk = ECAlgorithm.to_jwk(public, as_dict=True)
    return {**jwk, "kid": kid, "alg": algorithm, "use": "sig"}


def verification_key(kid: str, algorithm: str, jwk: Mapping[str, Any]) -> VerificationKey:
    """Return the key of a public JWK.

    ValueError when key and algorithm do not belong together or the JWK is private.
    """
    if "d" in jwk:
        raise ValueError("the JWK holds a private key")
    try:
        public = (OKPAlgorithm if algorithm == EDDSA else ECAlgorithm).from_jwk(dict(jwk))
    except jwt.InvalidKeyError as error:
        raise ValueError(f"not a JWK for {algorithm}: {error}") from None
    if algorithm == EDDSA and isinstance(public, ed25519.Ed25519PublicKey):
        return VerificationKey(kid, algorithm, public)
    if algorithm == ES256 and isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp256r1":
        return VerificationKey(kid, algorithm, public)
    raise ValueError(f"the JWK is not for {algorithm}")


def jwks(keys: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return a JWK set of public JWKs."""
    return {"keys": keys}


def issue(key: SigningKeyPair, claims: Claims, *, issuer: str, audience: str) -> str:
    """Return a signed token.

    `iat` keeps milliseconds, so that a revocation and a new login in one second do not collide.
    """
    payload: dict[str, Any] = {
        "iss": issuer,
        "aud": audience,
        "iat": round(claims.issued_at.timestamp(), 3),
        "exp": math.ceil(claims.expires_at.timestamp()),
        "sub": claims.subject,
        "tid": claims.tenant_id,
        "roles": sorted(claims.roles),
        "email": claims.email,
    }
    if claims.session_id is not None:
        payload["sid"] = claims.session_id
    if claims.scopes:
        payload["scope"] = " ".join(sorted(claims.scopes))
    return jwt.encode(payload, key.private, algorithm=key.algorithm, headers={"kid": key.kid})


class TokenVerifier:
    """Verifies tokens of one issuer for one audience with the keys that `find_key` knows by id."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        find_key: Callable[[str], VerificationKey | None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._find_key = find_key
        self._clock = clock

    def verify(self, token: str) -> Claims:
        """Return the claims of a valid token.

        InvalidToken otherwise, UnknownSigningKey when only its key is missing.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken("too long")
        now = self._clock()
        key = self._key_of(token, now)
        try:
            payload = jwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": list(_REQUIRED),
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise InvalidToken(f"{type(error).__name__}: {error}") from None
        return _checked(payload, now)

    def _key_of(self, token: str, now: datetime) -> VerificationKey:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise InvalidToken(f"header: {error}") from None
        kid = header.get("kid")
        if set(header) - _HEADER_FIELDS or header.get("typ", "JWT") != "JWT" or not isinstance(kid, str):
            raise InvalidToken("header: only alg, kid and typ JWT are taken, and kid must be there")
        if header.get("alg") not in ALGORITHMS:
            raise InvalidToken("header: algorithm not taken")
        key = self._find_key(kid)
        if key is None:
            raise UnknownSigningKey(f"no signing key {kid[:64]!r}")
        if header["alg"] != key.algorithm:
            raise InvalidToken("header: not the key's algorithm")
        leeway = timedelta(seconds=LEEWAY_S)
        if (key.not_before and now + leeway < key.not_before) or (key.retired_at and now >= key.retired_at):
            raise InvalidToken("the signing key is not in use now")
        return key


def _checked(payload: dict[str, Any], now: datetime) -> Claims:
    issued_at, expires_at = _instant(payload, "iat"), _instant(payload, "exp")
    if issued_at > now + timedelta(seconds=LEEWAY_S):
        raise InvalidToken("issued in the future")
    if expires_at <= now:
        raise InvalidToken("expired")
    if not timedelta() < expires_at - issued_at <= MAX_LIFETIME:
        raise InvalidToken("lifetime out of range")
    if "nbf" in payload and _instant(payload, "nbf") > now + timedelta(seconds=LEEWAY_S):
        raise InvalidToken("not valid yet")
    roles = payload["roles"]
    if not isinstance(roles, list) or not all(role in ROLES for role in roles):
        raise InvalidToken("roles: not a list of known roles")
    return Claims(
        tenant_id=_text(payload, "tid"),
        subject=_text(payload, "sub"),
        email=_text(payload, "email"),
        roles=frozenset(roles),
        issued_at=issued_at,
        expires_at=expires_at,
        session_id=_text(payload, "sid") if "sid" in payload else None,
        scopes=frozenset(_text(payload, "scope").split()) if "scope" in payload else frozenset(),
    )


def _text(payload: dict[str, Any], name: str) -> str:
    value = payload[name]
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"{name}: not a text")
    return value


def _instant(payload: dict[str, Any], name: str) -> datetime:
    value = payload[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(f"{name}: not a number")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise InvalidToken(f"{name}: out of range") from None
