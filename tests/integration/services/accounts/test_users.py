"""Register and users over HTTP, on real PostgreSQL."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from libs.contracts.envelope import decode_headers
from libs.contracts.times import parse_time
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.httpkit.idempotency import hash_request
from libs.pg.database import Database
from tests.support.accounts import ME, PASSWORD, People, bearer, index_of, login, refresh_with

REGISTER = "/api/v1/auth/register"
USERS = "/api/v1/auth/users"
ANN = {"email": "ann@acme.example", "password": "a long password", "name": "Ann", "roles": ["viewer"]}


async def user_of(client: httpx.AsyncClient, people: People, role: str) -> dict[str, Any]:
    users = (await client.get(USERS, headers=people.headers())).json()["data"]
    found: dict[str, Any] = next(user for user in users if user["email"] == f"{role}@acme.example")
    return found


async def change(client: httpx.AsyncClient, people: People, role: str, **body: Any) -> httpx.Response:
    user = await user_of(client, people, role)
    return await client.patch(f"{USERS}/{user['userId']}", json=body, headers=people.headers())


async def test_an_admin_registers_a_user_who_can_log_in(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    made = await client.post(REGISTER, json=ANN, headers=people.headers())
    logged_in = await client.post("/api/v1/auth/login", json={"email": "ANN@acme.example", "password": ANN["password"]})

    assert made.status_code == 201
    assert made.headers["waymark-position"]
    body = made.json()
    assert (body["email"], body["tenantId"], body["roles"], body["status"]) == (
        "ann@acme.example",
        "acme",
        ["viewer"],
        "active",
    )
    assert "password" not in made.text
    assert logged_in.status_code == 200
    types = [
        decode_headers(record.headers).type
        for place, partition in log.broker.partitions.items()
        for record in partition.records
        if place.topic == EVENTS.name and decode_headers(record.headers).subject == body["userId"]
    ]
    assert types == ["user.registered"]


async def test_a_user_is_a_viewer_unless_said_otherwise(client: httpx.AsyncClient, people: People) -> None:
    body = {"email": "bob@acme.example", "password": "a long password"}

    assert (await client.post(REGISTER, json=body, headers=people.headers())).json()["roles"] == ["viewer"]


async def test_an_email_is_taken_within_its_tenant_alone(client: httpx.AsyncClient, people: People) -> None:
    body = {**ANN, "email": "Editor@ACME.example"}
    other = {"x-api-key": people.other_key}

    same = await client.post(REGISTER, json=body, headers=people.headers())
    foreign = await client.post(REGISTER, json=body, headers=other)
    nowhere = await client.post(REGISTER, json=ANN, headers=other)

    assert (same.status_code, same.json()["code"]) == (409, "email_taken")
    assert (foreign.status_code, nowhere.status_code) == (201, 201)
    assert foreign.json()["tenantId"] == "other"
    assert set(foreign.json()) == set(nowhere.json())
    assert (await client.post(REGISTER, json=body, headers=other)).status_code == 409


async def test_a_repeat_registers_nobody_and_keeps_no_hash_of_the_body(
    client: httpx.AsyncClient, people: People, projector_db: Database
) -> None:
    headers = {**people.headers(), "Idempotency-Key": "k"}

    first = await client.post(REGISTER, json=ANN, headers=headers)
    again = await client.post(REGISTER, json=ANN, headers=headers)
    other = await client.post(REGISTER, json={**ANN, "password": "another password"}, headers=headers)

    assert (again.status_code, again.json()) == (201, first.json())
    assert other.status_code == 422
    plain = hash_request("POST", REGISTER, first.request.content)
    async with projector_db.transaction() as conn:
        assert await conn.fetchval("SELECT count(*) FROM idempotency_receipts") == 1
        assert await conn.fetchval("SELECT count(*) FROM idempotency_receipts WHERE body_hash = $1", plain) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a b@c.example"}, "email"),
        ({"email": "a@" + "b" * 260}, "email"),
        ({"password": "abc1234"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": "Passw0rd2026!"}, "password"),
        ({"password": "ann@acme.example"}, "password"),
        ({"roles": ["root"]}, "roles"),
        ({"roles": []}, "roles"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, people: People, change: dict[str, Any], field: str
) -> None:
    answer = await client.post(REGISTER, json={**ANN, **change}, headers=people.headers())

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    if field == "password":
        assert change["password"] not in answer.text


async def test_other_roles_make_tokens_invalid_and_sessions_go_on(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    before = await login(client, "editor")
    token = client.cookies["waymark_refresh"]
    client.cookies.clear()

    changed = await change(client, people, "editor", roles=["viewer"])

    assert changed.json()["roles"] == ["viewer"]
    assert (await client.get(ME, headers=bearer(before))).status_code == 401
    renewed = await refresh_with(client, token)
    client.cookies.clear()
    assert (await client.get(ME, headers=bearer(renewed))).json()["roles"] == ["viewer"]
    index = await index_of(log)
    user_id = changed.json()["userId"]
    assert index.is_revoked("acme", user_id, None, parse_time("2020-01-01T00:00:00Z"))


async def test_a_disabled_user_is_out_and_can_come_back(client: httpx.AsyncClient, people: People) -> None:
    before = await login(client, "editor")
    token = client.cookies["waymark_refresh"]
    client.cookies.clear()

    await change(client, people, "editor", status="disabled")

    assert (await client.get(ME, headers=bearer(before))).status_code == 401
    assert (await refresh_with(client, token)).status_code == 401
    assert (await login(client, "editor")).status_code == 401
    await change(client, people, "editor", status="active")
    assert (await refresh_with(client, token)).status_code == 401
    assert (await login(client, "editor")).status_code == 200


async def test_a_name_can_change_without_consequences(client: httpx.AsyncClient, people: People) -> None:
    before = await login(client, "editor")
    client.cookies.clear()

    changed = await change(client, people, "editor", name="Ed")

    assert changed.json()["name"] == "Ed"
    assert (await client.get(ME, headers=bearer(before))).json()["name"] == "Ed"


@pytest.mark.parametrize("body", [{"roles": ["editor"]}, {"status": "disabled"}])
async def test_the_last_admin_stays(client: httpx.AsyncClient, people: People, body: dict[str, Any]) -> None:
    refused = await change(client, people, "admin", **body)
    await change(client, people, "editor", roles=["admin"])
    accepted = await change(client, people, "admin", **body)

    assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")
    assert accepted.status_code == 200


async def test_another_tenants_users_do_not_exist(client: httpx.AsyncClient, people: People) -> None:
    user = await user_of(client, people, "editor")
    other = {"x-api-key": people.other_key}

    assert (await client.get(f"{USERS}/{user['userId']}", headers=other)).status_code == 404
    assert (await client.patch(f"{USERS}/{user['userId']}", json={"name": "x"}, headers=other)).status_code == 404
    assert (await client.get(USERS, headers=other)).json()["pagination"]["total"] == 0
    assert (await client.get(f"{USERS}/{uuid.uuid4()}", headers=people.headers())).status_code == 404
    assert (await login(client, "editor", PASSWORD)).status_code == 200
