"""Forged, mangled and merely old tokens: every one is refused, for the reason it should be."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from libs.auth.tokens import (
    EDDSA,
    ES256,
    Claims,
    InvalidToken,
    SigningKeyPair,
    TokenVerifier,
    UnknownSigningKey,
    VerificationKey,
    generate_signing_key,
    issue,
    verification_key,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ED = generate_signing_key("ed-1", EDDSA)
EC = generate_signing_key("ec-1", ES256)
RETIRED = generate_signing_key("old-1", EDDSA)
FUTURE = generate_signing_key("new-1", EDDSA)
STRANGER = generate_signing_key("ed-1", EDDSA)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)

CLAIMS = Claims(
    tenant_id="default",
    subject="user-1",
    email="ann@example.com",
    roles=frozenset({"editor"}),
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
    session_id="s-1",
)
PAYLOAD: dict[str, Any] = {
    "iss": "waymark",
    "aud": "waymark",
    "iat": NOW.timestamp(),
    "exp": NOW.timestamp() + 900,
    "sub": "user-1",
    "tid": "default",
    "roles": ["editor"],
    "email": "ann@example.com",
}


def _key(pair: SigningKeyPair) -> VerificationKey:
    return verification_key(pair.kid, pair.algorithm, pair.public_jwk())


KEYS = {
    "ed-1": _key(ED),
    "ec-1": _key(EC),
    "old-1": dataclasses.replace(_key(RETIRED), retired_at=NOW - timedelta(seconds=1)),
    "new-1": dataclasses.replace(_key(FUTURE), not_before=NOW + timedelta(hours=1)),
}


def verifier(now: datetime = NOW) -> TokenVerifier:
    return TokenVerifier(issuer="waymark", audience="waymark", find_key=KEYS.get, clock=lambda: now)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed(pair: SigningKeyPair = ED, header: dict[str, Any] | None = None, **changes: Any) -> str:
    payload = {name: value for name, value in {**PAYLOAD, **changes}.items() if value is not ...}
    return jwt.encode(payload, pair.private, algorithm=pair.algorithm, headers={"kid": pair.kid, **(header or {})})


def _hand_made(header: dict[str, Any], sign: Callable[[bytes], bytes], payload: Any = None) -> str:
    body = json.dumps(PAYLOAD if payload is None else payload).encode()
    signed = f"{_b64(json.dumps(header).encode())}.{_b64(body)}"
    return f"{signed}.{_b64(sign(signed.encode()))}"


def _public_bytes(form: serialization.Encoding) -> bytes:
    shape = (
        serialization.PublicFormat.Raw
        if form is serialization.Encoding.Raw
        else serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return ED.private.public_key().public_bytes(form, shape)


def _hmac_with(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda data: hmac.new(secret, data, hashlib.sha256).digest()


def _ed_sign(data: bytes) -> bytes:
    assert isinstance(ED.private, ed25519.Ed25519PrivateKey)
    return ED.private.sign(data)


def _swapped_payload() -> str:
    head, _, signature = _signed().split(".")
    return f"{head}.{_b64(json.dumps({**PAYLOAD, 'roles': ['admin']}).encode())}.{signature}"


def _nothing(_: bytes) -> bytes:
    return b""


FORGERIES: dict[str, str] = {
    "empty": "",
    "no token": "not a token",
    "two parts": ".".join(_signed().split(".")[:2]),
    "five parts": _signed() + ".a.b",
    "alg none": _hand_made({"alg": "none", "typ": "JWT", "kid": "ed-1"}, _nothing),
    "alg None": _hand_made({"alg": "None", "kid": "ed-1"}, _nothing),
    "alg nOnE with a signature": _hand_made({"alg": "nOnE", "kid": "ed-1"}, lambda _: b"x" * 64),
    "no alg": _hand_made({"kid": "ed-1"}, _nothing),
    "alg a list": _hand_made({"alg": ["EdDSA"], "kid": "ed-1"}, _nothing),
    "hmac with the public PEM": _hand_made(
        {"alg": "HS256", "kid": "ed-1"}, _hmac_with(_public_bytes(serialization.Encoding.PEM))
    ),
    "hmac with the raw public key": _hand_made(
        {"alg": "HS256", "kid": "ed-1"}, _hmac_with(_public_bytes(serialization.Encoding.Raw))
    ),
    "hmac with an empty secret": _hand_made({"alg": "HS256", "kid": "ed-1"}, _hmac_with(b"")),
    "rsa under an ed kid": jwt.encode(PAYLOAD, RSA, algorithm="RS256", headers={"kid": "ed-1"}),
    "ec token under an ed kid": _signed(EC, {"kid": "ed-1"}),
    "ed token under an ec kid": _signed(ED, {"kid": "ec-1"}),
    "a stranger's key under our kid": _signed(STRANGER),
    "unknown kid": _signed(ED, {"kid": "nobody"}),
    "kid a path": _signed(ED, {"kid": "../../dev/null"}),
    "kid not a text": _hand_made({"alg": "EdDSA", "kid": 1}, _ed_sign),
    "no kid": jwt.encode(PAYLOAD, ED.private, algorithm=EDDSA),
    "embedded jwk": _signed(STRANGER, {"jwk": STRANGER.public_jwk()}),
    "jku": _signed(ED, {"jku": "https://attacker.example/jwks.json"}),
    "crit": _signed(ED, {"crit": ["exp"]}),
    "other typ": _signed(ED, {"typ": "at+jwt"}),
    "signature stripped": _signed().rsplit(".", 1)[0] + ".",
    "signature of zeros": _signed().rsplit(".", 1)[0] + "." + _b64(bytes(64)),
    "ec signature of zeros": _signed(EC).rsplit(".", 1)[0] + "." + _b64(bytes(64)),
    "payload swapped": _swapped_payload(),
    "signature cut": _signed()[:-4],
    "other audience": _signed(aud="elsewhere"),
    "audience a list": _signed(aud=["waymark", "elsewhere"]),
    "no audience": _signed(aud=...),
    "other issuer": _signed(iss="waymark.attacker.example"),
    "no issuer": _signed(iss=...),
    "no exp": _signed(exp=...),
    "no iat": _signed(iat=...),
    "no sub": _signed(sub=...),
    "no tid": _signed(tid=...),
    "no roles": _signed(roles=...),
    "no email": _signed(email=...),
    "expired": _signed(iat=NOW.timestamp() - 1000, exp=NOW.timestamp() - 1),
    "issued in the future": _signed(iat=NOW.timestamp() + 60),
    "not valid yet": _signed(nbf=NOW.timestamp() + 60),
    "lives for ever": _signed(exp=NOW.timestamp() + 40 * 86_400),
    "exp before iat": _signed(iat=NOW.timestamp() + 4, exp=NOW.timestamp() + 2),
    "exp a text": _signed(exp="9999999999"),
    "exp true": _signed(exp=True),
    "exp absurd": _signed(exp=1e300),
    "exp NaN": _hand_made({"alg": "EdDSA", "kid": "ed-1"}, _ed_sign, {**PAYLOAD, "exp": float("nan")}),
    "unknown role": _signed(roles=["owner"]),
    "roles a text": _signed(roles="admin"),
    "roles of lists": _signed(roles=[["admin"]]),
    "tenant a list": _signed(tid=["default", "other"]),
    "tenant empty": _signed(tid=""),
    "subject a number": _hand_made({"alg": "EdDSA", "kid": "ed-1"}, _ed_sign, {**PAYLOAD, "sub": 1}),
    "payload a list": _hand_made({"alg": "EdDSA", "kid": "ed-1"}, _ed_sign, [1]),
    "retired key": _signed(RETIRED),
    "key not in use yet": _signed(FUTURE),
    "oversized": _signed(note="x" * 5000),
    "deeply nested header": _b64(b'{"alg":' + b"[" * 1000 + b"]" * 1000 + b"}") + ".e30.e30",
}


@pytest.mark.parametrize("pair", [ED, EC], ids=lambda pair: pair.algorithm)
def test_a_good_token_says_what_was_issued(pair: SigningKeyPair) -> None:
    token = issue(pair, CLAIMS, issuer="waymark", audience="waymark")
    assert verifier().verify(token) == CLAIMS


def test_the_yardstick_itself_is_good() -> None:
    assert verifier().verify(_signed()).subject == "user-1"
    assert verifier().verify(_hand_made({"alg": "EdDSA", "kid": "ed-1"}, _ed_sign)).subject == "user-1"


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(name: str) -> None:
    with pytest.raises(InvalidToken):
        verifier().verify(FORGERIES[name])


def test_an_unknown_key_is_told_apart_since_it_may_be_new() -> None:
    with pytest.raises(UnknownSigningKey):
        verifier().verify(FORGERIES["unknown kid"])


def test_a_token_ends_when_it_says() -> None:
    token = _signed()
    assert verifier(NOW + timedelta(seconds=899)).verify(token)
    with pytest.raises(InvalidToken):
        verifier(NOW + timedelta(seconds=900)).verify(token)


def test_a_jwk_must_fit_its_algorithm_and_be_public() -> None:
    with pytest.raises(ValueError, match="JWK"):
        verification_key("k", ES256, ED.public_jwk())
    with pytest.raises(ValueError, match="JWK"):
        verification_key("k", EDDSA, EC.public_jwk())
    with pytest.raises(ValueError, match="private"):
        verification_key("k", EDDSA, {**ED.public_jwk(), "d": "AAAA"})
    with pytest.raises(ValueError, match="JWK"):
        verification_key("k", "HS256", {"kty": "oct", "k": "AAAA"})


def test_a_public_jwk_holds_nothing_private() -> None:
    assert set(ED.public_jwk()) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert set(EC.public_jwk()) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
