"""Row-level security keeps tenants apart also where a statement forgets to name the tenant."""

from __future__ import annotations

import httpx
import pytest

from libs.pg.database import Database
from libs.pg.sql_files import SqlFile, prepare_all
from services.accounts import attempts
from services.accounts.store import api_keys, sessions, signing_keys, tenants, users
from tests.support.accounts import People
from tests.support.objects import (
    assert_forced_and_led_by_the_tenant,
    assert_only_own_rows_are_seen,
    assert_refused,
)
from tests.support.unfiltered import unfiltered

FILES: list[SqlFile] = [module.QUERIES for module in (api_keys, attempts, sessions, signing_keys, tenants, users)]
TABLES = ("users", "api_keys", "tenants", "sessions", "refresh_tokens", "idempotency_receipts")
VISIBLE = ("users", "api_keys", "tenants")


async def test_every_statement_fits_the_schema(projector_db: Database) -> None:
    async with projector_db.acquire() as conn:
        assert await prepare_all(conn, FILES) == sum(len(file) for file in FILES)


@pytest.mark.parametrize("table", VISIBLE)
async def test_without_the_filter_only_ones_own_rows_are_seen(people: People, request_db: Database, table: str) -> None:
    await assert_only_own_rows_are_seen(request_db, table, "acme")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET tenant_id = 'other'",
        "UPDATE api_keys SET tenant_id = 'other'",
        "DELETE FROM users",
        "SELECT * FROM refresh_tokens",
        "SELECT * FROM signing_keys",
        "SELECT * FROM login_attempts",
        "INSERT INTO tenants VALUES ('acme', 'active', 1, now(), now())",
        "SELECT value FROM outbox",
    ],
)
async def test_requests_may_not(people: People, request_db: Database, statement: str) -> None:
    await assert_refused(request_db, statement, "acme")


@pytest.mark.parametrize("table", TABLES)
async def test_security_is_forced_and_the_tenant_leads_the_key(projector_db: Database, table: str) -> None:
    await assert_forced_and_led_by_the_tenant(projector_db, f"accounts.{table}")


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_foreign_id_finds_nothing_on_any_route(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch, filtered: bool
) -> None:
    key = (await client.get("/api/keys", headers=people.headers())).json()["data"][0]
    user = (await client.get("/api/v1/auth/users", headers=people.headers())).json()["data"][0]
    if not filtered:
        monkeypatch.setattr(api_keys, "QUERIES", unfiltered(api_keys.QUERIES))
        monkeypatch.setattr(users, "QUERIES", unfiltered(users.QUERIES))
    other = {"x-api-key": people.other_key}

    answers = [
        await client.delete(f"/api/keys/{key['id']}", headers=other),
        await client.get(f"/api/v1/auth/users/{user['userId']}", headers=other),
        await client.patch(f"/api/v1/auth/users/{user['userId']}", json={"name": "x"}, headers=other),
    ]
    listed_keys = (await client.get("/api/keys", headers=other)).json()
    listed_users = (await client.get("/api/v1/auth/users", headers=other)).json()

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert [found["label"] for found in listed_keys["data"]] == ["first key"]
    assert listed_keys["pagination"]["total"] == 1
    assert (listed_users["data"], listed_users["pagination"]["total"]) == ([], 0)
