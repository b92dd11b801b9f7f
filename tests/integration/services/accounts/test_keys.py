"""`/api/keys` over HTTP, on real PostgreSQL."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from libs.auth import keys
from libs.eventlog.memory import MemoryEventLog
from services.accounts.operator import Operator
from tests.support.accounts import People, index_of

NEW_KEY = {"label": "checkout", "roles": ["editor"]}


async def test_a_key_is_shown_once_and_works_at_once(client: httpx.AsyncClient, people: People) -> None:
    made = await client.post("/api/keys", json=NEW_KEY, headers=people.headers())
    listed = await client.get("/api/keys", headers=people.headers())
    me = await client.get("/api/v1/auth/me", headers={"x-api-key": made.json()["key"]})

    assert made.status_code == 201
    assert made.headers["waymark-position"]
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert keys.parse(body.pop("key")) == body["prefix"]
    assert listed.json()["data"][0] | {"lastUsedAt": None} == body
    assert set(body) >= {"id", "prefix", "label", "roles", "createdAt", "expiresAt", "lastUsedAt", "revokedAt"}
    assert "hash" not in listed.text
    assert me.json()["roles"] == ["editor"]


async def test_lists_are_pages(client: httpx.AsyncClient, people: People) -> None:
    first = await client.get("/api/keys", params={"limit": 2}, headers=people.headers())
    second = await client.get("/api/keys", params={"limit": 2, "page": 2}, headers=people.headers())
    beyond = await client.get("/api/keys", params={"page": 9}, headers=people.headers())

    assert [len(answer.json()["data"]) for answer in (first, second, beyond)] == [2, 1, 0]
    assert first.json()["pagination"] | {"nextCursor": None} == {
        "page": 1,
        "limit": 2,
        "total": 3,
        "totalPages": 2,
        "hasNext": True,
        "hasPrev": False,
        "nextCursor": None,
    }


async def test_a_repeat_with_the_same_idempotency_key_answers_without_the_key(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = {**people.headers(), "Idempotency-Key": "once"}

    first = await client.post("/api/keys", json=NEW_KEY, headers=headers)
    again = await client.post("/api/keys", json=NEW_KEY, headers=headers)
    other = await client.post("/api/keys", json={**NEW_KEY, "label": "other"}, headers=headers)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    expected = first.json()
    del expected["key"]
    assert again.json() == expected
    listed = await client.get("/api/keys", headers=people.headers())
    assert listed.json()["pagination"]["total"] == 4


async def test_a_revoked_key_is_refused_at_once_and_published(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    made = (await client.post("/api/keys", json=NEW_KEY, headers=people.headers())).json()

    revoked = await client.delete(f"/api/keys/{made['id']}", headers=people.headers())
    again = await client.delete(f"/api/keys/{made['id']}", headers=people.headers())
    refused = await client.get("/api/v1/auth/me", headers={"x-api-key": made["key"]})

    assert (revoked.status_code, revoked.content) == (204, b"")
    assert revoked.headers["waymark-position"]
    assert again.status_code == 204
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    index = await index_of(log)
    record = index.find_key(keys.hash_key(made["key"]))
    assert record is not None
    assert record.revoked_at_ms is not None


async def test_a_key_made_is_known_to_every_service_by_its_position(
    client: httpx.AsyncClient, people: People, log: MemoryEventLog
) -> None:
    made = await client.post("/api/keys", json={**NEW_KEY, "rateLimitPerMinute": 5}, headers=people.headers())

    index = await index_of(log)

    record = index.find_key(keys.hash_key(made.json()["key"]))
    assert record is not None
    assert (record.tenant_id, record.roles, record.rate_limit_per_minute) == ("acme", ("editor",), 5)


async def test_an_expired_key_is_refused(client: httpx.AsyncClient, people: People, operator: Operator) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    _, expired = await operator.create_key("acme", label="old", expires_at=past)

    assert (await client.get("/api/v1/auth/me", headers={"x-api-key": expired})).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"roles": ["viewer"]}, "label"),
        ({"label": " ", "roles": ["viewer"]}, "label"),
        ({"label": "x"}, "roles"),
        ({"label": "x", "roles": []}, "roles"),
        ({"label": "x", "roles": ["root"]}, "roles"),
        ({"label": "x", "roles": ["viewer"], "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"label": "x", "roles": ["viewer"], "expiresAt": "soon"}, "expiresAt"),
        ({"label": "x", "roles": ["viewer"], "rateLimitPerMinute": 0}, "rateLimitPerMinute"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, people: People, body: dict[str, object], field: str
) -> None:
    answer = await client.post("/api/keys", json=body, headers=people.headers())

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_another_tenants_key_is_not_found(client: httpx.AsyncClient, people: People) -> None:
    foreign = (await client.get("/api/keys", headers={"x-api-key": people.other_key})).json()["data"][0]["id"]

    assert (await client.delete(f"/api/keys/{foreign}", headers=people.headers())).status_code == 404
    assert (await client.delete(f"/api/keys/{uuid.uuid4()}", headers=people.headers())).status_code == 404
    assert (await client.delete("/api/keys/not-a-uuid", headers=people.headers())).status_code == 422
