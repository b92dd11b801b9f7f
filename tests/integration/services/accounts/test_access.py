"""Who may do what at accounts' own routes: roles × routes, and tokens and keys that must be refused."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from libs.auth.keys import generate
from libs.auth.tokens import EDDSA, ES256, generate_signing_key
from libs.pg.database import connect_once
from libs.vault.vault import Vault
from services.accounts.settings import AccountsSettings
from tests.support.accounts import ME, PASSWORD, People, bearer, login

NEW_ID = str(uuid.UUID(int=7))
ADMIN_ROUTES: list[tuple[str, str, dict[str, Any] | None, int]] = [
    ("POST", "/api/keys", {"label": "x", "roles": ["viewer"]}, 201),
    ("GET", "/api/keys", None, 200),
    ("DELETE", f"/api/keys/{NEW_ID}", None, 404),
    ("POST", "/api/v1/auth/register", {"email": "new@acme.example", "password": "a long password"}, 201),
    ("GET", "/api/v1/auth/users", None, 200),
    ("GET", f"/api/v1/auth/users/{NEW_ID}", None, 404),
    ("PATCH", f"/api/v1/auth/users/{NEW_ID}", {"name": "x"}, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ADMIN_ROUTES)
async def test_only_an_admin_may_manage_keys_and_users(
    client: httpx.AsyncClient, people: People, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    async def ask(headers: dict[str, str]) -> int:
        return (await client.request(method, path, json=body, headers=headers)).status_code

    assert await ask({}) == 401
    assert await ask(people.headers("viewer")) == 403
    assert await ask(people.headers("editor")) == 403
    assert await ask(people.headers("admin")) == status


@pytest.mark.parametrize("role", ["viewer", "editor", "admin"])
async def test_everybody_may_ask_who_they_are(client: httpx.AsyncClient, people: People, role: str) -> None:
    me = await client.get(ME, headers=people.headers(role))

    assert (me.status_code, me.json()["actorType"], me.json()["userId"]) == (200, "api_key", None)


async def test_a_write_by_cookie_needs_the_same_origin(client: httpx.AsyncClient, people: People) -> None:
    await login(client, "admin")
    body = {"label": "x", "roles": ["viewer"]}

    foreign = await client.post("/api/keys", json=body, headers={"Origin": "https://evil.example"})
    without = await client.post("/api/keys", json=body)
    own = await client.post("/api/keys", json=body, headers={"Origin": "http://waymark.test"})

    assert (foreign.status_code, without.status_code, own.status_code) == (403, 403, 201)


async def test_a_tenant_header_must_agree(client: httpx.AsyncClient, people: People) -> None:
    same = await client.get(ME, headers={**people.headers(), "X-Tenant-Id": "acme"})
    other = await client.get(ME, headers={**people.headers(), "X-Tenant-Id": "other"})

    assert (same.status_code, other.status_code) == (200, 403)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key[:20] + ("0" if key[20] != "0" else "1") + key[21:],
        lambda key: key.upper(),
        lambda key: key + "0",
        lambda _: generate().plain,
        lambda _: "wm_",
        lambda _: "' OR 1=1 --",
        lambda _: "\u00e9" * 60,
    ],
)
@pytest.mark.parametrize("header", ["x-api-key", "Authorization"])
async def test_keys_that_are_none_are_refused(
    client: httpx.AsyncClient, people: People, spoil: Callable[[str], str], header: str
) -> None:
    value = spoil(people.keys["admin"])
    text = value if header == "x-api-key" else f"Bearer {value}"

    answer = await client.get(ME, headers=httpx.Headers({header: text}, encoding="latin-1"))

    assert answer.status_code == 401


def _now() -> datetime:
    return datetime.now(UTC)


def _unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join(parts) + "."


Forge = Callable[[str, dict[str, Any], dict[str, Any]], str]
_OWN = generate_signing_key("own", EDDSA)
_OWN_EC = generate_signing_key("own", ES256)


def _signed(claims: dict[str, Any], kid: str, algorithm: str = EDDSA) -> str:
    key = (_OWN if algorithm == EDDSA else _OWN_EC).private
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


FORGERIES: dict[str, Forge] = {
    "no signature": lambda token, _h, _c: token.rsplit(".", 1)[0] + ".",
    "other signature": lambda token, _h, _c: token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB"),
    "other payload": lambda token, h, c: ".".join(
        [token.split(".")[0], _unsigned(h, {**c, "roles": ["admin"]}).split(".")[1], token.split(".")[2]]
    ),
    "alg none": lambda _t, h, c: _unsigned({**h, "alg": "none"}, c),
    "alg None": lambda _t, h, c: _unsigned({**h, "alg": "None"}, c),
    "hmac with the public key": lambda _t, h, c: jwt.encode(
        c, "public key as text" * 4, algorithm="HS256", headers={"kid": h["kid"]}
    ),
    "own key, right kid": lambda _t, h, c: _signed(c, h["kid"]),
    "own key of another algorithm": lambda _t, h, c: _signed(c, h["kid"], ES256),
    "own key, own kid": lambda _t, _h, c: _signed(c, "own"),
    "kid as a path": lambda _t, _h, c: _signed(c, "../../etc/passwd"),
    "kid as SQL": lambda _t, _h, c: _signed(c, "' OR '1'='1"),
    "key in the header": lambda _t, h, c: jwt.encode(
        c, _OWN.private, algorithm=EDDSA, headers={**h, "jwk": _OWN.public_jwk()}
    ),
    "no kid": lambda _t, _h, c: jwt.encode(c, _OWN.private, algorithm=EDDSA),
    "NUL in the tenant": lambda _t, h, c: _signed({**c, "tid": "a\x00"}, h["kid"]),
    "lone surrogate": lambda _t, h, c: _unsigned(h, {**c, "sub": "\ud800"}),
    "claims that are a list": lambda _t, h, _c: _unsigned(h, {}).replace("e30", "W10"),
    "two parts": lambda token, _h, _c: token.rsplit(".", 1)[0],
    "four parts": lambda token, _h, _c: token + ".x",
    "too long": lambda token, _h, _c: token + "A" * 5000,
    "not a token": lambda _t, _h, _c: "token",
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_forged_tokens_are_refused(client: httpx.AsyncClient, people: People, name: str) -> None:
    token = (await login(client)).json()["accessToken"]
    client.cookies.clear()
    forged = FORGERIES[name](
        token, jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    )

    assert (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await client.get(ME, headers={"Authorization": f"Bearer {forged}"})).status_code == 401
    assert (await client.get(ME, headers={"Cookie": f"vai_token={forged}"})).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"exp": lambda now: now - timedelta(seconds=1)},
        {"iat": lambda now: now + timedelta(hours=1)},
        {"iss": lambda _: "somebody"},
        {"aud": lambda _: "somebody"},
        {"tid": lambda _: "other"},
        {"sub": lambda _: NEW_ID},
        {"sid": lambda _: NEW_ID},
        {"sid": lambda _: "no uuid"},
        {"roles": lambda _: ["root"]},
        {"exp": lambda _: None},
        {"aud": lambda _: None},
        {"email": lambda _: None},
    ],
)
async def test_tokens_of_the_right_key_with_wrong_claims_are_refused(
    client: httpx.AsyncClient,
    people: People,
    settings: AccountsSettings,
    change: dict[str, Callable[[datetime], Any]],
) -> None:
    token = (await login(client)).json()["accessToken"]
    client.cookies.clear()
    claims = jwt.decode(token, options={"verify_signature": False})
    for name, value_of in change.items():
        value = value_of(_now())
        if value is None:
            del claims[name]
        else:
            claims[name] = value
    signed = await sign_with_the_services_key(settings, claims)

    assert (await client.get(ME, headers={"Authorization": f"Bearer {signed}"})).status_code == 401


async def test_a_token_signed_like_that_with_right_claims_is_taken(
    client: httpx.AsyncClient, people: People, settings: AccountsSettings
) -> None:
    answer = await login(client)
    client.cookies.clear()
    claims = jwt.decode(answer.json()["accessToken"], options={"verify_signature": False})

    signed = await sign_with_the_services_key(settings, claims)

    assert (await client.get(ME, headers={"Authorization": f"Bearer {signed}"})).status_code == 200
    assert (await client.get(ME, headers=bearer(answer))).status_code == 200
    assert PASSWORD not in answer.text


async def sign_with_the_services_key(settings: AccountsSettings, claims: dict[str, Any]) -> str:
    assert settings.database_url is not None
    connection = await connect_once(settings.database_url, application_name="test")
    row = await connection.fetchrow("SELECT key_id, private_encrypted FROM accounts.signing_keys")
    await connection.close()
    assert row is not None
    private = load_der_private_key(Vault(settings.secret_key).decrypt(row["private_encrypted"]), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    return jwt.encode(claims, private, algorithm=EDDSA, headers={"kid": row["key_id"]})
