"""One e-mail in several tenants: which of its users logs in, and that neither answers nor work tell of the others."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import jwt
import pytest

from libs.pg.database import Database
from services.accounts.attempts import AttemptLimits, Attempts
from services.accounts.errors import TooManyLogins
from services.accounts.operator import Operator
from services.accounts.sessions import MOST_CANDIDATES
from tests.support.accounts import ME, PASSWORD, CountingPasswords, People, bearer, login, refresh_with

EMAIL = "editor@acme.example"
OTHER_PASSWORD = "battery staple"


@pytest.fixture
def passwords() -> CountingPasswords:
    """Passwords that tell how much work was done."""
    return CountingPasswords(memory_kib=64, rounds=1)


def tenant_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    tenant_id: str = jwt.decode(answer.json()["accessToken"], options={"verify_signature": False})["tid"]
    return tenant_id


async def test_the_password_says_which_user_logs_in(
    client: httpx.AsyncClient, people: People, operator: Operator
) -> None:
    await operator.create_user("other", EMAIL.upper(), OTHER_PASSWORD)

    assert tenant_of(await login(client)) == "acme"
    assert tenant_of(await login(client, password=OTHER_PASSWORD)) == "other"
    assert (await client.get(ME)).json()["tenantId"] == "other"
    refreshed = await client.post("/api/v1/auth/refresh")
    assert tenant_of(refreshed) == "other"
    assert (await login(client, password=OTHER_PASSWORD, tenantId="acme")).status_code == 401


async def test_a_password_that_is_right_in_several_tenants_asks_which(
    client: httpx.AsyncClient, people: People, operator: Operator
) -> None:
    await operator.create_user("other", EMAIL, PASSWORD)

    answer = await login(client)

    assert (answer.status_code, answer.json()["code"]) == (409, "several_tenants")
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(error["field"], error["message"]) for error in answer.json()["errors"]] == [
        ("tenantId", "one of acme, other is expected")
    ]
    assert answer.json()["tenants"] == ["acme", "other"]
    assert "set-cookie" not in answer.headers
    assert [tenant_of(await login(client, tenantId=tenant_id)) for tenant_id in ("acme", "other")] == ["acme", "other"]


async def test_only_users_who_may_log_in_are_asked_about(
    client: httpx.AsyncClient, people: People, operator: Operator, projector_db: Database
) -> None:
    disabled = await operator.create_user("other", EMAIL, PASSWORD)
    await operator.create_tenant("third")
    await operator.create_user("third", EMAIL, PASSWORD)
    async with projector_db.transaction() as conn:
        await conn.execute("UPDATE users SET status = 'disabled' WHERE user_id = $1", disabled.user_id)
        await conn.execute("UPDATE tenants SET status = 'suspended' WHERE tenant_id = 'third'")

    assert tenant_of(await login(client)) == "acme"
    assert {(await login(client, tenantId=tenant_id)).status_code for tenant_id in ("other", "third")} == {401}


async def test_the_work_of_a_login_tells_nothing_of_other_tenants(
    client: httpx.AsyncClient, people: People, operator: Operator, passwords: CountingPasswords
) -> None:
    await operator.create_user("other", EMAIL, PASSWORD)
    await operator.create_tenant("third")

    answers = [
        await login(client, "nobody"),
        await login(client, "viewer", "wrong"),
        await login(client, "viewer"),
        await login(client, "editor", "wrong"),
        await login(client, "editor"),
    ]
    await login(client, "editor", "x" * 5000)
    tried = [sum(hashes) for hashes in passwords.verified]
    with_tenant = [await login(client, role, tenantId="other") for role in ("nobody", "viewer", "editor")]

    assert [answer.status_code for answer in answers] == [401, 401, 200, 401, 409]
    assert len({answer.content for answer in answers if answer.status_code == 401}) == 1
    assert tried == [0, 1, 1, 2, 2, 2]
    assert [len(hashes) for hashes in passwords.verified] == [3, 3, 3, 3, 3, 3, 1, 1, 1]
    assert [answer.status_code for answer in with_tenant] == [401, 401, 200]


async def test_who_is_in_more_tenants_than_are_tried_names_one(
    client: httpx.AsyncClient, people: People, operator: Operator, passwords: CountingPasswords
) -> None:
    tenants = ["other", *(f"t{number}" for number in range(MOST_CANDIDATES - 1))]
    for tenant_id in tenants[1:]:
        await operator.create_tenant(tenant_id)
    for tenant_id in tenants:
        await operator.create_user(tenant_id, EMAIL, f"a password of {tenant_id}")

    alone = [(await login(client, password=f"a password of {tenant_id}")).status_code for tenant_id in tenants]
    named = await login(client, password=f"a password of {tenants[-1]}", tenantId=tenants[-1])

    assert alone == [200] * (MOST_CANDIDATES - 1) + [401]
    assert tenant_of(named) == tenants[-1]
    assert {len(hashes) for hashes in passwords.verified[:-1]} == {MOST_CANDIDATES}


async def test_attempts_are_counted_for_the_email_whatever_tenants_are_named(
    client: httpx.AsyncClient, people: People, operator: Operator
) -> None:
    await operator.create_user("other", EMAIL, OTHER_PASSWORD)
    named = [{"tenantId": "acme"}, {"tenantId": "other"}, {"tenantId": "nobody"}, {}, {"tenantId": "a:b"}] * 2

    answers = [await login(client, "editor", "wrong", **tenant) for tenant in named]

    assert {answer.status_code for answer in answers} == {401}
    for tenant in named[:4]:
        assert (await login(client, **tenant)).status_code == 429


async def test_another_password_concerns_the_user_of_one_tenant(
    client: httpx.AsyncClient, people: People, operator: Operator
) -> None:
    await operator.create_user("other", EMAIL, PASSWORD)
    here, there = await login(client, tenantId="acme"), await login(client, tenantId="other")
    session_there = client.cookies["waymark_refresh"]
    client.cookies.clear()
    change = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}

    changed = await client.post("/api/v1/auth/password", json=change, headers=bearer(here))

    assert changed.status_code == 204
    assert (await client.get(ME, headers=bearer(here))).status_code == 401
    assert (await client.get(ME, headers=bearer(there))).status_code == 200
    assert tenant_of(await refresh_with(client, session_there)) == "other"
    assert tenant_of(await login(client, password=OTHER_PASSWORD)) == "acme"
    assert tenant_of(await login(client)) == "other"


async def test_what_one_user_may_have_forgiven_leaves_the_emails_own_limit(projector_db: Database) -> None:
    attempts = Attempts(projector_db, AttemptLimits(pair=2, email=5))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(5):
        await attempts.count(EMAIL, "192.0.2.1", at=at)
        await attempts.forgive(EMAIL, "192.0.2.1")

    with pytest.raises(TooManyLogins):
        await attempts.count(EMAIL, "192.0.2.1", at=at)
    with pytest.raises(TooManyLogins):
        await attempts.count(EMAIL, "192.0.2.2", at=at)
