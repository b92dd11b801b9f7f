"""Login, refresh, logout and passwords over HTTP, on real PostgreSQL."""

from __future__ import annotations

import httpx
import jwt
import pytest

from libs.auth.tokens import TokenVerifier, verification_key
from libs.contracts.times import parse_time
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.accounts.settings import AccountsSettings
from tests.support.accounts import (
    LOGIN,
    ME,
    PASSWORD,
    CountingPasswords,
    People,
    accounts_with,
    bearer,
    index_of,
    login,
    refresh_with,
)
from tests.support.serving import serving
from tests.support.waiting import eventually


async def test_a_login_gives_a_token_and_two_cookies(client: httpx.AsyncClient, people: People) -> None:
    answer = await login(client)

    assert answer.status_code == 200
    assert set(answer.json()) == {"accessToken", "expirationTime"}
    assert answer.headers["cache-control"] == "no-store"
    cookies = {line.split("=", 1)[0]: line for line in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"vai_token", "waymark_refresh"}
    assert all("HttpOnly" in line for line in cookies.values())
    assert "SameSite=lax" in cookies["vai_token"]
    assert "SameSite=strict" in cookies["waymark_refresh"]
    assert "Path=/api/v1/auth" in cookies["waymark_refresh"]
    claims = jwt.decode(answer.json()["accessToken"], options={"verify_signature": False})
    assert parse_time(answer.json()["expirationTime"]).timestamp() <= claims["exp"]
    assert (claims["tid"], claims["roles"], claims["email"]) == ("acme", ["editor"], "editor@acme.example")


async def test_the_token_says_who_one_is(client: httpx.AsyncClient, people: People) -> None:
    answer = await login(client)
    client.cookies.clear()

    me = await client.get(ME, headers=bearer(answer))

    assert me.status_code == 200
    assert me.json()["email"] == "editor@acme.example"
    assert (me.json()["actorType"], me.json()["tenantId"], me.json()["roles"]) == ("user", "acme", ["editor"])
    assert me.json()["userId"] == me.json()["subject"]


async def test_the_cookie_alone_says_who_one_is(client: httpx.AsyncClient, people: People) -> None:
    await login(client)

    assert (await client.get(ME)).json()["email"] == "editor@acme.example"


async def test_the_published_keys_verify_the_token(
    client: httpx.AsyncClient, people: People, settings: AccountsSettings
) -> None:
    token = (await login(client)).json()["accessToken"]
    client.cookies.clear()

    jwks = await client.get("/.well-known/jwks.json")

    keys = {key["kid"]: verification_key(key["kid"], key["alg"], key) for key in jwks.json()["keys"]}
    verifier = TokenVerifier(issuer=settings.token_issuer, audience=settings.token_audience, find_key=keys.get)
    assert verifier.verify(token).email == "editor@acme.example"
    assert all("d" not in key for key in jwks.json()["keys"])


async def test_every_failed_login_looks_the_same(client: httpx.AsyncClient, people: People) -> None:
    users = (await client.get("/api/v1/auth/users", headers=people.headers())).json()["data"]
    viewer = next(user for user in users if user["email"].startswith("viewer"))
    await client.patch(f"/api/v1/auth/users/{viewer['userId']}", json={"status": "disabled"}, headers=people.headers())

    answers = [
        await login(client, "editor", "wrong"),
        await login(client, "nobody", PASSWORD),
        await login(client, "viewer", PASSWORD),
        await client.post(LOGIN, json={"email": "no e-mail at all", "password": ""}),
        await client.post(LOGIN, json={"email": "editor@acme.example", "password": "x" * 5000}),
        await login(client, "editor", tenantId="other"),
        await login(client, "editor", tenantId="nobody"),
        await login(client, "editor", tenantId=""),
        await login(client, "editor", tenantId="a:b"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


async def test_an_unknown_user_costs_a_hash_as_well(
    settings: AccountsSettings, log: MemoryEventLog, people: People
) -> None:
    counted = CountingPasswords(memory_kib=64, rounds=1)
    async with serving(create_service_app(accounts_with(counted), settings, log=log)) as client:
        await login(client, "nobody", PASSWORD)
        await login(client, "editor", "wrong")

    assert counted.verified == [[False, False], [True, False]]


async def test_attempts_are_limited_and_a_success_forgives(client: httpx.AsyncClient, people: People) -> None:
    for _ in range(9):
        assert (await login(client, "editor", "wrong")).status_code == 401
    assert (await login(client, "editor")).status_code == 200
    for _ in range(10):
        assert (await login(client, "editor", "wrong")).status_code == 401

    refused = await login(client, "editor")

    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 900
    assert (await login(client, "viewer")).status_code == 200


async def test_refresh_rotates_the_token(client: httpx.AsyncClient, people: People) -> None:
    await login(client)
    first = client.cookies["waymark_refresh"]

    answer = await client.post("/api/v1/auth/refresh")

    assert answer.status_code == 200
    assert client.cookies["waymark_refresh"] != first
    client.cookies.clear()
    assert (await client.get(ME, headers=bearer(answer))).status_code == 200


async def test_a_refresh_token_used_twice_ends_the_session(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    await login(client)
    stolen = client.cookies["waymark_refresh"]
    current = await client.post("/api/v1/auth/refresh")
    newest = client.cookies["waymark_refresh"]
    client.cookies.clear()

    reused = await refresh_with(client, stolen)
    after = await refresh_with(client, newest)
    refused = await client.get(ME, headers=bearer(current))

    assert (reused.status_code, after.status_code, refused.status_code) == (401, 401, 401)
    assert reused.json()["code"] == "no_session"
    # Everybody else learns it from the log.
    claims = jwt.decode(current.json()["accessToken"], options={"verify_signature": False})

    async def is_known() -> bool:
        index = await index_of(log)
        return index.is_revoked("acme", claims["sub"], claims["sid"], parse_time("2020-01-01T00:00:00Z"))

    assert await eventually(is_known)


@pytest.mark.parametrize("token", ["", "unknown", "\u00ff"])
async def test_refresh_needs_a_token_that_is_known(client: httpx.AsyncClient, people: People, token: str) -> None:
    headers = {"Cookie": f"waymark_refresh={token}".encode("latin-1")}

    answer = await client.post("/api/v1/auth/refresh", headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 401


async def test_logout_ends_the_session_and_takes_the_cookies_back(client: httpx.AsyncClient, people: People) -> None:
    answer = await login(client)
    token = client.cookies["waymark_refresh"]

    out = await client.post("/api/v1/auth/logout")

    assert (out.status_code, out.content) == (204, b"")
    assert not client.cookies
    assert (await client.get(ME, headers=bearer(answer))).status_code == 401
    assert (await refresh_with(client, token)).status_code == 401
    assert (await client.post("/api/v1/auth/logout")).status_code == 204


async def test_logout_by_bearer_ends_the_session_too(client: httpx.AsyncClient, people: People) -> None:
    answer = await login(client)
    client.cookies.clear()

    assert (await client.post("/api/v1/auth/logout", headers=bearer(answer))).status_code == 204
    assert (await client.get(ME, headers=bearer(answer))).status_code == 401


async def test_guesses_of_the_present_password_are_counted_as_logins_are(
    client: httpx.AsyncClient, people: People
) -> None:
    stolen = bearer(await login(client))
    client.cookies.clear()
    guess = {"currentPassword": "wrong", "newPassword": "battery staple"}

    answers = [await client.post("/api/v1/auth/password", json=guess, headers=stolen) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    right = {**guess, "currentPassword": PASSWORD}
    assert (await client.post("/api/v1/auth/password", json=right, headers=stolen)).status_code == 429
    assert (await login(client)).status_code == 429


async def test_another_password_is_none_that_is_tried_first(client: httpx.AsyncClient, people: People) -> None:
    token = bearer(await login(client))
    change = {"currentPassword": PASSWORD, "newPassword": "editor@acme.example"}

    answer = await client.post("/api/v1/auth/password", json=change, headers=token)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "newPassword")


@pytest.mark.parametrize("path", ["login", "refresh", "logout"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://waymark.test/"},
    ],
)
async def test_pages_of_others_cannot_use_the_login_routes(
    client: httpx.AsyncClient, people: People, path: str, headers: dict[str, str]
) -> None:
    await login(client)

    body = {"email": "editor@acme.example", "password": PASSWORD}
    answer = await client.post(f"/api/v1/auth/{path}", json=body, headers=headers)

    assert answer.status_code == 403


async def test_another_password_ends_all_sessions(client: httpx.AsyncClient, people: People) -> None:
    answer = await login(client)
    token = client.cookies["waymark_refresh"]
    client.cookies.clear()
    change = {"currentPassword": PASSWORD, "newPassword": "battery staple"}

    wrong = await client.post(
        "/api/v1/auth/password", json={**change, "currentPassword": "wrong"}, headers=bearer(answer)
    )
    changed = await client.post("/api/v1/auth/password", json=change, headers=bearer(answer))

    assert (wrong.status_code, changed.status_code) == (403, 204)
    assert (await client.get(ME, headers=bearer(answer))).status_code == 401
    assert (await refresh_with(client, token)).status_code == 401
    assert (await login(client)).status_code == 401
    assert (await login(client, password="battery staple")).status_code == 200


async def test_an_api_key_has_no_password(client: httpx.AsyncClient, people: People) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": "battery staple"}

    answer = await client.post("/api/v1/auth/password", json=change, headers=people.headers("viewer"))

    assert answer.status_code == 403


async def test_no_password_and_no_key_is_in_what_was_published(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    made = await client.post("/api/keys", json={"label": "x", "roles": ["viewer"]}, headers=people.headers())
    answer = await login(client)

    published = b"".join(
        (record.value or b"") + b"".join(value for _, value in record.headers)
        for partition in log.broker.partitions.values()
        for record in partition.records
    )

    secrets = [PASSWORD, made.json()["key"], answer.json()["accessToken"], client.cookies["waymark_refresh"], "argon2"]
    assert b"api_key.created" in published
    assert not [secret for secret in secrets if secret.encode() in published]
